import { signal } from "@preact/signals";
import { getJson, Problem, postJson } from "../wire/http";
import type { Picture } from "../wire/reception";

export interface Kept {
  patient_id: string;
  state: string;
}
export interface Status {
  state: string;
  reported: string;
  source: string | null;
  updated_at: string | null;
  expires_at: string | null;
  slots_free: number | null;
  slots: Kept[];
  contradicted: { observed_s: number; n_observed: number } | null;
  standing: string | null;
}
export interface Incoming {
  patient_id: string;
  incident_id: string;
  number: number;
  priority: string;
  pathway: string;
  complaint: string;
  age_years: number | null;
  sex: string | null;
  onset_at: string | null;
  last_known_well_at: string | null;
  pictures: Picture[];
  unit: { call_sign: string };
  status: string;
  eta_at: string | null;
  drive_s: number | null;
  travel_time_grade: string;
  fix_age_s: number | null;
  prealert: { hospital_id: string; state: string; text: string | null; reminders: number } | null;
  turned_away: boolean;
  slots: Record<string, string>;
  is_simulated: boolean;
}
export interface Transfer {
  transfer_id: string;
  hospital_id: string;
  to_hospital_id: string;
  state: string;
  reason: string;
  capability: string | null;
  age_years: number | null;
  answer: string | null;
}
export interface Name {
  hospital_id: string;
  name_zh: string;
  name_en: string;
}
export interface Reception {
  at: string;
  realm: string;
  /** Seconds that pass there in one of the room: other than 1 in a drill that is led. */
  pace: number;
  hospital: Name & { capabilities: Record<string, Status> };
  incoming: Incoming[];
  transfers: Transfer[];
  hospitals: Name[];
}

const EVERY_MS = 2_000;
const STALE_AFTER_MS = 6_000;

export type Stage = "asking" | "token" | "shown";
export const stage = signal<Stage>("asking");
export const hospitalId = signal<string | null>(null);
export const isDevelopment = signal(false);
export const reception = signal<Reception | null>(null);
export const problem = signal<Problem | null>(null);
export const isStale = signal(false);
/** Milliseconds of service time; ticks once a second. */
export const nowMs = signal(Date.now());

let heardAtMs = 0;

/** Who we are: a hospital's token says which house; in development mode the address does, and any house may be chosen. */
export async function begin(): Promise<void> {
  try {
    const me = await getJson<{ hospital_id: string | null; development: boolean }>("/api/v1/me");
    isDevelopment.value = me.development;
    hospitalId.value = me.hospital_id ?? new URLSearchParams(location.search).get("id") ?? "H001";
    stage.value = "shown";
  } catch (failure) {
    if (!(failure instanceof Problem)) throw failure;
    if (failure.status === 401) stage.value = "token";
    else setTimeout(() => void begin(), EVERY_MS);
  }
}

/** Trades a token for a cookie that scripts cannot read. */
export async function enter(token: string): Promise<void> {
  const answer = await fetch("/api/v1/session", { method: "POST", headers: { authorization: `Bearer ${token}` } });
  if (answer.ok) await begin();
  else problem.value = new Problem("credentials_required", answer.status, "令牌无效或已过期", "The token is not valid");
}

export function choose(id: string): void {
  hospitalId.value = id;
  reception.value = null;
  history.replaceState(null, "", `?id=${encodeURIComponent(id)}`);
  void look();
}

/** Asks anew every two seconds, and says when the answers stay away. */
export function follow(): void {
  setInterval(() => {
    if (stage.value === "shown") void look();
  }, EVERY_MS);
  setInterval(() => {
    const seen = reception.value;
    if (seen !== null) nowMs.value = Date.parse(seen.at) + (performance.now() - heardAtMs) * seen.pace;
    isStale.value = reception.value !== null && performance.now() - heardAtMs > STALE_AFTER_MS;
  }, 1_000);
}

export async function look(): Promise<void> {
  const id = hospitalId.value;
  try {
    const seen = await getJson<Reception>(`/api/v1/hospitals/${id}/reception`);
    if (id !== hospitalId.value) return;
    heardAtMs = performance.now();
    nowMs.value = Date.parse(seen.at);
    isStale.value = false;
    reception.value = seen;
  } catch (failure) {
    if (!(failure instanceof Problem)) throw failure;
    if (failure.status === 401) stage.value = "token";
  }
}

/** Posts under this hospital and looks again; what was refused is shown. */
export async function act(path: string, body: unknown): Promise<boolean> {
  try {
    await postJson(`/api/v1/hospitals/${hospitalId.value}/${path}`, body);
    problem.value = null;
    await look();
    return true;
  } catch (failure) {
    if (!(failure instanceof Problem)) throw failure;
    problem.value = failure;
    return false;
  }
}
