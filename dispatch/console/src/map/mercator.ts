/** Web Mercator on a unit square, and the view on it; north is always up, so a view is a shift and a scale. */

/** Width of the world in CSS pixels at zoom 0, as MapLibre counts zoom. */
const WORLD_PX_AT_ZOOM_0 = 512;
const EARTH_CIRCUMFERENCE_M = 40_075_016.7;

export interface View {
  /** Centre on the unit square. */
  x: number;
  y: number;
  zoom: number;
  /** Pixels per unit of the square. */
  scale: number;
  width: number;
  height: number;
}

export interface Point {
  x: number;
  y: number;
}

export function mercator(lat: number, lon: number): Point {
  const sine = Math.sin((lat * Math.PI) / 180);
  return { x: lon / 360 + 0.5, y: 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI) };
}

export function inverseMercator(point: Point): { lat: number; lon: number } {
  const lat = (360 / Math.PI) * Math.atan(Math.exp((0.5 - point.y) * 2 * Math.PI)) - 90;
  return { lat, lon: (point.x - 0.5) * 360 };
}

export function viewAt(centre: Point, zoom: number, width: number, height: number): View {
  return { ...centre, zoom, scale: WORLD_PX_AT_ZOOM_0 * 2 ** zoom, width, height };
}

/** From the unit square to CSS pixels of the view. */
export function toScreen(view: View, point: Point): Point {
  return {
    x: (point.x - view.x) * view.scale + view.width / 2,
    y: (point.y - view.y) * view.scale + view.height / 2,
  };
}

export function toWorld(view: View, pixel: Point): Point {
  return {
    x: (pixel.x - view.width / 2) / view.scale + view.x,
    y: (pixel.y - view.height / 2) / view.scale + view.y,
  };
}

export function metresPerPixel(view: View): number {
  const { lat } = inverseMercator(view);
  return (EARTH_CIRCUMFERENCE_M * Math.cos((lat * Math.PI) / 180)) / view.scale;
}

/** The closest view that holds both corners with `padding` pixels around them. */
export function fitZoom(a: Point, b: Point, width: number, height: number, padding: number): number {
  const across = Math.max(Math.abs(a.x - b.x), 1e-9);
  const down = Math.max(Math.abs(a.y - b.y), 1e-9);
  const scale = Math.min(Math.max(width - 2 * padding, 1) / across, Math.max(height - 2 * padding, 1) / down);
  return Math.log2(scale / WORLD_PX_AT_ZOOM_0);
}
