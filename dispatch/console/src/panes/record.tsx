import { useSignal } from "@preact/signals";
import { t, tValue } from "../i18n";
import { clockTime, shortTime } from "../i18n/measures";
import { act, dismiss, isPending } from "../room/actions";
import { timeline } from "../room/timeline";
import { getJson, Problem } from "../wire/http";
import type { ShownRecord } from "../wire/reception";
import type { Incident, JournalEvent } from "../wire/types";
import { actorText } from "./actor";
import { Outcome, problemText } from "./marks";

/** What a wrong drug or a magnet could harm first. */
const SECTIONS = ["allergies", "anticoagulants", "implants", "prior_strokes", "prior_stents"] as const;
const CONSENTS = ["presumed", "given", "refused"] as const;

/**
 * A patient's health record, for this incident.
 *
 * Who asked, why and under which consent stands in the journal. What it says stays covered until somebody uncovers it, which the
 * service notes; it is covered again when another incident is looked at.
 */
export function HealthRecord({ incident, patientId }: { incident: Incident; patientId: string }) {
  const asked = questionsOf(patientId);
  const isOpen = incident.state === "open";
  if (!isOpen && asked.length === 0) return null;
  const path = `/api/v1/incidents/${incident.incident_id}/patients/${patientId}/record`;
  const isThere = isOpen && asked.some(({ outcome }) => outcome === "answered");
  return (
    <details class="record" data-record={patientId} open={isThere}>
      <summary>
        {t("record.title")} {asked.length === 0 ? <span class="muted">{t("record.not_asked")}</span> : null}
      </summary>
      <ul>
        {asked.map(({ event, outcome }) => (
          <li key={event.seq}>
            <time>{clockTime(event.occurred_at)}</time> {actorText(event.actor)} · {tValue("purpose", String(event.data.purpose))} ·{" "}
            {tValue("consent", String(event.data.consent))} · <strong>{tValue("record_outcome", outcome)}</strong>
            {event.data.reason ? <> · {String(event.data.reason)}</> : null}
          </li>
        ))}
      </ul>
      {isThere ? <Content path={path} /> : null}
      {!isOpen ? null : asked.length === 0 ? (
        <Ask path={path} place={`record ${patientId}`} />
      ) : (
        <details>
          <summary class="muted">{t("record.ask.again")}</summary>
          <Ask path={path} place={`record ${patientId}`} />
        </details>
      )}
    </details>
  );
}

/** Each question with what came of it: the next answer about the same patient. */
function questionsOf(patientId: string): { event: JournalEvent; outcome: string }[] {
  const own = timeline.value.filter((event) => event.patient_id === patientId);
  return own.flatMap((event, at) => {
    if (event.type !== "RecordAsked") return [];
    const answered = own.slice(at + 1).find((later) => later.type === "RecordAnswered");
    return [{ event, outcome: String(answered?.data.outcome ?? "pending") }];
  });
}

function Content({ path }: { path: string }) {
  const shown = useSignal<ShownRecord | null>(null);
  const problem = useSignal<Problem | null>(null);
  const uncover = async (): Promise<void> => {
    try {
      shown.value = await getJson<ShownRecord>(path);
      problem.value = null;
    } catch (failure) {
      if (!(failure instanceof Problem)) throw failure;
      problem.value = failure;
    }
  };
  if (shown.value === null)
    return (
      <div class="next">
        <span class="muted">{t("record.covered")}</span>
        <button type="button" class="small" data-uncover onClick={() => void uncover()}>
          {t("record.uncover")}
        </button>
        {problem.value === null ? null : <p class="notice">{problemText(problem.value)}</p>}
      </div>
    );
  const { sections, received_at: at, is_complete: isComplete, n_other_medications: nOther } = shown.value;
  return (
    <div class="sections">
      <dl>
        {SECTIONS.filter((name) => sections[name] !== undefined).map((name) => {
          const items = (sections[name] ?? []).map(({ text, since }) => (since == null ? text : `${text} (${since})`));
          return (
            <div key={name} class={items.length > 0 ? "said" : ""}>
              <dt>{t(`section.${name}`)}</dt>
              <dd>{items.join(t("mark.comma")) || t("record.none")}</dd>
            </div>
          );
        })}
      </dl>
      <p class="muted">
        {[
          t("record.received", { at: shortTime(at) }),
          nOther > 0 ? t("record.other_medications", { n: nOther }) : "",
          isComplete ? "" : t("record.incomplete"),
        ]
          .filter(Boolean)
          .join(" · ")}
      </p>
      <button type="button" class="small quiet" data-cover onClick={() => (shown.value = null)}>
        {t("record.cover")}
      </button>
    </div>
  );
}

function Ask({ path, place }: { path: string; place: string }) {
  const system = useSignal("");
  const value = useSignal("");
  const consent = useSignal<(typeof CONSENTS)[number]>("presumed");
  const reason = useSignal("");
  const isRefused = consent.value === "refused";
  const send = (event: Event): void => {
    event.preventDefault();
    const body = {
      identifier: { system: system.value.trim(), value: value.value.trim() },
      consent: consent.value,
      ...(isRefused ? { break_glass_reason: reason.value.trim() } : {}),
    };
    act(place, path, body, () => {
      // The number is the patient's; it does not stay on the screen.
      value.value = "";
      dismiss(place);
    });
  };
  const field = (label: string, of: { value: string }) => (
    <label>
      {label}
      <input
        required
        maxLength={200}
        autocomplete="off"
        value={of.value}
        onInput={(event) => (of.value = event.currentTarget.value)}
      />
    </label>
  );
  return (
    <form class="ask-record" onSubmit={send}>
      {field(t("record.system"), system)}
      {field(t("record.number"), value)}
      <label>
        {t("record.consent")}
        <select value={consent.value} onChange={(event) => (consent.value = event.currentTarget.value as (typeof CONSENTS)[number])}>
          {CONSENTS.map((name) => (
            <option key={name} value={name}>
              {t(`consent.${name}`)}
            </option>
          ))}
        </select>
      </label>
      {isRefused ? field(t("record.break_glass"), reason) : null}
      <button type="submit" class={isRefused ? "small danger" : "small"} disabled={isPending(place)}>
        {t(isRefused ? "record.ask.against" : "record.ask")}
      </button>
      <Outcome place={place} isQuiet />
    </form>
  );
}
