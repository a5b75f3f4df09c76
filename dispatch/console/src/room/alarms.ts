import type { Transfer } from "../wire/reception";
import type { Incident, Instant, JournalEvent, Patient, Priority, World } from "../wire/types";
import { type Positions, UNUSABLE_FIX_S } from "./positions";
import { needsCrew } from "./transfers";
import { isWaiting, liveAssignments } from "./world";

/** 1: somebody may die, or the room is blind; 2: a person has to act now; 3: a person has to know. Choices of ours. */
export type Level = 1 | 2 | 3;
export const LEVELS: readonly Level[] = [1, 2, 3];

export type AlarmKind =
  | "distress"
  | "escalated"
  | "unacknowledged"
  | "turned_away"
  | "prealert"
  | "transfer"
  | "held"
  | "silent"
  | "degraded"
  | "link";

/** What needs a person now. It stands for as long as it is so: nobody can wish it away, only say that it was seen. */
export interface Alarm {
  /** The same for as long as it is the same trouble; trouble that has grown is another one, and is heard again. */
  readonly key: string;
  readonly kind: AlarmKind;
  readonly level: Level;
  /** Since when, by the service's clock; absent where nobody has written it down. */
  readonly sinceAt?: Instant;
  readonly incident?: Incident | undefined;
  readonly unitId?: string;
  readonly hospitalId?: string;
  readonly transferId?: string;
  /** A degradation's. */
  readonly code?: string;
}

/** What the world does not hold: what is degraded, whether this desk hears the service, and whose positions stay away. */
export interface Besides {
  degraded: readonly string[];
  isStale: boolean;
  silentUnitIds: readonly string[];
}

/** After so many pages without an answer the service itself no longer counts on the crew (`UNANSWERED_PAGES`). */
const UNANSWERED_PAGES = 2;
const URGENT: ReadonlySet<Priority> = new Set(["red", "orange"]);
const DEGRADED_LEVEL: Readonly<Record<string, Level>> = { not_ready: 1, journal_unreachable: 1, no_writer: 2 };
/** Steps in which a crew drives, so that its position has to come. */
const DRIVING: ReadonlySet<string> = new Set(["en_route", "left_scene"]);
/** Patients on whom a hospital's word still has to be waited for. */
const UNDER_WAY: ReadonlySet<string> = new Set(["waiting", "attended", "in_transport"]);

/**
 * Every alarm, the most urgent first, then the oldest.
 *
 * The service's timers are the clock: they have offered again, escalated and reminded, and what they wrote down is read here.
 */
export function alarmsOf(world: World, besides: Besides): Alarm[] {
  const incidentOf = (unitId: string): Incident | undefined => world.incidents[world.units[unitId]?.incident_id ?? ""];
  const found = [
    ...(besides.isStale ? [alarm("link", 1)] : []),
    ...besides.degraded.map((code) => alarm("degraded", DEGRADED_LEVEL[code] ?? 3, code, { code })),
    ...Object.values(world.units).flatMap(({ unit_id: unitId, distress_at: sinceAt }) =>
      sinceAt == null ? [] : [alarm("distress", 1, unitId, { sinceAt, unitId, incident: incidentOf(unitId) })],
    ),
    ...Object.values(world.incidents).flatMap((incident) => (incident.state === "open" ? ofIncident(incident, world) : [])),
    ...Object.values(world.transfers ?? {}).flatMap((transfer) => ofTransfer(transfer, world)),
    ...besides.silentUnitIds.map((unitId) => alarm("silent", 3, unitId, { unitId, incident: incidentOf(unitId) })),
  ];
  return found.sort((a, b) => a.level - b.level || (a.sinceAt ?? "").localeCompare(b.sinceAt ?? ""));
}

function alarm(kind: AlarmKind, level: Level, id: string = "", more: Partial<Alarm> = {}): Alarm {
  return { key: `${kind} ${id}`, kind, level, ...more };
}

function ofIncident(incident: Incident, world: World): Alarm[] {
  const { incident_id: id, held, escalation, received_at: sinceAt } = incident;
  const isUrgent = URGENT.has(incident.priority);
  return [
    // The service leaves the escalation standing; it is over with the last crew that was missing.
    ...(escalation > 0 && isWaiting(incident) ? [alarm("escalated", 1, `${id} ${escalation}`, { incident, sinceAt })] : []),
    ...(held != null && held.reminders > 0
      ? [alarm("held", isUrgent ? 2 : 3, `${id} ${held.reminders}`, { incident, sinceAt: held.since_at })]
      : []),
    ...liveAssignments(incident).flatMap(({ assignment_id: assignmentId, status, timestamps, unit_id: unitId }) => {
      const pages = world.assignments[assignmentId]?.reoffers ?? 0;
      if (status !== "offered" || pages === 0) return [];
      const level = pages < UNANSWERED_PAGES ? 2 : 1;
      const more = { incident, unitId, ...(timestamps.offered ? { sinceAt: timestamps.offered } : {}) };
      return [alarm("unacknowledged", level, `${assignmentId} ${level}`, more)];
    }),
    // Who sees incidents without persons sees no patients.
    ...(incident.patients ?? []).flatMap((patient) => ofPatient(patient, incident)),
  ];
}

function ofPatient(patient: Patient, incident: Incident): Alarm[] {
  const { patient_id: id, prealert, hospital_id: hospitalId } = patient;
  if (hospitalId == null || !UNDER_WAY.has(patient.state)) return [];
  const refusal = patient.turned_away?.find((one) => one.hospital_id === hospitalId);
  const isUnanswered = prealert?.state === "sent" && prealert.hospital_id === hospitalId && prealert.reminders > 0;
  return [
    ...(refusal === undefined ? [] : [alarm("turned_away", 2, `${id} ${hospitalId}`, { incident, hospitalId, sinceAt: refusal.at })]),
    ...(isUnanswered
      ? [alarm("prealert", 2, `${id} ${prealert.reminders}`, { incident, hospitalId, sinceAt: prealert.sent_at })]
      : []),
  ];
}

/** Agreed on by both hospitals, and no crew has been asked for. */
function ofTransfer(transfer: Transfer, world: World): Alarm[] {
  if (!needsCrew(transfer, world)) return [];
  const { transfer_id: transferId, hospital_id: hospitalId, answered_at: sinceAt } = transfer;
  return [alarm("transfer", 2, transferId, { transferId, hospitalId, ...(sinceAt ? { sinceAt } : {}) })];
}

/** Crews on the road whose last fix is older than the service uses for a decision; those that never sent one are not meant. */
export function silentUnitIds(world: World, positions: Positions, nowMs: number): string[] {
  return Object.values(world.units)
    .filter(({ unit_id: unitId, status }) => {
      const fix = DRIVING.has(status) ? positions.fixes.get(unitId) : undefined;
      return fix !== undefined && nowMs - fix.fixedAtMs > UNUSABLE_FIX_S * 1000;
    })
    .map((unit) => unit.unit_id);
}

/** The alarm that a person has brought about by an event; null where it brings about none. */
export function alarmKeyOf({ type, ...event }: JournalEvent): string | null {
  if (type === "CrewDistressRaised") return `distress ${String(event.unit_id)}`;
  if (type === "PatientTurnedAway") return `turned_away ${String(event.patient_id)} ${String(event.hospital_id)}`;
  if (type === "TransferAnswered") return `transfer ${String(event.transfer_id)}`;
  return null;
}
