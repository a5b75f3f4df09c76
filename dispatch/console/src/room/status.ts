import type { AssignmentStatus, Priority, UnitStatus } from "../wire/types";

/** The eight ways in which a unit can look: each has a colour, a shape and a two-letter code of its own. */
export type Look = "standby" | "dispatched" | "reserved" | "en_route" | "on_scene" | "transporting" | "at_hospital" | "out";

export const LOOKS: readonly Look[] = [
  "standby",
  "dispatched",
  "reserved",
  "en_route",
  "on_scene",
  "transporting",
  "at_hospital",
  "out",
];

export const CODE: Record<Look, string> = {
  standby: "SB",
  dispatched: "DS",
  reserved: "RV",
  en_route: "ER",
  on_scene: "OS",
  transporting: "TR",
  at_hospital: "AH",
  out: "OU",
};

const LOOK_OF: Record<UnitStatus, Look> = {
  standby: "standby",
  available: "standby",
  declined: "standby",
  cancelled: "standby",
  offered: "dispatched",
  acknowledged: "dispatched",
  reserved: "reserved",
  en_route: "en_route",
  on_scene: "on_scene",
  at_patient: "on_scene",
  left_scene: "transporting",
  at_hospital: "at_hospital",
  handed_over: "at_hospital",
  out_of_service: "out",
};

export function lookOf(status: UnitStatus): Look {
  return LOOK_OF[status] ?? "out";
}

/** The order of an assignment's steps; a crew may skip one but never goes back. */
export const STEPS: readonly AssignmentStatus[] = [
  "offered",
  "acknowledged",
  "en_route",
  "on_scene",
  "at_patient",
  "left_scene",
  "at_hospital",
  "handed_over",
  "available",
];

/** Steps that may follow `status`, the nearest first. */
export function stepsAfter(status: AssignmentStatus): AssignmentStatus[] {
  if (status === "declined" || status === "cancelled") return [];
  const from = status === "reserved" ? STEPS.indexOf("offered") : STEPS.indexOf(status);
  return STEPS.slice(from + 1);
}

export const LEVEL: Record<Priority, 1 | 2 | 3 | 4> = { red: 1, orange: 2, yellow: 3, green: 4 };
