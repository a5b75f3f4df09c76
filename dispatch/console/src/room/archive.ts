import { computed, effect } from "@preact/signals";
import { getJson, Problem } from "../wire/http";
import type { Incident } from "../wire/types";
import { archived, archiveProblem, selectedIncidentId } from "./selection";
import { world } from "./world";

/** Reads a selected incident that has left the world, which keeps only the latest that ended, from the journal. */
export function followArchive(): () => void {
  const missingId = computed(() => {
    const id = selectedIncidentId.value;
    return id === null || id in world.value.incidents ? null : id;
  });
  return effect(() => {
    archiveProblem.value = null;
    if (missingId.value !== null) void read(missingId.value);
  });
}

async function read(incidentId: string): Promise<void> {
  try {
    const incident = await getJson<Incident>(`/api/v1/incidents/${incidentId}`);
    if (selectedIncidentId.peek() === incidentId) archived.value = incident;
  } catch (failure) {
    if (!(failure instanceof Problem)) throw failure;
    if (selectedIncidentId.peek() === incidentId) archiveProblem.value = failure;
  }
}
