import { render } from "preact";
import { followLanguage } from "./i18n";
import { SignInForm } from "./sign_in/form";

/** The page that was asked for is loaded again; a hospital's account goes to its own. */
followLanguage("sign_in.title");
const root = document.getElementById("page");
if (root === null) throw new Error("no place for the page");
render(
  <SignInForm
    onSignedIn={({ hospital_id: hospitalId }) => {
      if (hospitalId === null) location.reload();
      else location.assign("/hospital");
    }}
  />,
  root,
);
