import { signal } from "@preact/signals";
import type { AssignmentStatus, Candidate } from "../wire/types";
import { act, dismiss } from "./actions";
import { advice, askAdvice, chosenHospital, hasSettled, isAdviceWanted, isOverride, ranked } from "./advice";
import { plannedHospitalId } from "./casualties";
import { askingRank, isIntakeOpen, pickedHospitalId, selectedIncident, selectIncident, wantsMore } from "./selection";

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
  const hospitalId = hospitalFor(unit);
  const body = {
    unit_id: unit.unit_id,
    ...(hospitalId === null ? {} : { hospital_id: hospitalId }),
    ...(overrideReason === null ? {} : { override_reason: overrideReason }),
    expected_version: incident.version,
  };
  const { incident_id: incidentId } = incident;
  act(assignPlace(incidentId), `/api/v1/incidents/${incidentId}/assignments`, body, () => {
    askingRank.value = null;
    pickedHospitalId.value = null;
    wantsMore.value = false;
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
  const body = { status, occurred_at: new Date(occurredAtMs).toISOString() };
  act(statusPlace(assignmentId), `/api/v1/assignments/${assignmentId}/status`, body, () =>
    dismiss(statusPlace(assignmentId)),
  );
}

export function endPlace(incidentId: string): string {
  return `end ${incidentId}`;
}

export function endIncident(incidentId: string, how: "close" | "cancel", reason: string): void {
  act(endPlace(incidentId), `/api/v1/incidents/${incidentId}/${how}`, { reason });
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
