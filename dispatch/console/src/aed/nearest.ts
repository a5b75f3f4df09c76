import { getJson, Problem } from "../wire/http";
import { aedOf, type Feature, type NearAed } from "./device";
import { keepBundle, rankOffline } from "./offline";
import type { Place, Point } from "./place";

/** `from` is the place in WGS-84, whatever the phone gave; `isOffline`: ranked by the phone from what it had loaded. */
export interface Nearest {
  aeds: NearAed[];
  from: Point;
  isOffline: boolean;
}

interface Answer {
  features: Feature[];
  place: Point;
  bundle: string;
}

const WANTED = 5;

/**
 * The AEDs that can be reached soonest from a place, the soonest first; without the service, out of what was loaded for the
 * neighbourhood before. Throws the service's Problem when that does not help either.
 */
export async function nearestAeds(place: Place): Promise<Nearest> {
  const { lat, lon, datum } = place;
  const query = new URLSearchParams({ lat: String(lat), lon: String(lon), datum, k: String(WANTED), ways: "true" });
  try {
    const answer = await getJson<Answer>(`/api/v1/aeds/nearest?${query}`);
    const from = answer.place;
    void keepBundle(answer.bundle, { lat: from.lat - lat, lon: from.lon - lon });
    const aeds = answer.features.map((feature) => aedOf(feature, from, feature.properties.distance_m ?? 0));
    return { aeds, from, isOffline: false };
  } catch (failure) {
    const offline = failure instanceof Problem && failure.code === "network" ? await rankOffline(place, WANTED) : null;
    if (offline === null) throw failure;
    return offline;
  }
}
