import { effect, signal } from "@preact/signals";
import { getJson, Problem } from "../wire/http";
import type { Coverage } from "../wire/types";

/** What the layer shows: cells reached by advanced life support, by any unit, or the walk to the first AED. */
export type CoverageKind = "any" | "als" | "aed";

/** Minutes from the call; 8 is the target of red calls. */
export const THRESHOLDS_S = [360, 480, 600, 720, 900] as const;
/** Units move and are sent: an older picture is asked for again. */
const REFRESH_MS = 15_000;

/** Corners of each H3 cell, longitude first, by its identifier. */
export type CellOutlines = ReadonlyMap<string, readonly [number, number][]>;

export const isCoverageShown = signal(false);
export const coverageKind = signal<CoverageKind>("any");
export const thresholdS = signal<number>(480);
export const coverage = signal<Coverage | null>(null);
export const coverageProblem = signal<Problem | null>(null);
export const outlines = signal<CellOutlines>(new Map());
let asked = 0;

/** While the layer is shown: its cells once, and its figures now and every few seconds. */
export function followCoverage(): () => void {
  return effect(() => {
    const wanted = thresholdS.value;
    if (!isCoverageShown.value) return undefined;
    void askCoverage(wanted);
    const timer = setInterval(() => void askCoverage(wanted), REFRESH_MS);
    return () => clearInterval(timer);
  });
}

async function askCoverage(wantedS: number): Promise<void> {
  const turn = ++asked;
  try {
    if (outlines.peek().size === 0) outlines.value = await loadOutlines();
    const fresh = await getJson<Coverage>(`/api/v1/coverage?threshold_s=${wantedS}`);
    if (turn !== asked) return;
    coverage.value = fresh;
    coverageProblem.value = null;
  } catch (failure) {
    if (!(failure instanceof Problem)) throw failure;
    if (turn === asked) coverageProblem.value = failure;
  }
}

interface CellCollection {
  features: { id: string; geometry: { coordinates: [[number, number][]] } }[];
}

async function loadOutlines(): Promise<CellOutlines> {
  const { features } = await getJson<CellCollection>("/api/v1/maps/cells");
  return new Map(features.map(({ id, geometry }) => [id, geometry.coordinates[0]]));
}

/** The classes of the layer, from badly to well served; each has a colour of its own. */
export const CLASSES = 5;

/** Walks longer than these, in seconds, fall into worse classes. */
export const WALK_LIMITS_S = [600, 360, 240, 120] as const;

/** 0 for a cell that is not reached at all, 4 for one that is reached everywhere; thirds between. */
export function classOfShare(share: number): number {
  if (share <= 0) return 0;
  if (share >= 1) return CLASSES - 1;
  return 1 + Math.min(2, Math.floor(share * 3));
}

/** 4 for a walk of two minutes at most, 0 for more than ten, or where there is no device. */
export function classOfWalk(walkS: number | null): number {
  if (walkS === null) return 0;
  const exceeded = WALK_LIMITS_S.findIndex((limit) => walkS > limit);
  return exceeded === -1 ? CLASSES - 1 : exceeded;
}

export function classOf(row: Coverage["cells"][number], kind: CoverageKind): number {
  const [, , als, any, , , walkS] = row;
  return kind === "aed" ? classOfWalk(walkS) : classOfShare(kind === "als" ? als : any);
}
