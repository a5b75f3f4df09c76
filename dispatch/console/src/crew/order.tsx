import { useSignal } from "@preact/signals";
import { t, tValue } from "../i18n";
import { clockTime, floorText } from "../i18n/measures";
import { PriorityMark, SimulatedMark } from "../panes/marks";
import { PremisesList } from "../panes/premises_list";
import { positions } from "../room/positions";
import { LEVEL } from "../room/status";
import { world } from "../room/world";
import type { Assignment, Incident } from "../wire/types";
import { Destination } from "./destination";
import { nextSteps, note, status, step, unit } from "./duty";
import { Findings } from "./findings";
import { Sketch } from "./sketch";

const WITHOUT_TRANSPORT = ["treated_on_scene", "refused", "no_patient", "deceased"] as const;
const ON_THE_WAY_IN: ReadonlySet<string> = new Set(["left_scene", "at_hospital", "handed_over"]);

/** What the crew was sent to: exactly what the service has, and one button for what comes next. */
export function Order({ assignment, incident }: { assignment: Assignment; incident: Incident }) {
  const hospital = world.value.hospitals[assignment.hospital_id ?? ""];
  const isInbound = ON_THE_WAY_IN.has(status.value ?? "");
  const self = unit.value === null ? null : positions.of(unit.value);
  const target = isInbound && hospital !== undefined ? hospital.location : incident.location;
  const phone = incident.calls.find((call) => call.caller_phone != null)?.caller_phone;
  return (
    <article class={`order p${LEVEL[incident.priority]}`} data-status={status.value}>
      <header>
        <PriorityMark priority={incident.priority} />
        <div>
          <h2>{tValue("complaint", incident.complaint)}</h2>
          <p>
            #{incident.number} · {t("incident.received", { at: clockTime(incident.received_at) })}{" "}
            {incident.is_simulated ? <SimulatedMark /> : null}
          </p>
        </div>
      </header>
      <p class="where">
        {incident.address_text ?? `${incident.location.lat.toFixed(5)}, ${incident.location.lon.toFixed(5)}`} {floorText(incident.floor)}
      </p>
      {incident.location.accuracy_m != null && incident.location.accuracy_m >= 100 ? (
        <p class="warn">{t("crew.inexact", { n: Math.round(incident.location.accuracy_m) })}</p>
      ) : null}
      <p>
        {incident.patients
          .map((one) => [one.sex ? t(`incident.sex.${one.sex as "f" | "m"}`) : "", one.age_years == null ? "" : t("incident.age", { n: one.age_years })].join(" "))
          .join(t("mark.comma"))}
      </p>
      <PremisesList warnings={incident.premises ?? []} />
      <p class="links">
        {phone ? <a href={`tel:${phone}`}>{t("crew.call", { phone })}</a> : null}
        <a href={`geo:${target.lat},${target.lon}`}>{t("crew.navigate")}</a>
      </p>
      {self === null ? null : <Sketch from={self} to={target} name={t("crew.route")} />}
      {incident.notes.length === 0 ? null : (
        <ul class="notes">
          {incident.notes.map((text, index) => (
            <li key={index}>{text}</li>
          ))}
        </ul>
      )}
      <Destination assignment={assignment} incident={incident} hospital={hospital} />
      <Findings incident={incident} />
      <NoteForm />
      <Endings />
    </article>
  );
}

/** The next step, where the thumb is; the ones after it are reached by unfolding, for steps get skipped. */
export function Thumb() {
  const [next, ...later] = nextSteps.value;
  if (next === undefined) return null;
  return (
    <footer class="thumbs">
      <details>
        <summary>{t("crew.later")}</summary>
        {later.map((to) => (
          <button key={to} type="button" data-step={to} onClick={() => step(to)}>
            {tValue("crew.step", to)}
          </button>
        ))}
      </details>
      <button type="button" class="thumb" data-step={next} onClick={() => step(next)}>
        {tValue("crew.step", next)}
      </button>
    </footer>
  );
}

function NoteForm() {
  const typed = useSignal("");
  return (
    <form
      class="line"
      onSubmit={(event) => {
        event.preventDefault();
        if (typed.value.trim() === "") return;
        note(typed.value.trim(), t("crew.note"));
        typed.value = "";
      }}
    >
      <input aria-label={t("crew.note")} placeholder={t("crew.note")} value={typed.value} onInput={(event) => (typed.value = event.currentTarget.value)} />
      <button type="submit">{t("crew.send")}</button>
    </form>
  );
}

/** How it may end without a journey to hospital. */
function Endings() {
  if (!["on_scene", "at_patient"].includes(status.value ?? "")) return null;
  return (
    <details>
      <summary>{t("crew.without_transport")}</summary>
      {WITHOUT_TRANSPORT.map((disposition) => (
        <button key={disposition} type="button" onClick={() => step("available", { disposition })}>
          {tValue("disposition", disposition)}
        </button>
      ))}
    </details>
  );
}
