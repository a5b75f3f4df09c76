import { signal } from "@preact/signals";
import { pick, t } from "../i18n";
import { findLandmarks } from "../wire/landmarks";
import type { LatLon } from "../wire/types";
import { deskId } from "./desks";

/** What other parts of the room want of the map: to look at a place, to stay with a unit, to stand on a screen of its own. */

export interface Sight extends LatLon {
  name: string;
}

/** The place that was asked for last; a new object each time, so that asking again looks again. */
export const sight = signal<Sight | null>(null);
/** Said when a search found nothing. */
export const searchTold = signal<string | null>(null);
/** The unit that the map stays with, until it is moved by hand. */
export const followedUnitId = signal<string | null>(null);

/** Looks at a place, or at the best that a name finds. */
export function findOnMap(wanted: Sight | string): void {
  searchTold.value = null;
  followedUnitId.value = null;
  if (typeof wanted !== "string") sight.value = wanted;
  else void search(wanted);
}

async function search(words: string): Promise<void> {
  const [first] = await findLandmarks(words);
  if (first === undefined) searchTold.value = t("map.search.none", { what: words });
  else sight.value = { lat: first.lat, lon: first.lon, name: pick(first.name_zh, first.name_en) };
}

/** Puts the map on a second screen; what is selected stays in step between the two windows. */
export function popOut(): void {
  const query = new URLSearchParams({ ...Object.fromEntries(new URLSearchParams(location.search)), view: "map", desk: deskId });
  window.open(`/?${query}`, "dispatch-map", "popup,width=1600,height=1000");
}

/** The printable card of keys and commands. */
export function openCard(): void {
  window.open("/?view=card", "dispatch-card");
}
