import type { ComponentChildren } from "preact";
import { t } from "../i18n";
import { isSignedOut, signedIn } from "../room/session";
import { SignInForm } from "./form";

/** A page as long as somebody is signed in, and the form to sign in otherwise. */
export function Gate({ children }: { children: ComponentChildren }) {
  if (!isSignedOut.value) return <>{children}</>;
  return <SignInForm onSignedIn={signedIn} reason={t("sign_in.ended")} />;
}
