import { effect, signal } from "@preact/signals";
import { getJson, Problem } from "../wire/http";
import type { CapabilityStatus, Grade } from "../wire/types";

/** The stroke and chest pain maps: who is on them on a day, on what evidence, and what those hospitals say now. */

export type TreatmentKind = "stroke" | "stemi";
export const TREATMENTS: readonly TreatmentKind[] = ["stroke", "stemi"];
/** What decides whether a hospital on the map can be gone to now. */
export const DECISIVE: Record<TreatmentKind, string> = { stroke: "thrombectomy", stemi: "cath_lab" };
type Known = "yes" | "no" | "unknown";
interface Words {
  zh: string;
  en: string;
}

export interface TreatmentHospital {
  id: string;
  geometry: { coordinates: [number, number] };
  properties: {
    name_zh: string;
    name_en: string;
    membership: Known;
    grade: Grade;
    since: string | null;
    evidence: Words & { dated: string | null };
    /** Null on another day than today: what was said then is no part of a map. */
    capabilities: Record<string, CapabilityStatus> | null;
  };
}

export interface TreatmentMap {
  kind: TreatmentKind;
  as_of: string;
  list_dated: string;
  published: { members: number; evidence: Words } | null;
  known: Record<Known, number>;
  others: Words & { membership: Known };
  features: TreatmentHospital[];
}

const ASK_EVERY_MS = 15_000;

/** Which of them is looked at; null while none is. */
export const treatmentKind = signal<TreatmentKind | null>(null);
/** The day that is asked for; empty for today. */
export const treatmentDay = signal("");
export const treatmentMap = signal<TreatmentMap | null>(null);
export const treatmentProblem = signal<Problem | null>(null);
let asked = 0;

/** Asks for the map that is looked at, again and again as hospitals speak and claims expire; returns what stops it. */
export function followTreatmentMap(): () => void {
  return effect(() => {
    const [kind, day] = [treatmentKind.value, treatmentDay.value];
    if (kind === null) {
      treatmentMap.value = null;
      return undefined;
    }
    void ask(kind, day);
    const timer = setInterval(() => void ask(kind, day), ASK_EVERY_MS);
    return () => clearInterval(timer);
  });
}

async function ask(kind: TreatmentKind, day: string): Promise<void> {
  const turn = ++asked;
  try {
    const fresh = await getJson<TreatmentMap>(`/api/v1/maps/${kind}${day === "" ? "" : `?as_of=${day}`}`);
    if (turn !== asked) return;
    treatmentMap.value = fresh;
    treatmentProblem.value = null;
  } catch (failure) {
    if (!(failure instanceof Problem)) throw failure;
    if (turn === asked) treatmentProblem.value = failure;
  }
}

/** What the hospital says now of what decides; silence, and any other day than today, is unknown. */
export function saysNow(map: TreatmentMap, { properties }: TreatmentHospital): CapabilityStatus | null {
  return properties.capabilities?.[DECISIVE[map.kind]] ?? null;
}
