import { useSignal } from "@preact/signals";
import { pick, t, tValue } from "../i18n";
import { clockTime } from "../i18n/measures";
import { isPending } from "../room/actions";
import { assignPatients, cancelAssignment, reportStatus, statusPlace } from "../room/assign";
import { isWaitingForCrew, numberOf } from "../room/casualties";
import { serviceNowMs } from "../room/clock";
import { selectedUnitId } from "../room/selection";
import { lookOf, STEPS, stepsAfter } from "../room/status";
import { world } from "../room/world";
import type { Assignment, AssignmentBrief, Incident, Tag } from "../wire/types";
import { Outcome, StatusText } from "./marks";
import { ReasonForm } from "./reason_form";

/** The units bound to an incident, newest last: what each has done, and what it may report next. */
export function Assignments({ incident }: { incident: Incident }) {
  if (incident.assignments.length === 0) return null;
  return (
    <section class="assignments" aria-label={t("assignments.title")}>
      <h3 class="group">{t("assignments.title")}</h3>
      {incident.assignments.map((assignment) => (
        <AssignmentCard key={assignment.assignment_id} brief={assignment} incident={incident} />
      ))}
    </section>
  );
}

function AssignmentCard({ brief, incident }: { brief: AssignmentBrief; incident: Incident }) {
  const { units, hospitals, assignments } = world.value;
  const full = assignments[brief.assignment_id];
  const hospital = brief.hospital_id == null ? undefined : hospitals[brief.hospital_id];
  const next = stepsAfter(brief.status);
  const place = statusPlace(brief.assignment_id);
  const isOver = next.length === 0;
  const isCancelling = useSignal(false);
  return (
    <article
      class={isOver ? "card over" : "card"}
      data-assignment={brief.assignment_id}
      data-unit={brief.unit_id}
      data-status={brief.status}
      onClick={() => (selectedUnitId.value = brief.unit_id)}
    >
      <header>
        <h4>{units[brief.unit_id]?.call_sign ?? brief.unit_id}</h4>
        {isOver ? <span class="muted">{t(`status.${brief.status}`)}</span> : <StatusText look={lookOf(brief.status)} />}
      </header>
      <p class="muted">
        {[
          hospital ? t("assignments.to", { hospital: pick(hospital.name_zh, hospital.name_en) }) : "",
          full && full.reoffers > 0 ? t("assignments.reoffers", { n: full.reoffers }) : "",
          full?.disposition ? tValue("disposition", full.disposition) : "",
          full?.override_reason ? t("assignments.override", { reason: full.override_reason }) : "",
        ]
          .filter(Boolean)
          .join(" · ")}
      </p>
      {incident.patients.length > 1 && full ? <Patients assignment={full} incident={incident} isOver={isOver} /> : null}
      <Steps brief={brief} />
      {isOver ? null : (
        <div class="next">
          <span class="muted">{t("assignments.next")}</span>
          {next.map((status, index) => (
            <button
              key={status}
              type="button"
              class={index === 0 ? "small" : "small quiet"}
              disabled={isPending(place)}
              data-status={status}
              onClick={() => reportStatus(brief.assignment_id, status, serviceNowMs())}
            >
              {t(`status.${status}`)}
            </button>
          ))}
          <button type="button" class="small quiet cancel" onClick={() => (isCancelling.value = true)}>
            {t("assignments.cancel")}
          </button>
        </div>
      )}
      {isCancelling.value && !isOver ? (
        <ReasonForm
          ask={t("assignments.cancel.ask")}
          initial=""
          confirm={t("assignments.cancel")}
          onReason={(reason) => {
            cancelAssignment(brief.assignment_id, reason);
            isCancelling.value = false;
          }}
          onLeave={() => (isCancelling.value = false)}
        />
      ) : null}
      <Outcome place={place} isQuiet />
    </article>
  );
}

/** Whom the crew takes, and, until it has handed over, the control that gives it somebody else. */
function Patients(props: { assignment: Assignment; incident: Incident; isOver: boolean }) {
  const { assignment, incident, isOver } = props;
  const ids = assignment.patient_ids;
  const mayTake = incident.patients.filter((patient) => ids.includes(patient.patient_id) || isWaitingForCrew(patient));
  const name = (patientId: string): string => t("casualties.patient", { n: numberOf(incident, patientId) });
  if (isOver || incident.state !== "open" || assignment.status === "handed_over")
    return <p class="muted">{ids.map(name).join(t("mark.comma")) || t("assignments.nobody")}</p>;
  return (
    <label class="takes">
      <span class="muted">{t("assignments.takes")}</span>
      <select
        value={ids.length > 1 ? "several" : (ids[0] ?? "")}
        disabled={isPending(statusPlace(assignment.assignment_id))}
        data-takes={assignment.assignment_id}
        onChange={(event) => {
          const chosen = event.currentTarget.value;
          assignPatients(assignment.assignment_id, chosen === "" ? [] : [chosen]);
        }}
      >
        <option value="">{t("assignments.nobody")}</option>
        {ids.length > 1 ? <option value="several">{ids.map(name).join(t("mark.comma"))}</option> : null}
        {mayTake.map((patient) => (
          <option key={patient.patient_id} value={patient.patient_id}>
            {name(patient.patient_id)} {t(`tag.${(patient.triage_tag ?? "none") as Tag | "none"}`)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The steps that were taken, with their times; a skipped step stays empty, for it is not known. */
function Steps({ brief }: { brief: AssignmentBrief }) {
  const reached = STEPS.filter((step) => brief.timestamps[step] !== undefined);
  return (
    <ol class="steps">
      {reached.map((step) => (
        <li key={step}>
          <time>{clockTime(brief.timestamps[step] ?? "")}</time>
          {t(`status.${step}`)}
        </li>
      ))}
    </ol>
  );
}
