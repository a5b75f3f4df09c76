import { computed, effect, signal } from "@preact/signals";
import { getJson, Problem } from "../wire/http";
import type { Instant, Priority } from "../wire/types";
import { world } from "./world";

/** What a supervisor looks at beside the board; asked for again every few seconds, and shown with its age. */

export type LiveInterval = "commit" | "turnout" | "scene";
export const LIVE_INTERVALS: readonly LiveInterval[] = ["commit", "turnout", "scene"];

export interface Kept {
  n: number;
  n_met: number;
  n_late_running: number;
  median_s: number | null;
}

export const RELOCATIONS = ["off", "advise", "automatic"] as const;
export type RelocationMode = (typeof RELOCATIONS)[number];

export interface Policy {
  policy: string;
  version: string;
  policies: string[];
  n_posts: number;
  /** A supervisor's last order about all this; null while it is as configured. */
  order: { seq: number; is_configured: boolean; set_at: Instant; set_by: string; reason: string } | null;
  auto_assign: Priority[];
  relocation: RelocationMode;
  relocation_effort: "frugal" | "full" | null;
  divert: { is_on: boolean; forbidden: Priority[]; max_per_incident: number; gain_s: number };
  reoffer_after_s: number;
  escalate_after_s: number[];
  hold_reminder_every_s: number;
}

/** What a supervisor may set. */
export interface RoomRules {
  policy: string;
  relocation: RelocationMode;
  relocation_effort: "frugal" | "full";
  auto_assign: Priority[];
  divert_forbidden: Priority[];
}

/** What an order would bring about at once. */
export interface Effect {
  recommended_anew: string[];
  units_assigned: number;
  units_taken_away: number;
  moves_advised: number;
  moves_ordered: number;
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
/** The order by which the room works otherwise than configured. */
export const orderInForce = computed(() => world.value.service?.room_rules_seq ?? null);
export const supervisionProblem = signal<Problem | null>(null);

/** Asks at once, when the rules of the room change, and else again and again; returns what stops it. */
export function followSupervision(): () => void {
  const timer = setInterval(() => void ask(), ASK_EVERY_MS);
  const stop = effect(() => {
    orderInForce.value;
    void ask();
  });
  return () => {
    clearInterval(timer);
    stop();
  };
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

/** The rules in force, as the form starts from. */
export function rulesOf(policy: Policy): RoomRules {
  return {
    policy: policy.policy,
    relocation: policy.relocation,
    relocation_effort: policy.relocation_effort ?? "frugal",
    auto_assign: policy.auto_assign,
    divert_forbidden: policy.divert.forbidden,
  };
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
