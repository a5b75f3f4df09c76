import { computed, effect, signal } from "@preact/signals";
import { newKey, Problem, putJson } from "../wire/http";
import { selectedIncidentId } from "./selection";

/** Who else looks at what: two dispatchers at one incident see each other before they act. */

export interface Desk {
  desk_id: string;
  user: string;
  incident_id: string | null;
  is_writing: boolean;
  /** The alarms that were seen there, by their keys. */
  seen: string[];
}

/** The service forgets a desk that has not spoken for 12 s. */
const SAY_EVERY_MS = 5_000;

/** As many as the service takes. */
const MOST_SEEN = 500;

/** This window's desk; a map on a second screen belongs to it. */
export const deskId = newKey().slice(0, 12);
/** What is being typed or decided here at the moment; set by the forms. */
export const isWriting = signal(false);
/** The alarms that were seen at this desk, by their keys. */
export const seenKeys = signal<ReadonlySet<string>>(new Set());
export const desks = signal<readonly Desk[]>([]);
/** The other desks at the selected incident. */
export const alsoHere = computed(() =>
  selectedIncidentId.value === null ? [] : desks.value.filter((desk) => desk.incident_id === selectedIncidentId.value),
);

/** Says where this desk is and what was seen here, at once when it changes and every few seconds; silence of the service leaves nobody on screen. */
export function followDesks(): () => void {
  return effect(() => {
    const body = { incident_id: selectedIncidentId.value, is_writing: isWriting.value, seen: [...seenKeys.value].slice(-MOST_SEEN) };
    void say(body);
    const timer = setInterval(() => void say(body), SAY_EVERY_MS);
    return () => clearInterval(timer);
  });
}

async function say(body: Omit<Desk, "desk_id" | "user">): Promise<void> {
  try {
    desks.value = (await putJson<{ items: Desk[] }>(`/api/v1/desks/${deskId}`, body)).items;
  } catch (failure) {
    if (!(failure instanceof Problem)) throw failure;
    desks.value = [];
  }
}
