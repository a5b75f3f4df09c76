/** Fetching one device: it is kept for this phone while it moves, and the arrow follows. */

import { signal } from "@preact/signals";
import { postJson, Problem } from "../wire/http";
import type { NearAed } from "./device";
import { bearingDeg, distanceM, type Point } from "./place";

export interface Fetching {
  aed: NearAed;
  /** Null while the service does not know: offline, or it did not answer. */
  fetchId: string | null;
  state: "on_the_way" | "taken" | "lost";
}

export const fetching = signal<Fetching | null>(null);

interface Answer {
  fetch: { fetch_id: string } | null;
}

/** How often the service is told: well within the 20 s after which the device goes to the next. */
const TELL_EVERY_MS = 10_000;

let watching = 0;
let telling = 0;

/** Sets out for a device. False when somebody else was first; without a network one simply goes. */
export async function setOut(aed: NearAed, shift: Point): Promise<boolean> {
  const remaining_m = Math.round(aed.distanceM);
  try {
    const { fetch } = await say(aed, { kind: "fetching", remaining_m });
    fetching.value = { aed, fetchId: fetch?.fetch_id ?? null, state: "on_the_way" };
  } catch (failure) {
    if (!(failure instanceof Problem)) throw failure;
    if (failure.code === "aed_being_fetched") return false;
    fetching.value = { aed, fetchId: null, state: "on_the_way" };
  }
  follow(shift);
  return true;
}

/** `taken` or `given_up`. */
export async function end(how: "taken" | "given_up"): Promise<void> {
  const now = fetching.value;
  stopFollowing();
  fetching.value = now !== null && how === "taken" ? { ...now, state: "taken" } : null;
  if (now?.fetchId != null) await say(now.aed, { kind: how, fetch_id: now.fetchId }).catch(ignoreProblem);
}

function follow(shift: Point): void {
  if (!("geolocation" in navigator)) return;
  watching = navigator.geolocation.watchPosition(
    ({ coords }) => moved({ lat: coords.latitude + shift.lat, lon: coords.longitude + shift.lon }),
    () => undefined,
    { enableHighAccuracy: true },
  );
  telling = window.setInterval(() => void tell(), TELL_EVERY_MS);
}

function stopFollowing(): void {
  if ("geolocation" in navigator) navigator.geolocation.clearWatch(watching);
  window.clearInterval(telling);
}

function moved(to: Point): void {
  const now = fetching.value;
  if (now === null || now.state === "taken") return;
  const { point } = now.aed;
  fetching.value = { ...now, aed: { ...now.aed, distanceM: distanceM(to, point), bearingDeg: bearingDeg(to, point) } };
}

async function tell(): Promise<void> {
  const now = fetching.value;
  if (now?.fetchId == null || now.state !== "on_the_way") return;
  const remaining_m = Math.round(now.aed.distanceM);
  try {
    await say(now.aed, { kind: "fetching", fetch_id: now.fetchId, remaining_m });
  } catch (failure) {
    if (!(failure instanceof Problem)) throw failure;
    if (failure.code === "aed_fetch_ended" && fetching.value !== null) fetching.value = { ...fetching.value, state: "lost" };
  }
}

function say(aed: NearAed, body: object): Promise<Answer> {
  return postJson<Answer>(`/api/v1/aeds/${encodeURIComponent(aed.id)}/reports`, body);
}

function ignoreProblem(failure: unknown): void {
  if (!(failure instanceof Problem)) throw failure;
}
