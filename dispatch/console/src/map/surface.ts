import type { View } from "./mercator";

export interface BasemapFeature {
  type: "Feature";
  geometry: { type: string; coordinates: unknown } | null;
  properties: { kind: "district" | "label" | "barrier"; name_zh?: string; name_en?: string; [name: string]: unknown };
}

export interface Basemap {
  type: "FeatureCollection";
  features: BasemapFeature[];
}

export interface MapColours {
  sea: string;
  land: string;
  border: string;
  barrier: string;
}

/**
 * The ground under the marks: one adapter draws it with MapLibre, the other on a plain canvas.
 *
 * A surface owns panning and zooming and says where it looks; every mark is drawn above it by the overlay.
 */
export interface Surface {
  view(): View;
  setBasemap(basemap: Basemap): void;
  setColours(colours: MapColours): void;
  /** Glides to a place; `zoom` null keeps the present one. */
  goTo(lat: number, lon: number, zoom: number | null): void;
  fit(southWest: { lat: number; lon: number }, northEast: { lat: number; lon: number }, padding: number): void;
  zoomBy(levels: number): void;
  resize(): void;
  remove(): void;
}

export const ZOOM_MIN = 8;
export const ZOOM_MAX = 18;
/** Close enough to see an incident with the units and hospitals around it. */
export const ZOOM_NEAR = 12;
/** The city's extent with its bays, WGS-84. */
export const CITY = { southWest: { lat: 22.44, lon: 113.75 }, northEast: { lat: 22.87, lon: 114.63 } };
