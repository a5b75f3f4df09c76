import { computed, signal } from "@preact/signals";
import type { LinkPhase } from "../wire/stream";

/** Heartbeats come every second; after this long without any frame the data on screen is called old. */
export const STALE_AFTER_MS = 2_500;
/** A socket that was closed is known to be dead; this much is granted to a reconnection before the banner goes up. */
const CLOSED_STALE_AFTER_MS = 1_000;

export const phase = signal<LinkPhase>("connecting");
/** Why the service last closed the stream; null when the link simply broke. */
export const closeCode = signal<number | null>(null);
export const roundTripMs = signal<number | null>(null);
/** Milliseconds since anything was heard; null before the first frame. */
export const dataAgeMs = signal<number | null>(null);
export const isStale = computed(() => {
  if (phase.value === "refused") return true;
  const limitMs = phase.value === "live" ? STALE_AFTER_MS : CLOSED_STALE_AFTER_MS;
  return dataAgeMs.value !== null && dataAgeMs.value > limitMs;
});
/** Whole seconds of data age, so that a banner is not repainted four times a second. */
export const dataAgeS = computed(() => (dataAgeMs.value === null ? null : Math.floor(dataAgeMs.value / 1000)));

let heardAt: number | null = null;

export function heard(): void {
  heardAt = performance.now();
  if (dataAgeMs.value === null || dataAgeMs.value > 1_000) dataAgeMs.value = 0;
}

/** What is on the screen was heard so long ago, before the page was opened. */
export function heardBefore(ageMs: number): void {
  heardAt = performance.now() - ageMs;
  dataAgeMs.value = ageMs;
}

/** Recomputes the age of the data; returns true when the socket has been silent for too long. */
export function lookAtAge(): boolean {
  if (heardAt === null) return false;
  dataAgeMs.value = performance.now() - heardAt;
  return dataAgeMs.value > STALE_AFTER_MS;
}
