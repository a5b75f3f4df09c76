import { computed, effect, signal } from "@preact/signals";
import { getJson, Problem } from "../wire/http";
import type { CasualtyPlan, Incident, Patient, PlannedPatient, Tag } from "../wire/types";
import { act, dismiss } from "./actions";
import { selectedIncident } from "./selection";
import { world } from "./world";

/** The plan that distributes the selected incident's patients; null for one that has none. */
export const casualtyPlan = signal<CasualtyPlan | null>(null);
export const casualtyProblem = signal<Problem | null>(null);
let asked = 0;

/** From here on a patient's outcome is known: nobody needs to take care of them any more. */
const WAITING: ReadonlySet<string> = new Set(["waiting", "attended"]);

export function isWaitingForCrew(patient: Patient): boolean {
  return WAITING.has(patient.state);
}

/** Patients have no names here; they are counted in the order in which they were entered, from 1. */
export function numberOf(incident: Incident, patientId: string): number {
  return incident.patients.findIndex((patient) => patient.patient_id === patientId) + 1;
}

/** Reads the plan anew whenever the selected incident changes. */
export function followPlan(): () => void {
  const wanted = computed(() => {
    const incident = selectedIncident.value;
    return incident?.casualty_plan == null ? null : `${incident.incident_id} ${incident.version}`;
  });
  return effect(() => {
    const incidentId = wanted.value?.split(" ", 1)[0] ?? null;
    if (casualtyPlan.peek()?.incident_id !== incidentId) casualtyPlan.value = null;
    if (incidentId !== null) void askPlan(incidentId);
  });
}

async function askPlan(incidentId: string): Promise<void> {
  const turn = ++asked;
  try {
    const fresh = await getJson<CasualtyPlan>(`/api/v1/incidents/${incidentId}/casualty-plan`);
    if (turn !== asked) return;
    casualtyPlan.value = fresh;
    casualtyProblem.value = null;
  } catch (failure) {
    if (!(failure instanceof Problem)) throw failure;
    if (turn === asked) casualtyProblem.value = failure;
  }
}

/** Where a unit that is not sent yet would go by the plan; null where no plan says so. */
export function plannedHospitalId(unitId: string): string | null {
  const first = casualtyPlan.value?.patients.find((way) => way.unit_id === unitId && way.trip === 0 && !way.bound);
  return first?.hospital_id ?? null;
}

/** Whether the patient is with the crew, and bound for the hospital, that the plan has for them. */
export function isFollowed(patient: Patient, way: PlannedPatient): boolean {
  const held = patient.assignment_id == null ? undefined : world.value.assignments[patient.assignment_id];
  return held?.unit_id === way.unit_id && patient.hospital_id === way.hospital_id;
}

export function planPlace(incidentId: string): string {
  return `plan ${incidentId}`;
}

/** Gives every crew that has not left the scene the patient and the hospital of the plan. */
export function followThePlan(incidentId: string): void {
  act(planPlace(incidentId), `/api/v1/incidents/${incidentId}/casualty-plan/follow`, {});
}

/** Writes down the tag that somebody at the scene has told. */
export function tagPatient(incidentId: string, patientId: string, tag: Tag, atMs: number, observer: string): void {
  const found = { kind: "triage_tag", value: tag, patient_id: patientId, observed_at: new Date(atMs).toISOString(), observer };
  act(planPlace(incidentId), `/api/v1/incidents/${incidentId}/findings`, [found], () => dismiss(planPlace(incidentId)));
}

export interface Capacity {
  red: number;
  yellow: number;
  green: number;
  interval_s: number;
}

export function capacityPlace(hospitalId: string): string {
  return `capacity ${hospitalId}`;
}

/** Writes down how many patients of mass casualties a hospital has said that it takes. */
export function reportCapacity(hospitalId: string, capacity: Capacity, source: string, done: () => void): void {
  const place = capacityPlace(hospitalId);
  act(place, `/api/v1/hospitals/${hospitalId}/casualty-capacity`, { ...capacity, source }, () => {
    dismiss(place);
    done();
  });
}
