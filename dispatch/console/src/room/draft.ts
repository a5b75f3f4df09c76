import { computed, signal } from "@preact/signals";
import { dayText } from "../i18n/measures";
import type { Incident, Recommendation } from "../wire/types";
import { act } from "./actions";
import { takeAdvice } from "./advice";
import { serviceNowMs } from "./clock";
import { TIMED } from "./complaints";
import { selectIncident } from "./selection";
import { world } from "./world";

/** A call being taken down. It survives closing the form, and is emptied only when the service has it. */

export type Datum = "wgs84" | "gcj02" | "bd09";

export interface Draft {
  complaint: string | null;
  address: string;
  lat: string;
  lon: string;
  datum: Datum;
  /** Known when the point was picked on the map; null when it was typed in. */
  accuracyM: number | null;
  phone: string;
  floor: string;
  patients: string;
  age: string;
  sex: "" | "F" | "M";
  onset: string;
  lastKnownWell: string;
}

const EMPTY: Draft = {
  complaint: null,
  address: "",
  lat: "",
  lon: "",
  datum: "wgs84",
  accuracyM: null,
  phone: "",
  floor: "",
  patients: "1",
  age: "",
  sex: "",
  onset: "",
  lastKnownWell: "",
};

export const INTAKE_PLACE = "intake";
export const draft = signal<Draft>(EMPTY);
export const isTimed = computed(() => draft.value.complaint !== null && TIMED.has(draft.value.complaint));
/** What is still missing, as keys of the dictionary. An exact address is never demanded. */
export const missing = computed<("intake.needs_complaint" | "intake.needs_place")[]>(() => [
  ...(draft.value.complaint === null ? (["intake.needs_complaint"] as const) : []),
  ...(draft.value.address.trim() === "" && pointOf(draft.value) === null ? (["intake.needs_place"] as const) : []),
]);

export function write(change: Partial<Draft>): void {
  draft.value = { ...draft.value, ...change };
}

interface CallAnswer {
  call_id: string;
  incident: Incident;
  recommendation: Recommendation | null;
}

export function submit(): void {
  if (missing.value.length > 0) return;
  act<CallAnswer>(INTAKE_PLACE, "/api/v1/calls", callOf(draft.value, serviceNowMs()), (answer) => {
    draft.value = EMPTY;
    const { incident } = answer;
    // The stream may be a moment behind the answer; the answer is in the journal, so it may be shown.
    if (world.value.incidents[incident.incident_id] === undefined)
      world.value = { ...world.value, incidents: { ...world.value.incidents, [incident.incident_id]: incident } };
    selectIncident(incident.incident_id);
    if (answer.recommendation !== null) takeAdvice(answer.recommendation);
  });
}

/** The request body for a draft; what was not said is left out, never guessed. */
export function callOf(taken: Draft, nowMs: number): Record<string, unknown> {
  const number = (text: string): number | undefined => (text.trim() === "" ? undefined : Number(text));
  const words = (text: string): string | undefined => text.trim() || undefined;
  const body = {
    complaint: taken.complaint,
    address_text: words(taken.address),
    location: pointOf(taken) ?? undefined,
    caller_phone: words(taken.phone),
    floor: number(taken.floor),
    n_patients: number(taken.patients),
    age_years: number(taken.age),
    sex: taken.sex || undefined,
    onset_at: TIMED.has(taken.complaint ?? "") ? instantOf(taken.onset, nowMs) : undefined,
    last_known_well_at: TIMED.has(taken.complaint ?? "") ? instantOf(taken.lastKnownWell, nowMs) : undefined,
  };
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}

/** The point of a draft, once both numbers stand; half a point is none. */
export function pointOf(taken: Draft): { lat: number; lon: number; datum: Datum; accuracy_m?: number } | null {
  const [lat, lon] = [Number(taken.lat), Number(taken.lon)];
  if (taken.lat.trim() === "" || taken.lon.trim() === "" || !Number.isFinite(lat) || !Number.isFinite(lon)) return null;
  return { lat, lon, datum: taken.datum, ...(taken.accuracyM === null ? {} : { accuracy_m: taken.accuracyM }) };
}

/** The last time that the city's clocks showed `clock` (HH:MM), as an instant. */
export function instantOf(clock: string, nowMs: number): string | undefined {
  if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(clock)) return undefined;
  const today = `${dayText(nowMs)}T${clock}:00+08:00`;
  if (Date.parse(today) <= nowMs) return today;
  return `${dayText(nowMs - 24 * 3600 * 1000)}T${clock}:00+08:00`;
}
