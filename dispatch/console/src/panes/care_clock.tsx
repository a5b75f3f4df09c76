import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { pick, t, tValue } from "../i18n";
import { shortTime, stopwatch } from "../i18n/measures";
import { act } from "../room/actions";
import { nowMs } from "../room/clock";
import { instantOf } from "../room/draft";
import { getJson, Problem } from "../wire/http";
import type { CareClock, CareInterval, CareStamp, Incident } from "../wire/types";
import { Outcome, problemText } from "./marks";

/** Pathways on which minutes from onset to reperfusion decide. */
const TIMED: ReadonlySet<string> = new Set(["stroke", "stemi"]);
/** What the control room hears by telephone and writes down; a crew's steps are stamps already. */
const TOLD = [
  ...["onset", "last_known_well", "first_contact", "ecg", "alert", "door", "ct", "needle"],
  ...["groin", "balloon", "reperfusion", "door_out"],
] as const;

/** The clock of each patient, the same as ambulance and hospital see: stamps, intervals, and what does not fit together. */
export function CareClocks({ incident }: { incident: Incident }) {
  if (!TIMED.has(incident.pathway)) return null;
  return (
    <section class="care-clock" aria-label={t("care.title")}>
      <h3 class="group">{t("care.title")}</h3>
      {incident.patients.map((patient) => (
        <Clock key={patient.patient_id} incident={incident} patientId={patient.patient_id} />
      ))}
    </section>
  );
}

function Clock({ incident, patientId }: { incident: Incident; patientId: string }) {
  const clock = useSignal<CareClock | null>(null);
  const problem = useSignal<Problem | null>(null);
  const path = `/api/v1/incidents/${incident.incident_id}/patients/${patientId}/clock`;
  useEffect(() => {
    let isCurrent = true;
    getJson<CareClock>(path).then(
      (answer) => {
        if (!isCurrent) return;
        clock.value = answer;
        problem.value = null;
      },
      (failure: unknown) => {
        if (!(failure instanceof Problem)) throw failure;
        if (isCurrent) problem.value = failure;
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [path, incident.version]);
  if (problem.value !== null) return <p class="notice">{problemText(problem.value)}</p>;
  if (clock.value === null) return null;
  const { counted, intervals, missing, contradictions } = clock.value;
  return (
    <div class="card">
      <ul class="stamps">
        {counted.map((stamp) => (
          <Stamp key={`${stamp.milestone} ${stamp.hospital_id}`} stamp={stamp} />
        ))}
      </ul>
      <ul class="intervals">
        {intervals.filter(isShown).map((interval) => (
          <Interval key={interval.code} interval={interval} />
        ))}
      </ul>
      {missing.length > 0 ? (
        <p class="muted">{t("care.missing", { what: missing.map((name) => tValue("milestone", name)).join(t("mark.comma")) })}</p>
      ) : null}
      {contradictions.map((found, n) => (
        <p class="notice" key={n}>
          {t(found.kind === "order" ? "care.order" : "care.sources", {
            by: stopwatch(found.by_s),
            what: found.stamps.map(stampText).join(" / "),
          })}
        </p>
      ))}
      <Record path={path} place={`care:${patientId}`} />
    </div>
  );
}

function isShown({ state }: CareInterval): boolean {
  return state !== "not_applicable" && state !== "missing";
}

function Stamp({ stamp }: { stamp: CareStamp }) {
  return (
    <li title={tValue("stamp_source", stamp.source)}>
      <span class="muted">{tValue("milestone", stamp.milestone)}</span> <time>{stampTime(stamp)}</time>
    </li>
  );
}

function stampTime({ at, certainty }: CareStamp): string {
  if (at === null) return t("care.not_done");
  return certainty === "estimated" ? t("care.about", { at: shortTime(at) }) : shortTime(at);
}

function stampText(stamp: CareStamp): string {
  return `${tValue("milestone", stamp.milestone)} ${stampTime(stamp)} (${tValue("stamp_source", stamp.source)})`;
}

/** The length, or the time that runs; the tightest target that still stands, else the last one. */
function Interval({ interval }: { interval: CareInterval }) {
  const { state, started_at: startedAt, length_s: lengthS } = interval;
  const runsS = state === "running" && startedAt !== null ? (nowMs.value - Date.parse(startedAt)) / 1000 : null;
  const seconds = lengthS ?? runsS;
  const limits = interval.targets.map((target) => target.within_s).sort((a, b) => a - b);
  const limit = limits.find((within) => seconds !== null && seconds <= within) ?? limits.at(-1);
  const isLate = seconds !== null && limit !== undefined && seconds > limit;
  const edition = interval.targets.find((target) => target.within_s === limit)?.edition;
  return (
    <li class={isLate ? "late" : ""} title={edition ? pick(edition.text, edition.text_en) : ""}>
      <span>{pick(interval.text, interval.text_en)}</span>{" "}
      <time>{seconds === null ? t(state === "not_done" ? "care.not_done" : "care.contradictory") : stopwatch(seconds)}</time>
      {limit === undefined ? null : <small class="muted"> ≤ {stopwatch(limit)}</small>}
      {interval.is_disputed ? <small> {t("care.disputed")}</small> : null}
    </li>
  );
}

/** A time that the control room was told; it can be corrected only with a reason, which the service asks for. */
function Record({ path, place }: { path: string; place: string }) {
  const milestone = useSignal<string>(TOLD[0]);
  const time = useSignal("");
  const at = instantOf(time.value, nowMs.value);
  const send = (event: Event): void => {
    event.preventDefault();
    if (at === undefined) return;
    const body = { milestone: milestone.value, source: "control_room", at };
    act(place, path, body, () => (time.value = ""));
  };
  return (
    <form class="stamp-form" onSubmit={send}>
      <select
        aria-label={t("care.milestone")}
        value={milestone.value}
        onChange={(event) => (milestone.value = event.currentTarget.value)}
      >
        {TOLD.map((name) => (
          <option key={name} value={name}>
            {tValue("milestone", name)}
          </option>
        ))}
      </select>
      <input
        aria-label={t("care.time")}
        inputMode="numeric"
        placeholder="14:05"
        pattern="([01]\d|2[0-3]):[0-5]\d"
        value={time.value}
        onInput={(event) => (time.value = event.currentTarget.value)}
      />
      <button type="submit" class="small quiet" disabled={at === undefined}>
        {t("care.record")}
      </button>
      <Outcome place={place} isQuiet />
    </form>
  );
}
