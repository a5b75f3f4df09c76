import { computed, effect, signal } from "@preact/signals";
import { getJson, Problem } from "../wire/http";
import type { JournalEvent } from "../wire/types";
import { selectedIncident } from "./selection";

/** What the journal holds about the selected incident, oldest first; read anew whenever the incident changes. */
export const timeline = signal<readonly JournalEvent[]>([]);
export const timelineProblem = signal<Problem | null>(null);
let asked = 0;

export function followTimeline(): () => void {
  const wanted = computed(() => {
    const incident = selectedIncident.value;
    return incident === null ? null : `${incident.incident_id} ${incident.version}`;
  });
  let shownId: string | null = null;
  return effect(() => {
    const incidentId = wanted.value?.split(" ", 1)[0] ?? null;
    if (incidentId !== shownId) timeline.value = [];
    shownId = incidentId;
    if (incidentId !== null) void ask(incidentId);
  });
}

async function ask(incidentId: string): Promise<void> {
  const turn = ++asked;
  try {
    const { items } = await getJson<{ items: JournalEvent[] }>(`/api/v1/incidents/${incidentId}/timeline`);
    if (turn !== asked) return;
    timeline.value = items;
    timelineProblem.value = null;
  } catch (failure) {
    if (!(failure instanceof Problem)) throw failure;
    if (turn === asked) timelineProblem.value = failure;
  }
}
