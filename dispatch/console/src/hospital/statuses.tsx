import { signal } from "@preact/signals";
import { t, tValue } from "../i18n";
import { roughly, shortTime } from "../i18n/measures";
import { act, type Reception, type Status } from "./reception";

/** In the order in which a crew asks for them. */
const SHOWN = ["emergency", "ct", "cath_lab", "thrombectomy", "icu", "operating_room", "obstetrics", "neonatal_icu", "burns"];
const STATES = ["available", "busy", "closed"] as const;
const open = signal<string | null>(null);

/** The house's own word: one tap opens a capability, the second says how it is. */
export function Statuses({ seen }: { seen: Reception }) {
  return (
    <section class="statuses" aria-label={t("ward.status")}>
      <h2>{t("ward.status")}</h2>
      <ul>
        {SHOWN.map((name) => (
          <Capability key={name} name={name} status={seen.hospital.capabilities[name]} />
        ))}
      </ul>
    </section>
  );
}

function Capability({ name, status }: { name: string; status: Status | undefined }) {
  const state = status?.state ?? "unknown";
  const isOpen = open.value === name;
  return (
    <li data-capability={name}>
      <button
        type="button"
        class={`capability ${state}`}
        aria-expanded={isOpen}
        onClick={() => (open.value = isOpen ? null : name)}
      >
        <strong>{tValue("capability", name)}</strong>
        <span class="state">{tValue("capability.state", state)}</span>
        <small>{detail(status)}</small>
      </button>
      {isOpen ? (
        <div class="choices" role="group" aria-label={tValue("capability", name)}>
          {STATES.map((each) => (
            <button
              key={each}
              type="button"
              class={each}
              onClick={() =>
                void act("status", { capability: name, state: each, source: t("ward.source") }).then((isDone) => {
                  if (isDone) open.value = null;
                })
              }
            >
              {tValue("capability.state", each)}
            </button>
          ))}
        </div>
      ) : null}
    </li>
  );
}

/** Who said so and until when, what is kept, and what contradicts it. */
function detail(status: Status | undefined): string {
  if (status === undefined) return t("ward.unsaid");
  const said = status.expires_at === null ? t("ward.unsaid") : t("ward.until", { at: shortTime(status.expires_at) });
  const kept = status.slots.length > 0 ? t("ward.kept", { n: status.slots.length }) : "";
  const wrong = status.contradicted
    ? t("ward.contradicted", { n: status.contradicted.n_observed, time: roughly(status.contradicted.observed_s) })
    : "";
  return [said, kept, wrong].filter(Boolean).join(" · ");
}
