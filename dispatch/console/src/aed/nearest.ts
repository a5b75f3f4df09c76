import { getJson } from "../wire/http";
import { bearingDeg, type Place } from "./place";

/** One AED as the page shows it; what the service did not say is null. */
export interface NearAed {
  id: string;
  nameZh: string;
  nameEn: string;
  locationZh: string;
  locationEn: string;
  floor: string | null;
  distanceM: number;
  bearingDeg: number;
  /** There, found, taken out and back again; null when it is not known. */
  totalS: number | null;
  open: "yes" | "no" | "unknown";
  nextChangeAt: string | null;
  checkedAt: string | null;
  isSimulated: boolean;
}

interface Answer {
  features: { id?: string; geometry: { coordinates: [number, number] }; properties: Properties }[];
}

interface Properties {
  aed_id?: string;
  name_zh?: string;
  name_en?: string;
  floor?: number | string | null;
  location_text?: { zh?: string; en?: string } | null;
  distance_m: number;
  access?: { open_now?: string; next_change?: string | null } | null;
  verification?: { at?: string | null } | null;
  eta?: { total_s?: number | null } | null;
  record_class?: string;
}

const WANTED = 5;

/** The AEDs that can be reached soonest from a place, the soonest first. */
export async function nearestAeds(place: Place): Promise<NearAed[]> {
  const query = new URLSearchParams({ lat: String(place.lat), lon: String(place.lon), k: String(WANTED) });
  const answer = await getJson<Answer>(`/api/v1/aeds/nearest?${query}`);
  return answer.features.map((feature) => aedOf(feature, place));
}

function aedOf({ id, geometry, properties }: Answer["features"][number], place: Place): NearAed {
  const [lon, lat] = geometry.coordinates;
  const { access, eta, verification, location_text: text } = properties;
  const open = access?.open_now;
  return {
    id: id ?? properties.aed_id ?? `${lat} ${lon}`,
    nameZh: withoutMark(properties.name_zh),
    nameEn: withoutMark(properties.name_en),
    locationZh: text?.zh ?? "",
    locationEn: text?.en ?? "",
    floor: properties.floor == null ? null : String(properties.floor),
    distanceM: properties.distance_m,
    bearingDeg: bearingDeg(place, { lat, lon }),
    totalS: eta?.total_s ?? null,
    open: open === "yes" || open === "no" ? open : "unknown",
    nextChangeAt: access?.next_change ?? null,
    checkedAt: verification?.at ?? null,
    isSimulated: properties.record_class === "simulated",
  };
}

/** Simulated records say so in their names; the page says it with a mark of its own. */
function withoutMark(name: string | undefined): string {
  return (name ?? "").replace(/\s*[（(](?:模拟|simulated)[）)]$/, "");
}
