import { computed, signal } from "@preact/signals";
import type { Problem } from "../wire/http";
import type { Incident } from "../wire/types";
import { queue, world } from "./world";

/** What the dispatcher looks at. Selecting never changes anything in the service. */
export const selectedIncidentId = signal<string | null>(null);
export const selectedUnitId = signal<string | null>(null);
export const selectedHospitalId = signal<string | null>(null);
/** True while the intake form holds the right pane. */
export const isIntakeOpen = signal(false);
/** True while the list of excluded units and hospitals is shown. */
export const isWhyOpen = signal(false);
/** The rank (2, 3, …) whose override reason is being asked for; null when none is. */
export const askingRank = signal<number | null>(null);
/** A hospital other than the recommended one that the dispatcher has picked for the next acceptance. */
export const pickedHospitalId = signal<string | null>(null);
/** True while one more unit is wanted for an incident that already has what it needs. */
export const wantsMore = signal(false);

/** The incident that was read last because it is no longer in the world, and why the next one could not be. */
export const archived = signal<Incident | null>(null);
export const archiveProblem = signal<Problem | null>(null);

export const selectedIncident = computed(() => {
  const id = selectedIncidentId.value;
  if (id === null) return null;
  return world.value.incidents[id] ?? (archived.value?.incident_id === id ? archived.value : null);
});

export function selectIncident(incidentId: string | null): void {
  if (incidentId !== selectedIncidentId.value) {
    askingRank.value = null;
    pickedHospitalId.value = null;
    wantsMore.value = false;
  }
  selectedIncidentId.value = incidentId;
  selectedUnitId.value = null;
  selectedHospitalId.value = null;
  isIntakeOpen.value = false;
}

/** Moves the selection up or down the queue; from nothing, to its top. */
export function stepSelection(by: 1 | -1): void {
  const rows = queue.value;
  if (rows.length === 0) return;
  const at = rows.findIndex((incident) => incident.incident_id === selectedIncidentId.value);
  const next = at === -1 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by));
  selectIncident(rows[next]?.incident_id ?? null);
}

export function openIntake(): void {
  isIntakeOpen.value = true;
  askingRank.value = null;
}
