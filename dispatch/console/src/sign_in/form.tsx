import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { language, pick, switchLanguage, t, words } from "../i18n";
import { hasSingleSignOn, signIn, singleSignOnAddress, whyNotSignedOn, type SignedIn } from "../room/session";
import { Problem } from "../wire/http";
import "./form.css";

interface Props {
  onSignedIn: (who: SignedIn) => void;
  /** Why the page asks, where it was already open. */
  reason?: string;
  /** Whether the page stands below it, so that it takes no more room than it needs. */
  isAbove?: boolean;
}

/** Asks who is there, and goes on with whoever it is. */
export function SignInForm({ onSignedIn, reason, isAbove = false }: Props) {
  const problem = useSignal<Problem | null>(null);
  const isAsking = useSignal(false);
  const isOffered = useSignal(false);
  const whyNot = whyNotSignedOn();
  useEffect(() => void hasSingleSignOn().then((has) => (isOffered.value = has)), []);
  // A page has one main part.
  const Card = isAbove ? "section" : "main";

  async function enter(form: HTMLFormElement): Promise<void> {
    const said = new FormData(form);
    const words = (name: string): string => String(said.get(name) ?? "").trim();
    isAsking.value = true;
    try {
      onSignedIn(await signIn(words("name"), String(said.get("password") ?? ""), words("code") || null));
    } catch (failure) {
      if (!(failure instanceof Problem)) throw failure;
      problem.value = failure;
      isAsking.value = false;
    }
  }

  return (
    <div class={isAbove ? "sign-in above" : "sign-in"}>
      <Card>
        <header>
          <h1>{t("sign_in.title")}</h1>
          <button type="button" lang={language.value === "zh" ? "en" : "zh-CN"} onClick={switchLanguage}>
            {t("top.language")}
          </button>
        </header>
        {reason === undefined ? null : <p role="status">{reason}</p>}
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void enter(event.currentTarget);
          }}
        >
          <label>
            {t("sign_in.name")}
            <input ref={focusOnce} name="name" autocomplete="username" maxLength={100} required />
          </label>
          <label>
            {t("sign_in.password")}
            <input name="password" type="password" autocomplete="current-password" maxLength={256} required />
          </label>
          <label>
            {t("sign_in.code")}
            <input name="code" inputMode="numeric" autocomplete="one-time-code" maxLength={10} />
          </label>
          {problem.value ? (
            <p role="alert">{pick(problem.value.detail, problem.value.detailEn) || t("sign_in.unreachable")}</p>
          ) : null}
          <button type="submit" disabled={isAsking.value}>
            {t("sign_in.enter")}
          </button>
        </form>
        {whyNot === null ? null : <p role="alert">{words("sign_on", whyNot) ?? t("sign_in.unreachable")}</p>}
        {isOffered.value ? (
          // Where the page is open already it stays so, with what was typed; it learns of the session by itself.
          <p>
            <a class="sign-on" href={singleSignOnAddress()} target={reason === undefined ? undefined : "_blank"} rel="noopener">
              {t("sign_in.single_sign_on")}
            </a>
          </p>
        ) : null}
        <p>
          <a href="/aed">{t("sign_in.aed")}</a>
        </p>
      </Card>
    </div>
  );
}

/** A stable function: it runs when the field appears, not each time that the form is painted again. */
function focusOnce(input: HTMLInputElement | null): void {
  input?.focus();
}
