import { afterEach, describe, expect, it } from "vitest";
import { dueLevel, followAlarms, type Heard, hearEvents, isOwn, listed, REMIND_S, see, seenBy, unseen } from "../src/room/alarm_desk";
import { alarmsOf, type Besides, silentUnitIds } from "../src/room/alarms";
import { type Desk, desks, seenKeys } from "../src/room/desks";
import { Positions } from "../src/room/positions";
import { me, world } from "../src/room/world";
import { EMPTY_WORLD } from "../src/wire/follower";
import type { Incident, JournalEvent, World } from "../src/wire/types";

const AT = "2026-11-22T02:00:00+00:00";
const ALL_WELL: Besides = { degraded: [], isStale: false, silentUnitIds: [] };

const incident = (more: Partial<Incident>): Incident =>
  ({
    incident_id: "inc-1",
    number: 1,
    state: "open",
    priority: "red",
    received_at: AT,
    assignments: [],
    patients: [],
    escalation: 0,
    units_missing: 1,
    ...more,
  }) as unknown as Incident;
const worldOf = (more: Partial<World>): World => ({ ...EMPTY_WORLD, ...more });
const withIncident = (more: Partial<Incident>, also: Partial<World> = {}): World =>
  worldOf({ incidents: { "inc-1": incident(more) }, ...also });
const patient = (more: object): Incident["patients"] => [{ patient_id: "p", state: "in_transport", hospital_id: "H1", ...more } as never];
const offered = { assignment_id: "a", unit_id: "U1", status: "offered", timestamps: { offered: AT } } as const;
const told = (all: World): string[] => alarmsOf(all, ALL_WELL).map(({ kind, level }) => `${kind} ${level}`);

describe("an alarm is what the service has written down", () => {
  it.each<[string, World, string[]]>([
    ["nothing", withIncident({}), []],
    ["an escalation", withIncident({ escalation: 1 }), ["escalated 1"]],
    ["an escalation of an incident that has its crew by now", withIncident({ escalation: 2, units_missing: 0 }), []],
    ["an incident that is over", withIncident({ escalation: 1, state: "closed" }), []],
    ["a held call", withIncident({ held: { since_at: AT, reason: "no_unit", reminders: 0 } }), []],
    ["a held call that has aged", withIncident({ priority: "green", held: { since_at: AT, reason: "no_unit", reminders: 1 } }), ["held 3"]],
    ["a page sent again", withIncident({ assignments: [offered] }, { assignments: { a: { reoffers: 1 } as never } }), ["unacknowledged 2"]],
    ["a crew that is not counted on", withIncident({ assignments: [offered] }, { assignments: { a: { reoffers: 2 } as never } }), ["unacknowledged 1"]],
    ["a pre-alert just sent", withIncident({ patients: patient({ prealert: { hospital_id: "H1", state: "sent", sent_at: AT, reminders: 0 } }) }), []],
    ["a pre-alert that nobody answers", withIncident({ patients: patient({ prealert: { hospital_id: "H1", state: "sent", sent_at: AT, reminders: 1 } }) }), ["prealert 2"]],
    ["a patient turned away where he is bound", withIncident({ patients: patient({ turned_away: [{ hospital_id: "H1", reason: "full", at: AT }] }) }), ["turned_away 2"]],
    ["a patient who goes elsewhere now", withIncident({ patients: patient({ turned_away: [{ hospital_id: "H2", reason: "full", at: AT }] }) }), []],
    ["a crew in danger", worldOf({ units: { U1: { unit_id: "U1", distress_at: AT } as never } }), ["distress 1"]],
  ])("%s", (_, all, expected) => expect(told(all)).toEqual(expected));

  it("is sorted by urgency, and without patients for who may not see them", () => {
    const { patients: _, ...impersonal } = incident({ escalation: 2 });
    const all = worldOf({ incidents: { "inc-1": impersonal as Incident } });
    const kinds = alarmsOf(all, { degraded: ["redis_unreachable", "not_ready"], isStale: true, silentUnitIds: [] });
    expect(kinds.map(({ key }) => key)).toEqual(["link ", "degraded not_ready", "escalated inc-1 2", "degraded redis_unreachable"]);
  });

  it("is a crew on the road whose position has stayed away too long", () => {
    const positions = new Positions();
    positions.take([["U1", 22.5, 114, 301, null], ["U2", 22.5, 114, 299, null], ["U3", 22.5, 114, 999, null]], 0);
    const units = { U1: { unit_id: "U1", status: "en_route" }, U2: { unit_id: "U2", status: "en_route" }, U3: { unit_id: "U3", status: "standby" } };
    expect(silentUnitIds(worldOf({ units: units as never }), positions, 0)).toEqual(["U1"]);
  });
});

describe("a sound", () => {
  const [urgent, notice] = [
    ...alarmsOf(withIncident({ escalation: 1 }), ALL_WELL),
    ...alarmsOf(EMPTY_WORLD, { ...ALL_WELL, degraded: ["redis_unreachable"] }),
  ] as const;
  const heardAt = (atMs: number, ...keys: string[]): Heard => ({ keys: new Set(keys), atMs });

  it("is that of the most urgent alarm that is new", () => {
    expect(dueLevel([urgent, notice] as never, heardAt(0), 0)).toBe(1);
    expect(dueLevel([urgent, notice] as never, heardAt(0, urgent?.key ?? ""), 0)).toBe(3);
    expect(dueLevel([], heardAt(0), 0)).toBeNull();
  });

  it("comes again after the stated time as long as nobody has seen it, and a notice never", () => {
    const both = heardAt(0, urgent?.key ?? "", notice?.key ?? "");
    expect(dueLevel([urgent, notice] as never, both, REMIND_S[1] * 1000 - 1)).toBeNull();
    expect(dueLevel([urgent, notice] as never, both, REMIND_S[1] * 1000)).toBe(1);
    expect(dueLevel([notice] as never, both, 24 * 3600 * 1000)).toBeNull();
  });
});

describe("a transfer between hospitals", () => {
  const keys = (transfer: object, incidents: object = {}): string[] =>
    alarmsOf(worldOf({ transfers: { T: { transfer_id: "T", asked_at: AT, ...transfer } }, incidents } as never), ALL_WELL).map(({ key }) => key);

  it("is an alarm from the yes of the hospital until an incident moves the patient", () => {
    expect(keys({ state: "asked" })).toEqual([]);
    expect(keys({ state: "accepted" })).toEqual(["transfer T"]);
    const moved = { state: "accepted", moved_by_incident_id: "inc-1" };
    expect(keys(moved, { "inc-1": incident({}) })).toEqual([]);
    expect(keys(moved, { "inc-1": incident({ state: "cancelled" }) })).toEqual(["transfer T"]);
    // An incident that ended long ago is not in the world any more: the patient has been moved.
    expect(keys(moved)).toEqual([]);
  });
});

describe("the list of a desk", () => {
  afterEach(() => {
    world.value = EMPTY_WORLD;
  });

  it("keeps what was seen until it is over, below what was not", () => {
    const two = { "inc-1": incident({ escalation: 1 }), "inc-2": incident({ incident_id: "inc-2", escalation: 1 }) };
    world.value = worldOf({ incidents: two });
    const first = listed.value[0] as never;
    see(first);
    expect(unseen.value).toHaveLength(1);
    expect(listed.value.map(({ key }) => key)).toEqual(["escalated inc-2 1", "escalated inc-1 1"]);
    world.value = worldOf({ incidents: { ...two, "inc-1": incident({ escalation: 2 }) } });
    expect(unseen.value).toHaveLength(2);
  });

  it("counts what its own person has done, and sounds it only when another does it", () => {
    me.value = { user: "li" } as never;
    const raised = (actor: string): JournalEvent => ({ type: "CrewDistressRaised", unit_id: "U1", actor }) as never;
    world.value = worldOf({ units: { U1: { unit_id: "U1", distress_at: AT } as never } });
    hearEvents([raised("li")]);
    expect(listed.value.map(isOwn)).toEqual([true]);
    hearEvents([raised("crew:U1")]);
    expect(listed.value.map(isOwn)).toEqual([false]);
  });

  it("takes over what its person has seen at another desk, and names who else has seen it", () => {
    me.value = { user: "li" } as never;
    world.value = worldOf({ incidents: { "inc-1": incident({ escalation: 1 }) } });
    const [one] = listed.value as [never];
    const desk = (user: string): Desk => ({ desk_id: user, user, incident_id: null, is_writing: false, seen: ["escalated inc-1 1"] });
    seenKeys.value = new Set();
    const stop = followAlarms();
    desks.value = [desk("wang")];
    expect(unseen.value).toHaveLength(1);
    expect(seenBy(one)).toEqual(["wang"]);
    desks.value = [desk("li"), desk("wang")];
    expect(unseen.value).toHaveLength(0);
    expect(seenBy(one)).toEqual(["wang"]);
    // That desk may go: here it stays seen.
    desks.value = [];
    expect(unseen.value).toHaveLength(0);
    stop();
  });
});
