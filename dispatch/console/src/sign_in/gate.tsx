import type { ComponentChildren } from "preact";
import { t } from "../i18n";
import { isSignedOut, signedIn } from "../room/session";
import { SignInForm } from "./form";

/**
 * A page as long as somebody is signed in, and the form to sign in otherwise.
 *
 * `isKept`: the page stays below the form, as it last was. A crew on its way needs the address more than anybody else's glance harms.
 */
export function Gate({ children, isKept = false }: { children: ComponentChildren; isKept?: boolean }) {
  const isAsking = isSignedOut.value;
  return (
    <>
      {isAsking ? <SignInForm onSignedIn={signedIn} reason={t("sign_in.ended")} isAbove={isKept} /> : null}
      {isAsking && !isKept ? null : children}
    </>
  );
}
