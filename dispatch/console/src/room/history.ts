import type { Incident, World } from "../wire/types";

/** Places closer than this are taken for the same address, about 100 m. */
const SAME_PLACE_DEG = 0.001;
/** Digits at the end of a number that decide whether two are the same, country code or not. */
const TELLING_DIGITS = 8;

export interface Earlier {
  incident: Incident;
  why: "phone" | "address" | "place";
}

/** Incidents that the service still holds with the same caller, the same words for the address, or at the same spot; newest first. */
export function earlierOf(
  wanted: { phone: string; address: string; point: { lat: number; lon: number } | null; except: string | null },
  world: World,
): Earlier[] {
  const phone = telling(wanted.phone);
  const address = wanted.address.trim();
  const found: Earlier[] = [];
  for (const incident of Object.values(world.incidents)) {
    if (incident.incident_id === wanted.except || incident.state === "joined") continue;
    const why = reason(incident);
    if (why !== null) found.push({ incident, why });
  }
  return found.sort((a, b) => b.incident.received_at.localeCompare(a.incident.received_at));

  function reason(incident: Incident): Earlier["why"] | null {
    if (phone !== "" && incident.calls.some((call) => telling(call.caller_phone ?? "") === phone)) return "phone";
    if (address.length > 3 && incident.address_text === address) return "address";
    const { lat, lon, accuracy_m: accuracyM } = incident.location;
    const isExact = accuracyM == null || accuracyM <= 100;
    const { point } = wanted;
    if (point === null || !isExact) return null;
    return Math.abs(point.lat - lat) < SAME_PLACE_DEG && Math.abs(point.lon - lon) < SAME_PLACE_DEG ? "place" : null;
  }
}

function telling(phone: string): string {
  const digits = phone.replace(/\D/g, "");
  return digits.length < TELLING_DIGITS ? "" : digits.slice(-TELLING_DIGITS);
}
