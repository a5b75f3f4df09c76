import { switchLanguage, t } from "../i18n";
import { PRIORITY_WORDS, STATUS_WORDS, VERBS, type Verb } from "../room/command/words";

const KEYS = ["/", "N", "↑ ↓", "1 2 3", "W", "J", "Q", "H", "T", "M", "D", "C", "U", "Esc", "\\", "F2", "F3", "F4", "F8", "F9"] as const;

/** Keys and commands on one sheet, for the desk. */
export function Card() {
  return (
    <main class="sheet">
      <header>
        <h1>{t("card.title")}</h1>
        <button type="button" class="small" onClick={() => print()}>
          {t("overview.print")}
        </button>
        <button type="button" class="small" id="language" onClick={switchLanguage}>
          {t("top.language")}
        </button>
      </header>
      <section>
        <h2>{t("card.keys")}</h2>
        <dl>
          {KEYS.map((key) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{t(`card.key.${key}`)}</dd>
            </div>
          ))}
        </dl>
      </section>
      <section>
        <h2>{t("card.commands")}</h2>
        <p>{t("card.order")}</p>
        <dl>
          {(Object.keys(VERBS) as Verb[]).map((verb) => (
            <div key={verb}>
              <dt>{VERBS[verb].join(" ")}</dt>
              <dd>
                {t(`verb.${verb}`)} <code>{t(`example.${verb}`)}</code>
              </dd>
            </div>
          ))}
        </dl>
      </section>
      <section>
        <h2>{t("card.words")}</h2>
        <dl>
          {[...Object.values(STATUS_WORDS), ...Object.values(PRIORITY_WORDS)].map((words) => (
            <div key={words?.[0]}>
              <dt>{words?.[0]}</dt>
              <dd>{words?.slice(1).join(" ")}</dd>
            </div>
          ))}
        </dl>
      </section>
    </main>
  );
}
