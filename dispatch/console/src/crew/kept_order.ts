import { effect } from "@preact/signals";
import { EMPTY_WORLD } from "../wire/follower";
import type { World } from "../wire/types";
import { dataAgeMs, heardBefore, phase } from "../room/link";
import { me, world } from "../room/world";
import { assignment, duty, incident, unit } from "./duty";

/**
 * The order that this phone saw last, so that a page opened without a network still says where to go, and how old that is.
 *
 * Only the order that the crew is on, and only for as long as it is: it names a patient.
 */
interface Kept {
  unitId: string;
  realm: string;
  /** By this phone's clock, when the service was last heard. */
  heardAtMs: number;
  world: World;
}

const KEPT_UNDER = "dispatch.crew.order";
/** Longer than any task lasts; a choice of ours. */
const FORGOTTEN_AFTER_MS = 12 * 3600 * 1000;
const WRITE_EVERY_MS = 5_000;

/** The realm of the kept order: a drill's stays one without a network. */
export let keptRealm: string | null = null;

/** Shows the kept order until the service is heard. */
export function restoreOrder(): void {
  const kept = stored();
  if (kept === null) return;
  const ageMs = Math.max(0, Date.now() - kept.heardAtMs);
  if (kept.unitId !== duty.value?.unitId || ageMs > FORGOTTEN_AFTER_MS) {
    store(null);
    return;
  }
  keptRealm = kept.realm;
  world.value = kept.world;
  heardBefore(ageMs);
}

/** Keeps the order while there is one, and how old it is. */
export function keepOrder(): void {
  effect(() => {
    if (unit.value !== null && assignment.value === null) store(null);
    if (duty.value === null) store(null);
  });
  effect(write);
  setInterval(write, WRITE_EVERY_MS);
}

function write(): void {
  const [ownUnit, held, of] = [unit.value, assignment.value, incident.value];
  if (ownUnit === null || held === null || of === null || phase.peek() !== "live") return;
  const { hospitals } = world.peek();
  const hospital = hospitals[held.hospital_id ?? ""];
  store({
    unitId: ownUnit.unit_id,
    realm: me.peek()?.realm ?? keptRealm ?? "live",
    heardAtMs: Date.now() - (dataAgeMs.peek() ?? 0),
    world: {
      ...EMPTY_WORLD,
      units: { [ownUnit.unit_id]: ownUnit },
      assignments: { [held.assignment_id]: held },
      incidents: { [of.incident_id]: of },
      hospitals: hospital === undefined ? {} : { [hospital.hospital_id]: hospital },
    },
  });
}

function store(kept: Kept | null): void {
  try {
    if (kept === null) localStorage.removeItem(KEPT_UNDER);
    else localStorage.setItem(KEPT_UNDER, JSON.stringify(kept));
  } catch {
    // Storage can be forbidden; the page then needs a network to be opened.
  }
}

function stored(): Kept | null {
  try {
    return JSON.parse(localStorage.getItem(KEPT_UNDER) ?? "null") as Kept | null;
  } catch {
    return null;
  }
}
