import { computed, signal } from "@preact/signals";
import { dayText } from "../i18n/measures";
import type { Incident, Recommendation } from "../wire/types";
import { act } from "./actions";
import { takeAdvice } from "./advice";
import { serviceNowMs } from "./clock";
import { findComplaints, TIMED } from "./complaints";
import type { Question, Reply } from "./questions";
import { openIntake, selectIncident } from "./selection";
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
  answers: Readonly<Record<string, Reply>>;
  /** How the call came: a caller who says nothing or is cut off is called back. */
  contact: "" | "silent" | "dropped";
  /** The transfer between hospitals that the crew is for. */
  transfer: { transferId: string; toHospitalId: string } | null;
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
  answers: {},
  contact: "",
  transfer: null,
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

/** Opens the form with what was typed beside the verb: the first word that names a complaint, and the rest as the address. */
export function openDraftWith(words: string): void {
  const tokens = words.split(" ").filter(Boolean);
  const at = tokens.findIndex((token) => findComplaints(token).length > 0);
  const complaint = at === -1 ? undefined : findComplaints(tokens[at] ?? "")[0];
  const address = tokens.filter((_, index) => index !== at).join(" ");
  write({ ...(complaint === undefined ? {} : { complaint }), ...(address === "" ? {} : { address }) });
  openIntake();
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
    answers: answersOf(taken),
    transfer_id: taken.transfer?.transferId,
    preferred_hospital_id: taken.transfer?.toHospitalId,
    onset_at: TIMED.has(taken.complaint ?? "") ? instantOf(taken.onset, nowMs) : undefined,
    last_known_well_at: TIMED.has(taken.complaint ?? "") ? instantOf(taken.lastKnownWell, nowMs) : undefined,
  };
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}

/** The answers as the service takes them; an answer to a question of an earlier complaint still was said. */
function answersOf({ answers, contact }: Draft): Record<string, string> | undefined {
  const all = { ...answers, ...(contact === "" ? {} : { contact }) };
  return Object.keys(all).length === 0 ? undefined : all;
}

/** Writes an answer down; one that names the complaint better changes it. */
export function answer(question: Question, reply: Reply): void {
  const answers = { ...draft.value.answers, [question.code]: reply };
  write({ answers, ...(reply === "yes" && question.complaint !== null ? { complaint: question.complaint } : {}) });
}

/** A call without words: nothing is known, and it is urgent until it is. */
export function takeWithoutWords(contact: "silent" | "dropped"): void {
  write({ contact, complaint: draft.value.complaint ?? "unknown" });
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
