import { useSignal } from "@preact/signals";
import { t, tValue } from "../i18n";
import { clockTime, distance, floorText, roughly, stopwatch } from "../i18n/measures";
import { dismiss } from "../room/actions";
import { isAdviceWanted } from "../room/advice";
import { assignPlace, endIncident, endPlace, joinIncident } from "../room/assign";
import { nowMs } from "../room/clock";
import { alsoHere } from "../room/desks";
import { archiveProblem, selectedIncident, selectIncident, wantsMore } from "../room/selection";
import { LEVEL } from "../room/status";
import { liveAssignments, world } from "../room/world";
import type { ScaleReading } from "../wire/treatment";
import type { Incident, Patient } from "../wire/types";
import { Advice } from "./advice";
import { Arrest } from "./arrest";
import { Assignments } from "./assignments";
import { CareClocks } from "./care_clock";
import { Casualties } from "./casualties";
import { CallBack, Interview, isToCallBack } from "./interview";
import { Key, Outcome, PaneHead, PriorityMark, problemText, SimulatedMark } from "./marks";
import { Premises, WarnForm } from "./premises";
import { ReasonForm } from "./reason_form";
import { Reception } from "./reception";
import { Timeline } from "./timeline";
import { Transfers } from "./transfers";
import { Waiting } from "./waiting";

export function Detail() {
  const incident = selectedIncident.value;
  return (
    <section class="pane detail" aria-label={t("incident.title")} id="detail" tabIndex={-1}>
      {incident === null ? <Nothing /> : <Chosen key={incident.incident_id} incident={incident} />}
    </section>
  );
}

function Nothing() {
  return (
    <>
      <PaneHead title={t("incident.none")} shortcut="F4" />
      {archiveProblem.value === null ? null : <p class="notice">{problemText(archiveProblem.value)}</p>}
      <p class="empty">
        <small>{t("incident.none.hint")}</small>
      </p>
      <div class="body">
        <Transfers />
        <Waiting />
      </div>
    </>
  );
}

function Chosen({ incident }: { incident: Incident }) {
  const isOpen = incident.state === "open";
  return (
    <>
      <PaneHead title={`#${incident.number} · ${tValue("pathway", incident.pathway)}`} shortcut="F4">
        {incident.is_simulated ? <SimulatedMark /> : null}
      </PaneHead>
      <div class="body">
        <Facts incident={incident} />
        <Premises incident={incident} />
        <Alarms incident={incident} />
        {isOpen && isToCallBack(incident) ? <CallBack incident={incident} /> : null}
        <AlsoHere />
        <Duplicates incident={incident} />
        <Casualties incident={incident} />
        <Arrest incident={incident} />
        <CareClocks incident={incident} />
        {isAdviceWanted.value ? <Advice incident={incident} /> : null}
        <Assignments incident={incident} />
        <Reception incident={incident} />
        <Transfers patientIds={incident.patients.map((patient) => patient.patient_id)} />
        {isOpen && (!isAdviceWanted.value || wantsMore.value) ? (
          <button type="button" class="small" id="more-units" onClick={() => askForMore(incident.incident_id)}>
            {t(wantsMore.value ? "advice.less" : "advice.more")}
          </button>
        ) : null}
        {isOpen ? <Interview incident={incident} /> : null}
        {isOpen ? <WarnForm incident={incident} /> : null}
        {isOpen ? <Ending incident={incident} /> : null}
        <Timeline />
      </div>
    </>
  );
}

/** Unfolds the recommendation for one more unit; the outcome of the last one has been seen by now. */
function askForMore(incidentId: string): void {
  dismiss(assignPlace(incidentId));
  wantsMore.value = !wantsMore.value;
}

function Facts({ incident }: { incident: Incident }) {
  const { location, calls, floor, determinant } = incident;
  const phone = calls.find((call) => call.caller_phone != null)?.caller_phone;
  const elapsedS = (nowMs.value - Date.parse(incident.received_at)) / 1000;
  const people = incident.patients.map(patientText).filter(Boolean).join(t("mark.comma"));
  const facts = [
    floorText(floor),
    incident.patients.length > 1 ? t("incident.patients", { n: incident.patients.length }) : "",
    people,
    phone ? t("incident.caller", { phone }) : "",
    calls.length > 1 ? t("incident.calls", { n: calls.length }) : "",
  ].filter(Boolean);
  return (
    <div class={`facts p${LEVEL[incident.priority]}`}>
      <PriorityMark priority={incident.priority} />
      <div>
        <h3>
          {tValue("complaint", incident.complaint)}
          {determinant ? <span class="code"> {determinant}</span> : null}
        </h3>
        <p class="address">{incident.address_text ?? `${location.lat.toFixed(5)}, ${location.lon.toFixed(5)}`}</p>
        <p class="muted">
          {tValue("location", location.source)}
          {location.accuracy_m == null ? null : <> · {t("incident.accuracy", { accuracy: distance(location.accuracy_m) })}</>}
        </p>
        {facts.length > 0 ? <p>{facts.join(" · ")}</p> : null}
      </div>
      <div class="elapsed">
        <small>{t("incident.elapsed")}</small>
        <time>{incident.state === "open" ? stopwatch(elapsedS) : t(`incident.${incident.state}`)}</time>
        <small>{t("incident.received", { at: clockTime(incident.received_at) })}</small>
      </div>
    </div>
  );
}

function patientText(patient: Patient): string {
  const sex = patient.sex?.toLowerCase();
  return [
    sex === "m" || sex === "male" ? t("incident.sex.m") : sex === "f" || sex === "female" ? t("incident.sex.f") : "",
    patient.age_years == null ? "" : t("incident.age", { n: patient.age_years }),
    ...(patient.scales ?? []).map(scaleText),
  ]
    .filter(Boolean)
    .join(" ");
}

/** `RACE 7/9 疑似大血管闭塞` */
function scaleText(scale: ScaleReading): string {
  const says = scale.lvo_suspected
    ? t("scale.lvo")
    : scale.lvo_suspected === false
      ? t("scale.no_lvo")
      : scale.stroke_suspected
        ? t("scale.stroke")
        : "";
  return `${tValue("scale_name", scale.name)} ${scale.score}/${scale.highest} ${says}`.trim();
}

function Alarms({ incident }: { incident: Incident }) {
  if (incident.state !== "open") return null;
  const { held, escalation } = incident;
  return (
    <>
      {escalation > 0 ? <p class="notice alarm">{t("incident.escalation", { n: escalation })}</p> : null}
      {held ? (
        <p class="notice">
          {t("incident.held", {
            age: stopwatch((nowMs.value - Date.parse(held.since_at)) / 1000),
            reason: tValue("held", held.reason),
          })}
          {held.reminders > 0 ? ` · ${t("incident.held.again", { n: held.reminders })}` : ""}
        </p>
      ) : null}
    </>
  );
}

/** Other desks at this incident, so that nobody acts on it unseen. */
function AlsoHere() {
  if (alsoHere.value.length === 0) return null;
  return (
    <p class="notice" id="also-here" role="status">
      {alsoHere.value.map((desk) => (
        <span key={desk.desk_id}>
          {t(desk.is_writing ? "desk.writing" : "desk.here", { user: desk.user, desk: desk.desk_id.slice(0, 4) })}{" "}
        </span>
      ))}
    </p>
  );
}

/** Open incidents that may be the same, side by side with this one; joining them is never done for the dispatcher. */
function Duplicates({ incident }: { incident: Incident }) {
  const proposals = incident.possible_duplicates.filter(
    (proposal) => world.value.incidents[proposal.incident_id]?.state === "open",
  );
  if (incident.state !== "open" || proposals.length === 0) return null;
  return (
    <div class="notice duplicates">
      {t("incident.duplicates")}
      {proposals.map((proposal, index) => {
        const number = world.value.incidents[proposal.incident_id]?.number ?? "";
        const age = roughly(proposal.age_s);
        return (
          <span key={proposal.incident_id}>
            <button type="button" class="small" onClick={() => selectIncident(proposal.incident_id)}>
              {proposal.distance_m == null
                ? t("incident.duplicate.no_place", { number, age })
                : t("incident.duplicate", { number, age, distance: distance(proposal.distance_m) })}
            </button>
            <button
              type="button"
              class="small"
              data-join={number}
              onClick={() => joinIncident(incident.incident_id, proposal.incident_id)}
            >
              {t("incident.join", { number })} {index === 0 ? <Key>J</Key> : null}
            </button>
            <Preview of={world.value.incidents[proposal.incident_id]} />
          </span>
        );
      })}
    </div>
  );
}

/** What the other incident is, without leaving this one: complaint, place, callers, who is on the way. */
function Preview({ of }: { of: Incident | undefined }) {
  if (of === undefined) return null;
  const phones = of.calls.flatMap((call) => call.caller_phone ?? []).join(t("mark.comma"));
  const signs = liveAssignments(of).map((one) => `${world.value.units[one.unit_id]?.call_sign ?? ""} ${t(`status.${one.status}`)}`);
  return (
    <small class="preview">
      <PriorityMark priority={of.priority} />{" "}
      {[tValue("complaint", of.complaint), of.address_text, phones, signs.join(t("mark.comma")) || t("queue.unassigned")]
        .filter(Boolean)
        .join(" · ")}
    </small>
  );
}

function Ending({ incident }: { incident: Incident }) {
  const how = useSignal<"close" | "cancel" | null>(null);
  if (how.value !== null) {
    const which = how.value;
    return (
      <ReasonForm
        key={which}
        ask={t(`end.${which}.ask`)}
        initial={t(`end.${which}.default`)}
        confirm={t("end.confirm")}
        onReason={(reason) => {
          endIncident(incident, which, reason);
          how.value = null;
        }}
        onLeave={() => (how.value = null)}
      />
    );
  }
  return (
    <div class="ending">
      {(["close", "cancel"] as const).map((which) => (
        <button key={which} type="button" class="small quiet" id={`ask-${which}`} onClick={() => (how.value = which)}>
          {t(`end.${which}`)}
        </button>
      ))}
      <Outcome place={endPlace(incident.incident_id)} isQuiet />
    </div>
  );
}
