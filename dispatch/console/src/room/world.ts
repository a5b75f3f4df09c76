import { computed, signal } from "@preact/signals";
import type { DrillFloor } from "../wire/drill";
import { EMPTY_WORLD } from "../wire/follower";
import type { AssignmentStatus, Incident, Me, Priority, Unit, World } from "../wire/types";

/** The world as last published to the views: at most once a frame, however many deltas arrive. */
export const world = signal<World>(EMPTY_WORLD);
export const seq = signal<number | null>(null);
export const me = signal<Me | null>(null);
export const drillFloor = signal<DrillFloor | null>(null);

const RANK: Record<Priority, number> = { red: 0, orange: 1, yellow: 2, green: 3 };
const ENDED: ReadonlySet<AssignmentStatus> = new Set(["declined", "available", "cancelled"]);

/** Assignments that still bind a unit to the incident. */
export function liveAssignments(incident: Incident): Incident["assignments"] {
  return incident.assignments.filter((assignment) => !ENDED.has(assignment.status));
}

/** True while fewer units are bound than the incident needs; the service counts, the console only shows. */
export function isWaiting(incident: Incident): boolean {
  return incident.state === "open" && incident.units_missing > 0;
}

/** The order in which incidents want attention: priority, then age. */
export function byUrgency(a: Incident, b: Incident): number {
  return (
    RANK[a.priority] - RANK[b.priority] || a.received_at.localeCompare(b.received_at) || a.number - b.number
  );
}

const incidentsById = computed(() => world.value.incidents);
export const openIncidents = computed(() =>
  Object.values(incidentsById.value)
    .filter((incident) => incident.state === "open")
    .sort(byUrgency),
);
export const waitingIncidents = computed(() => openIncidents.value.filter(isWaiting));
export const servedIncidents = computed(() => openIncidents.value.filter((incident) => !isWaiting(incident)));
/** The queue in screen order: those without a unit first. */
export const queue = computed(() => [...waitingIncidents.value, ...servedIncidents.value]);

/**
 * By number, the same on every screen. Made once: `localeCompare`, which makes one for each pair, took 60 ms for 600 call signs, and this
 * takes 2. Not the Chinese one, whose table of readings takes tens of milliseconds to load while the page comes up.
 */
const CALL_SIGNS = new Intl.Collator("en", { numeric: true });
/** The same map until a unit changes, so that nothing that is made of it is made again before. */
const unitsById = computed(() => world.value.units);
/** The same text until a unit comes, goes, or gets another call sign: only then are they put in order again. */
const callSigns = computed(() => JSON.stringify(Object.values(unitsById.value).map((unit) => [unit.unit_id, unit.call_sign])));
const unitOrder = computed(() =>
  (JSON.parse(callSigns.value) as [string, string][])
    .sort(([, sign], [, other]) => CALL_SIGNS.compare(sign, other))
    .map(([unitId]) => unitId),
);
export const units = computed(() => unitOrder.value.flatMap((unitId) => unitsById.value[unitId] ?? []));
export const freeUnits = computed(() => units.value.filter((unit) => unit.status === "standby").length);

export function unitOf(unitId: string): Unit | undefined {
  return world.value.units[unitId];
}

/** The likeliest open incident that this one may be the same as. */
export function proposedFor(incident: Incident, of: World): Incident | undefined {
  return incident.possible_duplicates
    .map((proposal) => of.incidents[proposal.incident_id])
    .find((other) => other?.state === "open");
}
