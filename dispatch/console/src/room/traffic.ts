import { computed, signal } from "@preact/signals";
import type { LatLon, Traffic } from "../wire/types";
import { act } from "./actions";
import { nowMs, serviceNowMs } from "./clock";
import { world } from "./world";

export const TRAFFIC_PLACE = "traffic";
/** What a report can say of its streets: closed, or a share of the usual speed. */
export const EFFECTS = ["closed", "0.3", "0.5", "0.7"] as const;
export type Effect = (typeof EFFECTS)[number];
export const LASTS_MIN = [30, 60, 120, 240, 720] as const;

export const isTrafficOpen = signal(false);
/** Corners of the area that is being drawn; null while none is. */
export const areaDraft = signal<readonly LatLon[] | null>(null);

/** Reports in force, the one that ends first on top; what has expired is not shown though nobody has said so yet. */
export const trafficInForce = computed<Traffic[]>(() =>
  Object.values(world.value.traffic ?? {})
    .filter((one) => Date.parse(one.expires_at) > nowMs.value)
    .sort((a, b) => a.expires_at.localeCompare(b.expires_at)),
);

/** Without a road network nothing can be slow or closed: times are then a formula of the distance. */
export const knowsStreets = computed(() => world.value.service?.travel_times?.grade === "network");

export function startArea(): void {
  areaDraft.value = [];
}

export function addCorner(at: LatLon): void {
  areaDraft.value = [...(areaDraft.value ?? []), at];
}

export function takeBackCorner(): void {
  areaDraft.value = areaDraft.value?.slice(0, -1) ?? null;
}

export function leaveArea(): void {
  areaDraft.value = null;
}

/** A report as the service takes it: the drawn corners as a closed GeoJSON ring. */
export function reportOf(corners: readonly LatLon[], effect: Effect, expiresAtMs: number, source: string) {
  const ring = corners.map(({ lat, lon }) => [round(lon), round(lat)]);
  return {
    area: { type: "Polygon", coordinates: [[...ring, ring[0]]], datum: "wgs84" },
    ...(effect === "closed" ? { closed: true } : { speed_factor: Number(effect) }),
    expires_at: new Date(expiresAtMs).toISOString(),
    source,
  };
}

/** A ten-millionth of a degree is a centimetre. */
function round(deg: number): number {
  return Number(deg.toFixed(7));
}

export function submitArea(effect: Effect, lastsMin: number, source: string): void {
  const corners = areaDraft.value;
  if (corners === null || corners.length < 3) return;
  const body = [reportOf(corners, effect, serviceNowMs() + lastsMin * 60_000, source)];
  act(TRAFFIC_PLACE, "/api/v1/traffic", body, leaveArea);
}

export function endPlaceOf(trafficId: string): string {
  return `${TRAFFIC_PLACE} ${trafficId}`;
}

export function endTraffic(trafficId: string, reason: string): void {
  act(endPlaceOf(trafficId), `/api/v1/traffic/${trafficId}/end`, { reason });
}
