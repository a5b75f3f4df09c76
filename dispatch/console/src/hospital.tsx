import { effect, signal } from "@preact/signals";
import { render } from "preact";
import "./hospital.css";
import { Patients } from "./hospital/patients";
import { begin, choose, enter, follow, isDevelopment, isStale, look, problem, reception, stage } from "./hospital/reception";
import { Statuses } from "./hospital/statuses";
import { Transfers } from "./hospital/transfers";
import { followLanguage, language, pick, switchLanguage, t } from "./i18n";

const token = signal("");

function Page() {
  const seen = reception.value;
  return (
    <>
      <header>
        <div>
          <small>{t("ward.title")}</small>
          <h1>{seen ? pick(seen.hospital.name_zh, seen.hospital.name_en) : t("ward.title")}</h1>
        </div>
        <button type="button" id="language" lang={language.value === "zh" ? "en" : "zh-CN"} onClick={switchLanguage}>
          {t("top.language")}
        </button>
      </header>
      {seen === null || seen.realm === "live" ? null : (
        <p class="drill" id="drill" role="status">
          {[t("drill.banner", { realm: seen.realm }), seen.pace === 0 ? t("drill.paused") : ""].filter(Boolean).join(" · ")}
        </p>
      )}
      {isStale.value ? (
        <p class="trouble" role="alert">
          {t("ward.stale")}
        </p>
      ) : null}
      {problem.value ? (
        <p class="trouble" role="alert">
          {pick(problem.value.detail, problem.value.detailEn) || t("ward.failed")}
        </p>
      ) : null}
      {stage.value === "token" ? <Token /> : seen === null ? <p class="wait">{t("ward.loading")}</p> : <Shown />}
    </>
  );
}

function Token() {
  return (
    <form
      class="token"
      onSubmit={(event) => {
        event.preventDefault();
        void enter(token.value);
      }}
    >
      <label>
        {t("ward.token")}
        <input
          type="password"
          autocomplete="current-password"
          value={token.value}
          onInput={(event) => (token.value = event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="main">
        {t("ward.enter")}
      </button>
    </form>
  );
}

function Shown() {
  const seen = reception.value;
  if (seen === null) return null;
  return (
    <main>
      {isDevelopment.value ? (
        <label class="development">
          {t("ward.development")}
          <select value={seen.hospital.hospital_id} onChange={(event) => choose(event.currentTarget.value)}>
            {seen.hospitals.map((each) => (
              <option key={each.hospital_id} value={each.hospital_id}>
                {each.hospital_id} {pick(each.name_zh, each.name_en)}
              </option>
            ))}
          </select>
        </label>
      ) : null}
      <Patients seen={seen} />
      <div class="own">
        <Statuses seen={seen} />
        <Transfers seen={seen} />
      </div>
    </main>
  );
}

followLanguage("ward.title");
follow();
effect(() => {
  if (stage.value === "shown") void look();
});
void begin();
const root = document.getElementById("page");
if (root !== null) render(<Page />, root);
