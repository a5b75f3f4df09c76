import { computed, effect, signal } from "@preact/signals";
import type { JournalEvent } from "../wire/types";
import { type Alarm, alarmKeyOf, alarmsOf, type Level, silentUnitIds } from "./alarms";
import { nowMs } from "./clock";
import { degraded } from "./degraded";
import { desks, seenKeys } from "./desks";
import { isStale } from "./link";
import { followedUnitId } from "./map_wishes";
import { positions } from "./positions";
import { selectedUnitId, selectIncident } from "./selection";
import { isAudible, play } from "./sound";
import { showTransfers } from "./transfers";
import { me, world } from "./world";

/** The alarms of this desk: what stands, what was seen here, and what is to be heard. */

/** How long an alarm that nobody has seen stays quiet before it is heard again; choices of ours. A notice is heard once. */
export const REMIND_S: Readonly<Record<Level, number>> = { 1: 20, 2: 60, 3: Infinity };

/** What somebody at this desk has done is no news here. */
const ownKeys = signal<ReadonlySet<string>>(new Set());

/** Looked up each second and joined to one word, so that nobody is told before it changes; a desk that is cut off knows nothing. */
const silent = computed(() => {
  void nowMs.value;
  return isStale.value ? "" : silentUnitIds(world.value, positions, performance.now()).join(" ");
});

export const alarms = computed<Alarm[]>(() =>
  alarmsOf(world.value, {
    degraded: degraded.value.map((one) => one.code),
    isStale: isStale.value,
    silentUnitIds: silent.value.split(" ").filter(Boolean),
  }),
);
export const unseen = computed(() => alarms.value.filter(({ key }) => !seenKeys.value.has(key)));
/** Those that nobody has seen first. */
export const listed = computed(() => [...unseen.value, ...alarms.value.filter(isSeen)]);

export function isSeen({ key }: Alarm): boolean {
  return seenKeys.value.has(key);
}

export function isOwn({ key }: Alarm): boolean {
  return ownKeys.value.has(key);
}

/** Who else says to have seen it: somebody at another desk, by name. */
export function seenBy({ key }: Alarm): string[] {
  const others = desks.value.filter(({ user, seen }) => user !== me.value?.user && seen.includes(key));
  return [...new Set(others.map(({ user }) => user))].sort();
}

/** Says that it was seen: it is heard no more at the desks of this person, and stays in the list until it is over. */
export function see({ key }: Alarm): void {
  seenKeys.value = new Set([...seenKeys.value, key]);
}

/** Shows what an alarm is about. */
export function goTo({ incident, unitId, transferId }: Alarm): void {
  if (transferId !== undefined) showTransfers();
  if (incident !== undefined) selectIncident(incident.incident_id);
  if (unitId !== undefined) {
    selectedUnitId.value = unitId;
    if (incident === undefined) followedUnitId.value = unitId;
  }
}

/** Takes note of what this desk's own person has done; when another does the same again, it is news. */
export function hearEvents(events: readonly JournalEvent[]): void {
  for (const event of events) {
    const key = alarmKeyOf(event);
    if (key === null) continue;
    const others = [...ownKeys.value].filter((own) => own !== key);
    ownKeys.value = new Set(event.actor === me.value?.user ? [...others, key] : others);
  }
}

/** What has been heard, and when something last was. */
export interface Heard {
  keys: ReadonlySet<string>;
  atMs: number;
}

/** The most urgent level that is to be heard now: of an alarm that is new, or of one that waits for somebody too long. */
export function dueLevel(waiting: readonly Alarm[], heard: Heard, atMs: number): Level | null {
  const due = waiting.filter(({ key, level }) => !heard.keys.has(key) || atMs - heard.atMs >= REMIND_S[level] * 1000);
  return due.reduce<Level | null>((most, { level }) => (most === null || level < most ? level : most), null);
}

/** Sounds what is new and reminds of what nobody has seen; what is over is forgotten, so that it is heard when it comes again. */
export function followAlarms(): () => void {
  let heard: Heard = { keys: new Set(), atMs: Number.NEGATIVE_INFINITY };
  return effect(() => {
    const standing = new Set(alarms.value.map(({ key }) => key));
    seenKeys.value = within(withOwn(seenKeys.value, standing), standing);
    const waiting = unseen.value.filter((one) => !isOwn(one));
    const level = isAudible.value ? dueLevel(waiting, heard, nowMs.value) : null;
    if (level === null) {
      heard = { ...heard, keys: within(heard.keys, standing) };
      return;
    }
    play(level);
    heard = { keys: new Set(waiting.map(({ key }) => key)), atMs: nowMs.value };
  });
}

/** With what the same person has seen at another desk; nobody has to see a thing twice. The same set where that is nothing new. */
function withOwn(keys: ReadonlySet<string>, standing: ReadonlySet<string>): ReadonlySet<string> {
  const own = desks.value.filter(({ user }) => user === me.value?.user).flatMap(({ seen }) => seen);
  const news = own.filter((key) => standing.has(key) && !keys.has(key));
  return news.length === 0 ? keys : new Set([...keys, ...news]);
}

/** The same set where nothing has gone, so that nobody is told of a change that is none. */
function within(keys: ReadonlySet<string>, standing: ReadonlySet<string>): ReadonlySet<string> {
  return [...keys].every((key) => standing.has(key)) ? keys : new Set([...keys].filter((key) => standing.has(key)));
}
