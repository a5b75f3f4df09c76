import { signal } from "@preact/signals";
import { getJson, Problem } from "../wire/http";
import type { Priority } from "../wire/types";

/** What a supervisor looks at beside the board; asked for again every few seconds, and shown with its age. */

export type LiveInterval = "commit" | "turnout" | "scene";
export const LIVE_INTERVALS: readonly LiveInterval[] = ["commit", "turnout", "scene"];

export interface Kept {
  n: number;
  n_met: number;
  n_late_running: number;
  median_s: number | null;
}

export interface Policy {
  policy: string;
  version: string;
  changeable: boolean;
  auto_assign: Priority[];
  relocation: "off" | "advise" | "automatic";
  relocation_effort: "frugal" | "full" | null;
  divert: { is_on: boolean; forbidden: Priority[]; max_per_incident: number; gain_s: number };
  reoffer_after_s: number;
  escalate_after_s: number[];
  hold_reminder_every_s: number;
}

export interface Supervision {
  policy: Policy;
  n_incidents: number;
  n_simulated: number;
  targets: { commit_s: number; turnout_s: number; scene_s: Record<Priority, number> };
  districts: ({ adcode: string | null; name_zh: string | null; name_en: string | null } & Record<LiveInterval, Kept>)[];
}

const ASK_EVERY_MS = 10_000;

export const supervision = signal<Supervision | null>(null);
export const supervisionProblem = signal<Problem | null>(null);

/** Asks at once and then again and again; returns what stops it. */
export function followSupervision(): () => void {
  void ask();
  const timer = setInterval(() => void ask(), ASK_EVERY_MS);
  return () => clearInterval(timer);
}

async function ask(): Promise<void> {
  try {
    supervision.value = await getJson<Supervision>("/api/v1/supervision");
    supervisionProblem.value = null;
  } catch (failure) {
    if (!(failure instanceof Problem)) throw failure;
    // What is no longer known is not shown as if it were.
    supervision.value = null;
    supervisionProblem.value = failure;
  }
}

/** The sum over all districts; no median can be had from theirs. */
export function cityOf(districts: Supervision["districts"], interval: LiveInterval): Kept {
  return districts.reduce<Kept>(
    (sum, { [interval]: one }) => ({
      n: sum.n + one.n,
      n_met: sum.n_met + one.n_met,
      n_late_running: sum.n_late_running + one.n_late_running,
      median_s: null,
    }),
    { n: 0, n_met: 0, n_late_running: 0, median_s: null },
  );
}
