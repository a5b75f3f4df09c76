import { computed, effect, signal } from "@preact/signals";
import { world } from "../room/world";
import { getJson, Problem } from "../wire/http";
import { Clusters } from "./clusters";
import type { Aed, PlaceLabel } from "./scene";
import type { Basemap } from "./surface";

/** What lies still on the map: ground, names, AEDs. Each is asked for until it has come. */

const RETRY_MS = 3_000;

export const basemap = signal<Basemap>({ type: "FeatureCollection", features: [] });
export const labels = signal<readonly PlaceLabel[]>([]);
export const aeds = signal<{ list: readonly Aed[]; clusters: Clusters }>({ list: [], clusters: new Clusters([]) });

export function loadCityLayers(): void {
  void load<Basemap>("/api/v1/maps/basemap", (answer) => {
    basemap.value = answer;
    labels.value = labelsOf(answer);
  });
}

/** Asks for the AEDs, and again whenever others are in force; returns what stops it. */
export function followAeds(): () => void {
  const order = computed(() => world.value.service?.aed_data_seq ?? null);
  return effect(() => {
    order.value;
    void load<AedCollection>("/api/v1/maps/aed", (answer) => {
      const list = answer.features.map(aedOf);
      aeds.value = { list, clusters: new Clusters(list) };
    });
  });
}

async function load<T>(path: string, take: (answer: T) => void): Promise<void> {
  try {
    take(await getJson<T>(path, "no-cache"));
  } catch (failure) {
    if (!(failure instanceof Problem)) throw failure;
    setTimeout(() => void load(path, take), RETRY_MS);
  }
}

interface AedCollection {
  features: { geometry: { coordinates: [number, number] }; properties: Record<string, unknown> }[];
}

function aedOf({ geometry, properties }: AedCollection["features"][number]): Aed {
  const [lon, lat] = geometry.coordinates;
  return {
    lat,
    lon,
    name: String(properties.name_zh ?? properties.name ?? ""),
    isSimulated: properties.record_class === "simulated" || properties.is_simulated === true,
  };
}

function labelsOf({ features }: Basemap): PlaceLabel[] {
  return features.flatMap(({ geometry, properties }) => {
    if (properties.kind !== "label" || geometry?.type !== "Point") return [];
    const [lon, lat] = geometry.coordinates as [number, number];
    return [{ lat, lon, nameZh: properties.name_zh ?? "", nameEn: properties.name_en ?? "" }];
  });
}
