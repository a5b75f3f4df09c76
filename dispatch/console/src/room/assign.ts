import { signal } from "@preact/signals";
import { t } from "../i18n";
import type { AssignmentStatus, Candidate, Incident, Priority, Unit } from "../wire/types";
import { act, dismiss } from "./actions";
import { advice, askAdvice, chosenHospital, hasSettled, isAdviceWanted, isOverride, ranked } from "./advice";
import { plannedHospitalId } from "./casualties";
import { askingRank, isIntakeOpen, pickedHospitalId, selectedIncident, selectIncident, wantsMore } from "./selection";
import { remember } from "./undo";
import { world } from "./world";

/** How long it is said that a key was not obeyed. */
const SAID_MS = 3_000;

/** True for a moment after a key was not obeyed because the advice had changed under the finger. */
export const hasJustChanged = signal(false);

function sayJustChanged(): void {
  hasJustChanged.value = true;
  setTimeout(() => (hasJustChanged.value = false), SAID_MS);
}

export function assignPlace(incidentId: string): string {
  return `assign ${incidentId}`;
}

/**
 * Takes the unit of `rank` (1 is the recommended one) together with the chosen hospital.
 *
 * Anything but what was recommended first asks for a reason, in place; the reason is kept in the journal.
 */
export function accept(rank: number, overrideReason: string | null = null): void {
  // A recommendation that the intake form covers is not in sight, and what is not in sight is not accepted.
  if (isIntakeOpen.value || !isAdviceWanted.value) return;
  const incident = selectedIncident.value;
  const unit = ranked.value[rank - 1];
  if (incident === null || unit === undefined || advice.value?.incident_id !== incident.incident_id) return;
  if (!hasSettled(performance.now())) {
    sayJustChanged();
    return;
  }
  if (isOverride(rank) && overrideReason === null) {
    askingRank.value = rank;
    return;
  }
  assignUnit(incident, unit, hospitalFor(unit), overrideReason);
}

/** Commits a unit to an incident as it is on this screen: who has changed it meanwhile is not overwritten. */
export function assignUnit(
  incident: Incident,
  unit: { unit_id: string; call_sign: string },
  hospitalId: string | null,
  overrideReason: string | null,
  isDiverted = false,
): void {
  const { incident_id: incidentId, number } = incident;
  const body = {
    unit_id: unit.unit_id,
    ...(hospitalId === null ? {} : { hospital_id: hospitalId }),
    ...(overrideReason === null ? {} : { override_reason: overrideReason }),
    ...(isDiverted ? { divert: true } : {}),
    expected_version: incident.version,
  };
  act<{ assignment_id: string }>(assignPlace(incidentId), `/api/v1/incidents/${incidentId}/assignments`, body, (answer) => {
    askingRank.value = null;
    pickedHospitalId.value = null;
    wantsMore.value = false;
    remember({
      name: () => t("undo.assign", { unit: unit.call_sign, number }),
      undo: () => cancelAssignment(answer.assignment_id, t("undo.reason")),
    });
    void askAdvice(incidentId);
  });
}

/** Where an accepted unit is sent on to: the dispatcher's pick, else what the scene's plan has for it, else the recommendation. */
export function hospitalFor(unit: Candidate): string | null {
  const planned = pickedHospitalId.value === null ? plannedHospitalId(unit.unit_id) : null;
  return planned ?? chosenHospital.value?.hospital_id ?? null;
}

export function stopAsking(): void {
  askingRank.value = null;
}

export function statusPlace(assignmentId: string): string {
  return `status ${assignmentId}`;
}

/** Reports a step of a crew that told it by voice. */
export function reportStatus(assignmentId: string, status: AssignmentStatus, occurredAtMs: number): void {
  const before = world.peek().assignments[assignmentId];
  const body = { status, occurred_at: new Date(occurredAtMs).toISOString() };
  act(statusPlace(assignmentId), `/api/v1/assignments/${assignmentId}/status`, body, () => {
    dismiss(statusPlace(assignmentId));
    if (before === undefined) return;
    const unit = world.peek().units[before.unit_id]?.call_sign ?? before.unit_id;
    remember({
      name: () => t("undo.status", { unit, status: t(`status.${status}`) }),
      undo: () => correctStatus(assignmentId, before.status),
    });
  });
}

/** Takes a wrong press back: the step that was true stands again, and the journal keeps both. */
function correctStatus(assignmentId: string, status: AssignmentStatus): void {
  const body = { status, corrects: true, reason: t("undo.reason") };
  act(statusPlace(assignmentId), `/api/v1/assignments/${assignmentId}/status`, body);
}

/** Sends a crew on to another hospital. */
export function changeDestination(assignmentId: string, hospitalId: string, reason: string): void {
  const before = world.peek().assignments[assignmentId];
  act(statusPlace(assignmentId), `/api/v1/assignments/${assignmentId}/destination`, { hospital_id: hospitalId, reason }, () => {
    const earlier = before?.hospital_id;
    if (before === undefined || earlier == null) return;
    const unit = world.peek().units[before.unit_id]?.call_sign ?? before.unit_id;
    remember({
      name: () => t("undo.destination", { unit }),
      undo: () => changeDestination(assignmentId, earlier, t("undo.reason")),
    });
  });
}

export function triagePlace(incidentId: string): string {
  return `triage ${incidentId}`;
}

/** Corrects the priority, and the complaint where it turned out to be another. */
export function retriage(incident: Incident, to: { priority?: Priority; complaint?: string }, reason: string): void {
  const { incident_id: incidentId, number, priority, complaint } = incident;
  const body = { ...to, reason, expected_version: incident.version };
  act(triagePlace(incidentId), `/api/v1/incidents/${incidentId}/triage`, body, () =>
    remember({
      name: () => t("undo.triage", { number }),
      undo: () => {
        const now = world.peek().incidents[incidentId];
        if (now !== undefined) retriage(now, { priority, complaint }, t("undo.reason"));
      },
    }),
  );
}

export function notePlace(incidentId: string): string {
  return `note ${incidentId}`;
}

/** A remark for everyone who works on the incident. */
export function addNote(incidentId: string, text: string, done: () => void = () => {}): void {
  act(notePlace(incidentId), `/api/v1/incidents/${incidentId}/notes`, { text }, done);
}

export function dutyPlace(unitId: string): string {
  return `duty ${unitId}`;
}

/** Takes a unit out of service, with a reason, or brings it back. */
export function setDuty(unit: Unit, duty: Unit["duty"], reason: string): void {
  act(dutyPlace(unit.unit_id), `/api/v1/units/${unit.unit_id}/status`, { duty, reason }, () =>
    remember({
      name: () => t(`undo.duty.${duty}`, { unit: unit.call_sign }),
      undo: () => setDuty(unit, duty === "in_service" ? "out_of_service" : "in_service", t("undo.reason")),
    }),
  );
}

export function endPlace(incidentId: string): string {
  return `end ${incidentId}`;
}

export function endIncident(incident: Incident, how: "close" | "cancel", reason: string): void {
  const { incident_id: incidentId, version } = incident;
  act(endPlace(incidentId), `/api/v1/incidents/${incidentId}/${how}`, { reason, expected_version: version });
}

/** Takes this incident's calls into another that was there before: the same emergency, told twice. */
export function joinIncident(incidentId: string, intoIncidentId: string): void {
  const body = { into_incident_id: intoIncidentId };
  act(endPlace(incidentId), `/api/v1/incidents/${incidentId}/join`, body, () => selectIncident(intoIncidentId));
}

/** Has a crew take these patients, and no others. */
export function assignPatients(assignmentId: string, patientIds: readonly string[]): void {
  act(statusPlace(assignmentId), `/api/v1/assignments/${assignmentId}/patients`, { patient_ids: patientIds }, () =>
    dismiss(statusPlace(assignmentId)),
  );
}

export function cancelAssignment(assignmentId: string, reason: string): void {
  act(statusPlace(assignmentId), `/api/v1/assignments/${assignmentId}/cancel`, { reason }, () =>
    dismiss(statusPlace(assignmentId)),
  );
}
