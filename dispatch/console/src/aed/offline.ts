/** What the page keeps so that it works without a network once it was loaded: itself, and the AEDs of the neighbourhood. */

import { getJson, Problem } from "../wire/http";
import { aedOf, type Feature } from "./device";
import type { Nearest } from "./nearest";
import { distanceM, type Place, type Point } from "./place";

interface Bundle {
  features: (Feature & { properties: { offline: Offline } })[];
  walk_s_per_m: number;
  p_hours_unknown: number;
  valid_until: string;
}

interface Offline {
  fixed_s: number;
  p_usable: number;
  hours: { from: string; open_now: string }[];
}

interface Kept {
  bundle: Bundle;
  /** What has to be added to the phone's position to have it in WGS-84: the service's last word. */
  shift: Point;
}

const CACHE = "aed";
const KEPT_AS = "/aed/bundle";

let kept: Kept | null = null;
let loaded = "";

/** Loads the neighbourhood's devices, once for each neighbourhood, while the page goes on. */
export async function keepBundle(path: string, shift: Point): Promise<void> {
  if (kept !== null && loaded === path) {
    kept = { ...kept, shift };
    return;
  }
  try {
    kept = { bundle: await getJson<Bundle>(path), shift };
    loaded = path;
    if ("caches" in window) await (await caches.open(CACHE)).put(KEPT_AS, new Response(JSON.stringify(kept)));
  } catch (failure) {
    // The page goes on without it: a bundle only matters once there is no network.
    if (!(failure instanceof Problem || failure instanceof DOMException)) throw failure;
  }
}

/** The devices of the loaded neighbourhood as the service would rank them; null when none was loaded. */
export async function rankOffline(place: Place, wanted: number): Promise<Nearest | null> {
  kept ??= await keptBefore();
  if (kept === null) return null;
  const { bundle, shift } = kept;
  const from = place.accuracyM === null ? place : { lat: place.lat + shift.lat, lon: place.lon + shift.lon };
  const ranked = bundle.features.map((feature) => priced(feature, from, bundle)).sort((a, b) => a.key - b.key);
  const aeds = ranked.slice(0, wanted).map(({ feature, away, totalS, open }) => ({
    ...aedOf(feature, from, Math.round(away)),
    totalS,
    open,
    nextChangeAt: null,
    isFetched: false,
  }));
  return { aeds, from, isOffline: true };
}

const BARRED_S = 1e9;

function priced(feature: Bundle["features"][number], from: Point, bundle: Bundle) {
  const [lon, lat] = feature.geometry.coordinates;
  const { fixed_s, p_usable, hours } = feature.properties.offline;
  const open = openAt(hours, new Date(), bundle.valid_until);
  const away = distanceM(from, { lat, lon });
  const totalS = (2 * bundle.walk_s_per_m * away + fixed_s) / (p_usable * (open === "unknown" ? bundle.p_hours_unknown : 1));
  const isBarred = open === "no" || feature.properties.access?.class === "no" || feature.properties.is_withdrawn === true;
  return { feature, away, totalS, open, key: totalS + (isBarred ? BARRED_S : 0) };
}

/** The last state known by then; once the bundle is too old nothing is known. */
export function openAt(hours: Offline["hours"], now: Date, validUntil: string): "yes" | "no" | "unknown" {
  if (now > new Date(validUntil)) return "unknown";
  const state = hours.filter(({ from }) => new Date(from) <= now).at(-1)?.open_now;
  return state === "yes" || state === "no" ? state : "unknown";
}

async function keptBefore(): Promise<Kept | null> {
  if (!("caches" in window)) return null;
  const answer = await (await caches.open(CACHE)).match(KEPT_AS);
  return answer === undefined ? null : ((await answer.json()) as Kept);
}
