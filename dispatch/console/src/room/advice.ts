import { computed, effect, signal } from "@preact/signals";
import { getJson, Problem } from "../wire/http";
import type { Candidate, HospitalCandidate, Recommendation } from "../wire/types";
import { pickedHospitalId, selectedIncident, wantsMore } from "./selection";
import { isWaiting } from "./world";

/** Advice older than this is asked for again while its incident is looked at: units move. */
const REFRESH_MS = 10_000;
/** After the first unit of the advice changes, a key is not obeyed for this long: the eye has not seen it yet. */
const SETTLE_MS = 500;

export const advice = signal<Recommendation | null>(null);
export const adviceProblem = signal<Problem | null>(null);
let changedAtMs = Number.NEGATIVE_INFINITY;
let asked = 0;

/** Whether the selected incident still wants a unit, so that advice is shown and keys 1–3 assign. */
export const isAdviceWanted = computed(() => {
  const incident = selectedIncident.value;
  return incident !== null && incident.state === "open" && (isWaiting(incident) || wantsMore.value);
});

/** Units in the order of the keys that take them; those after the recommended ones need an override reason. */
export const ranked = computed<Candidate[]>(() =>
  advice.value === null ? [] : [...advice.value.units, ...advice.value.alternatives],
);

export function isOverride(rank: number): boolean {
  const recommended = advice.value?.units.length ?? 0;
  const hospitalId = advice.value?.hospital?.hospital_id ?? null;
  return rank > recommended || (pickedHospitalId.value !== null && pickedHospitalId.value !== hospitalId);
}

/** The hospital that goes with the next acceptance: the dispatcher's pick, else the recommended one. */
export const chosenHospital = computed<HospitalCandidate | null>(() => {
  if (advice.value === null) return null;
  const all = [...(advice.value.hospital ? [advice.value.hospital] : []), ...advice.value.hospital_alternatives];
  return all.find((candidate) => candidate.hospital_id === pickedHospitalId.value) ?? advice.value.hospital;
});

export function hasSettled(nowMs: number): boolean {
  return nowMs - changedAtMs > SETTLE_MS;
}

export function takeAdvice(fresh: Recommendation): void {
  const shown = advice.peek();
  const isSameIncident = shown?.incident_id === fresh.incident_id;
  if (isSameIncident && shown?.units[0]?.unit_id !== fresh.units[0]?.unit_id) changedAtMs = performance.now();
  adviceProblem.value = null;
  advice.value = fresh;
}

export async function askAdvice(incidentId: string): Promise<void> {
  const turn = ++asked;
  try {
    const fresh = await getJson<Recommendation>(`/api/v1/incidents/${incidentId}/recommendation`);
    if (turn === asked) takeAdvice(fresh);
  } catch (failure) {
    if (!(failure instanceof Problem)) throw failure;
    if (turn === asked) adviceProblem.value = failure;
  }
}

/** Asks whenever the selected incident, its version or its stored recommendation changes, and every few seconds. */
export function followSelection(): () => void {
  const wanted = computed(() => {
    const incident = selectedIncident.value;
    if (incident === null || !isAdviceWanted.value) return null;
    return `${incident.incident_id} ${incident.version} ${incident.recommendation?.seq ?? ""}`;
  });
  return effect(() => {
    const key = wanted.value;
    if (key === null) return undefined;
    const incidentId = key.split(" ", 1)[0] ?? "";
    if (advice.peek()?.incident_id !== incidentId) advice.value = null;
    void askAdvice(incidentId);
    const timer = setInterval(() => void askAdvice(incidentId), REFRESH_MS);
    return () => clearInterval(timer);
  });
}
