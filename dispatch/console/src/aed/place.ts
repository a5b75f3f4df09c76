/** Where the bystander is: from the phone, or from a landmark that was picked. */

export interface Place {
  lat: number;
  lon: number;
  /** Radius in metres; null for a landmark. */
  accuracyM: number | null;
  nameZh: string | null;
  nameEn: string | null;
}

/** Beyond this a position is too rough to walk by, and a landmark is offered beside it. */
export const COARSE_M = 150;
/** A person beside the patient cannot wait for a better fix. */
const LONGEST_WAIT_MS = 8_000;

/** The phone's own position (WGS-84), or null when it is refused, missing or late. */
export function ownPlace(): Promise<Place | null> {
  return new Promise((resolve) => {
    if (!("geolocation" in navigator)) {
      resolve(null);
      return;
    }
    navigator.geolocation.getCurrentPosition(
      ({ coords }) =>
        resolve({ lat: coords.latitude, lon: coords.longitude, accuracyM: coords.accuracy, nameZh: null, nameEn: null }),
      () => resolve(null),
      { enableHighAccuracy: true, timeout: LONGEST_WAIT_MS, maximumAge: 10_000 },
    );
  });
}

/** Initial bearing from one point to another, degrees clockwise from north. */
export function bearingDeg(from: { lat: number; lon: number }, to: { lat: number; lon: number }): number {
  const radians = Math.PI / 180;
  const [a, b] = [from.lat * radians, to.lat * radians];
  const east = (to.lon - from.lon) * radians;
  const y = Math.sin(east) * Math.cos(b);
  const x = Math.cos(a) * Math.sin(b) - Math.sin(a) * Math.cos(b) * Math.cos(east);
  return (Math.atan2(y, x) / radians + 360) % 360;
}
