import { signal } from "@preact/signals";
import { render } from "preact";
import { followLanguage, language, pick, switchLanguage, t } from "./i18n";
import "./sign_in.css";
import { postJson, Problem } from "./wire/http";

const problem = signal<Problem | null>(null);
const isAsking = signal(false);

/** A session for whoever fills in the form; the page that was asked for is then loaded again, a hospital's account goes to its own. */
async function signIn(form: HTMLFormElement): Promise<void> {
  const said = new FormData(form);
  const words = (name: string): string => String(said.get(name) ?? "").trim();
  isAsking.value = true;
  try {
    const { hospital_id } = await postJson<{ hospital_id: string | null }>("/api/v1/session", {
      name: words("name"),
      password: String(said.get("password") ?? ""),
      code: words("code") || null,
    });
    if (hospital_id === null) location.reload();
    else location.assign("/hospital");
  } catch (failure) {
    if (!(failure instanceof Problem)) throw failure;
    problem.value = failure;
    isAsking.value = false;
  }
}

function SignIn() {
  return (
    <main>
      <header>
        <h1>{t("sign_in.title")}</h1>
        <button type="button" lang={language.value === "zh" ? "en" : "zh-CN"} onClick={switchLanguage}>
          {t("top.language")}
        </button>
      </header>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void signIn(event.currentTarget);
        }}
      >
        <label>
          {t("sign_in.name")}
          <input name="name" autocomplete="username" maxLength={100} required autofocus />
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
      <p>
        <a href="/aed">{t("sign_in.aed")}</a>
      </p>
    </main>
  );
}

followLanguage("sign_in.title");
const root = document.getElementById("page");
if (root === null) throw new Error("no place for the page");
render(<SignIn />, root);
