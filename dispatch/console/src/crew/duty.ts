import { computed, signal } from "@preact/signals";
import { t } from "../i18n";
import { serviceNowMs } from "../room/clock";
import { stepsAfter } from "../room/status";
import { world } from "../room/world";
import type { AssignmentStatus, Unit } from "../wire/types";
import { outbox, report } from "./outbox";

/** Who is on duty with this phone, and what the crew is bound to. */

export interface Duty {
  unitId: string;
  crew: string;
  vehicle: string;
}

const KEPT_UNDER = "dispatch.crew.duty";

export const duty = signal<Duty | null>(kept());
export const unit = computed(() => (duty.value === null ? null : (world.value.units[duty.value.unitId] ?? null)));
export const assignment = computed(() => world.value.assignments[unit.value?.assignment_id ?? ""] ?? null);
export const incident = computed(() => world.value.incidents[assignment.value?.incident_id ?? ""] ?? null);

/** What the crew itself last said, though it may still wait for the network. */
export const status = computed<AssignmentStatus | null>(() => {
  const { value } = assignment;
  if (value === null) return null;
  const path = statusPath(value.assignment_id);
  const said = outbox.value.findLast((one) => one.path === path)?.body as { status: AssignmentStatus } | undefined;
  return said?.status ?? value.status;
});

export const nextSteps = computed(() => (status.value === null ? [] : stepsAfter(status.value)));

function statusPath(assignmentId: string): string {
  return `/api/v1/assignments/${assignmentId}/status`;
}

/** Reports a step with the time of the press, not of the sending. */
export function step(to: AssignmentStatus, more: Record<string, unknown> = {}): void {
  const { value } = assignment;
  if (value === null) return;
  const body = { status: to, occurred_at: now(), ...more };
  report(statusPath(value.assignment_id), body, t(`status.${to}`));
}

export function now(): string {
  return new Date(serviceNowMs()).toISOString();
}

export function logOn(chosen: Unit, crew: string, vehicle: string): void {
  keep({ unitId: chosen.unit_id, crew, vehicle });
  setDuty(chosen.unit_id, "in_service", [crew, vehicle].filter(Boolean).join(" · "), t("crew.log_on"));
}

/** Ends the duty on this phone; a unit at work stays in service until its assignment has ended. */
export function logOff(): void {
  const { value } = duty;
  if (value !== null && assignment.value === null) setDuty(value.unitId, "out_of_service", t("crew.off.reason"), t("crew.log_off"));
  keep(null);
}

/** A vehicle that cannot go on: out of service when idle; at work the room is told, for it alone may take the task away. */
export function breakDown(what: string): void {
  const { value } = duty;
  if (value === null) return;
  const words = t("crew.breakdown.words", { what });
  if (incident.value === null) setDuty(value.unitId, "out_of_service", words, t("crew.breakdown"));
  else note(`${unit.value?.call_sign ?? ""} ${words}`, t("crew.breakdown"));
}

/** The crew is in danger: the room is told at once, or as soon as there is a network. */
export function callForHelp(): void {
  const { value } = duty;
  if (value !== null) report(`/api/v1/units/${value.unitId}/distress`, {}, t("crew.distress"));
}

export function note(text: string, name: string): void {
  const { value } = incident;
  if (value !== null) report(`/api/v1/incidents/${value.incident_id}/notes`, { text }, name);
}

function setDuty(unitId: string, to: Unit["duty"], reason: string, name: string): void {
  report(`/api/v1/units/${unitId}/status`, { duty: to, ...(reason === "" ? {} : { reason }) }, name);
}

function keep(chosen: Duty | null): void {
  duty.value = chosen;
  try {
    if (chosen === null) localStorage.removeItem(KEPT_UNDER);
    else localStorage.setItem(KEPT_UNDER, JSON.stringify(chosen));
  } catch {
    // Storage can be forbidden; the choice then lasts as long as the page.
  }
}

function kept(): Duty | null {
  try {
    return JSON.parse(localStorage.getItem(KEPT_UNDER) ?? "null") as Duty | null;
  } catch {
    return null;
  }
}
