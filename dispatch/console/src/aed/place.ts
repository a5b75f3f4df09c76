/** Where the bystander is: from the phone, or from a landmark that was picked. */

import { datumOf, type Datum } from "./webview";

export interface Place {
  lat: number;
  lon: number;
  datum: Datum;
  /** Radius in metres; null for a landmark. */
  accuracyM: number | null;
  nameZh: string | null;
  nameEn: string | null;
}

export interface Point {
  lat: number;
  lon: number;
}

/** Beyond this a position is too rough to walk by, and a landmark is offered beside it. */
export const COARSE_M = 150;
/** A person beside the patient cannot wait for a better fix. */
const LONGEST_WAIT_MS = 8_000;
const EARTH_RADIUS_M = 6_371_008.8;
const RADIANS = Math.PI / 180;

/** The phone's own position, or null when it is refused, missing or late. */
export function ownPlace(): Promise<Place | null> {
  return new Promise((resolve) => {
    if (!("geolocation" in navigator)) {
      resolve(null);
      return;
    }
    navigator.geolocation.getCurrentPosition(
      ({ coords }) =>
        resolve({
          lat: coords.latitude,
          lon: coords.longitude,
          datum: datumOf(navigator.userAgent).datum,
          accuracyM: coords.accuracy,
          nameZh: null,
          nameEn: null,
        }),
      () => resolve(null),
      { enableHighAccuracy: true, timeout: LONGEST_WAIT_MS, maximumAge: 10_000 },
    );
  });
}

/** Initial bearing from one point to another, degrees clockwise from north. */
export function bearingDeg(from: Point, to: Point): number {
  const [a, b] = [from.lat * RADIANS, to.lat * RADIANS];
  const east = (to.lon - from.lon) * RADIANS;
  const y = Math.sin(east) * Math.cos(b);
  const x = Math.cos(a) * Math.sin(b) - Math.sin(a) * Math.cos(b) * Math.cos(east);
  return (Math.atan2(y, x) / RADIANS + 360) % 360;
}

/** Great-circle metres. */
export function distanceM(from: Point, to: Point): number {
  const [a, b] = [from.lat * RADIANS, to.lat * RADIANS];
  const h =
    Math.sin((b - a) / 2) ** 2 + Math.cos(a) * Math.cos(b) * Math.sin(((to.lon - from.lon) * RADIANS) / 2) ** 2;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.sqrt(h));
}
