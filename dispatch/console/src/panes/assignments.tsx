import { useSignal } from "@preact/signals";
import { pick, t, tValue } from "../i18n";
import { clockTime } from "../i18n/measures";
import { isPending } from "../room/actions";
import { cancelAssignment, reportStatus, statusPlace } from "../room/assign";
import { serviceNowMs } from "../room/clock";
import { selectedUnitId } from "../room/selection";
import { lookOf, STEPS, stepsAfter } from "../room/status";
import { world } from "../room/world";
import type { AssignmentBrief, Incident } from "../wire/types";
import { Outcome, StatusText } from "./marks";
import { ReasonForm } from "./reason_form";

/** The units bound to an incident, newest last: what each has done, and what it may report next. */
export function Assignments({ incident }: { incident: Incident }) {
  if (incident.assignments.length === 0) return null;
  return (
    <section class="assignments" aria-label={t("assignments.title")}>
      <h3 class="group">{t("assignments.title")}</h3>
      {incident.assignments.map((assignment) => (
        <AssignmentCard key={assignment.assignment_id} brief={assignment} />
      ))}
    </section>
  );
}

function AssignmentCard({ brief }: { brief: AssignmentBrief }) {
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
