import { computed, effect, signal } from "@preact/signals";
import { getJson, Problem } from "../wire/http";
import type { LatLon, Way } from "../wire/types";

/** A way that is to be drawn: what it is for, and its ends. */
export interface Leg {
  /** The same for the same purpose, though its unit moves on. */
  key: string;
  from: LatLon;
  to: LatLon;
}

interface Known {
  from: LatLon;
  to: LatLon;
  askedAtMs: number;
  /** null: not answered yet, or there is no way; the leg is then drawn straight, without a figure. */
  way: Way | null;
}

/** A unit that has come this far (about 200 m) since has another way. */
const MOVED_DEG = 0.002;
/** Traffic changes, and a moving unit asks no more often than this. */
const REFRESH_MS = 20_000;
const LEAST_MS = 5_000;

export const wantedLegs = signal<readonly Leg[]>([]);
const known = signal<ReadonlyMap<string, Known>>(new Map());

/** The ways that are known for the legs wanted. */
export const ways = computed<ReadonlyMap<string, Way>>(
  () => new Map([...known.value].flatMap(([key, { way }]) => (way === null ? [] : [[key, way] as const]))),
);

/** Whether a leg has to be asked for: never asked, its scene corrected, its unit moved on, or its answer old. */
export function isDue(leg: Leg, have: Known | undefined, nowMs: number): boolean {
  if (have === undefined) return true;
  const ageMs = nowMs - have.askedAtMs;
  if (ageMs < LEAST_MS) return false;
  return ageMs > REFRESH_MS || isApart(leg.from, have.from) || isApart(leg.to, have.to);
}

function isApart(a: LatLon, b: LatLon): boolean {
  return Math.abs(a.lat - b.lat) + Math.abs(a.lon - b.lon) > MOVED_DEG;
}

/** Keeps the ways of the wanted legs; those of others are forgotten. */
export function followWays(): () => void {
  return effect(() => {
    const legs = wantedLegs.value;
    const now = performance.now();
    const kept = new Map([...known.peek()].filter(([key]) => legs.some((leg) => leg.key === key)));
    const due = legs.filter((leg) => isDue(leg, kept.get(leg.key), now));
    for (const { key, from, to } of due) kept.set(key, { from, to, askedAtMs: now, way: kept.get(key)?.way ?? null });
    if (due.length > 0 || kept.size !== known.peek().size) known.value = kept;
    for (const leg of due) void ask(leg);
  });
}

async function ask({ key, from, to }: Leg): Promise<void> {
  const query = `from_lat=${from.lat}&from_lon=${from.lon}&to_lat=${to.lat}&to_lon=${to.lon}&datum=wgs84`;
  let way: Way | null = null;
  try {
    way = await getJson<Way>(`/api/v1/routes?${query}`);
  } catch (failure) {
    if (!(failure instanceof Problem)) throw failure;
  }
  const asked = known.peek().get(key);
  if (asked !== undefined) known.value = new Map(known.peek()).set(key, { ...asked, way });
}
