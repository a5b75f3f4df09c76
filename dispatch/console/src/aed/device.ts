import { bearingDeg, type Point } from "./place";
import { wayOf, type Way, type WayOut } from "./way";

/** One AED as the page shows it; what the service did not say is null. */
export interface NearAed {
  id: string;
  nameZh: string;
  nameEn: string;
  locationZh: string;
  locationEn: string;
  floor: string | null;
  photo: string | null;
  point: Point;
  distanceM: number;
  bearingDeg: number;
  /** There, found, taken out and back again; null when it is not known. */
  totalS: number | null;
  open: "yes" | "no" | "unknown";
  nextChangeAt: string | null;
  checkedAt: string | null;
  /** Somebody is fetching it already. */
  isFetched: boolean;
  isWithdrawn: boolean;
  isSimulated: boolean;
  /** What the times on foot rest on, and the way itself where footways lead there. */
  walkSource: string | null;
  way: Way | null;
}

export interface Feature {
  id?: string;
  geometry: { coordinates: [number, number] };
  properties: Properties;
}

export interface Properties {
  aed_id?: string;
  name_zh?: string;
  name_en?: string;
  floor?: number | string | null;
  photo?: string | null;
  location_text?: { zh?: string; en?: string } | null;
  distance_m?: number;
  access?: { class?: string; open_now?: string; next_change?: string | null } | null;
  verification?: { at?: string | null } | null;
  eta?: { total_s?: number | null } | null;
  reserved_until?: string | null;
  is_withdrawn?: boolean;
  record_class?: string;
  walk?: { source: string; way?: WayOut | null } | null;
}

/** A device as it is shown to somebody at `from`. */
export function aedOf({ id, geometry, properties }: Feature, from: Point, distanceM: number): NearAed {
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
    photo: properties.photo ?? null,
    point: { lat, lon },
    distanceM,
    bearingDeg: bearingDeg(from, { lat, lon }),
    totalS: eta?.total_s ?? null,
    open: open === "yes" || open === "no" ? open : "unknown",
    nextChangeAt: access?.next_change ?? null,
    checkedAt: verification?.at ?? null,
    isFetched: properties.reserved_until != null,
    isWithdrawn: properties.is_withdrawn === true,
    isSimulated: properties.record_class === "simulated",
    walkSource: properties.walk?.source ?? null,
    way: properties.walk?.way == null ? null : wayOf(properties.walk.way),
  };
}

/** Simulated records say so in their names; the page says it with a mark of its own. */
function withoutMark(name: string | undefined): string {
  return (name ?? "").replace(/\s*[（(](?:模拟|simulated)[）)]$/, "");
}
