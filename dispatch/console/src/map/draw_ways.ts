import { t } from "../i18n";
import { distance, stopwatch } from "../i18n/measures";
import type { LatLon, Way } from "../wire/types";
import { mercator, type Point, toScreen } from "./mercator";
import { type Brush, FONT, write } from "./scene";

/** A shorter line has no room for its words. */
const LEAST_LABELLED_PX = 110;

export interface Stroke {
  colour: string;
  alpha: number;
  width: number;
}

/** Straight lines, for what is drawn in passing or what no road is known for. */
const DASH = [6, 5];
const ACCESS_DASH = [2, 4];

/**
 * The way of a leg: along the streets and solid where the road network gave it, else straight and dashed.
 *
 * A straight line is no route, and says so; it carries the estimated time when there is one.
 */
export function drawWay(brush: Brush, from: LatLon, to: LatLon, way: Way | null, stroke: Stroke, isLabelled: boolean): void {
  const [start, end] = [onScreen(brush, from), onScreen(brush, to)];
  const streets = way === null ? [] : streetsOf(way).map((place) => onScreen(brush, place));
  const [first, last] = [streets[0], streets[streets.length - 1]];
  if (first === undefined || last === undefined) {
    trace(brush, [start, end], stroke, DASH);
  } else {
    trace(brush, streets, stroke, []);
    // Between a place and its street nobody has a way on record.
    trace(brush, [start, first], stroke, ACCESS_DASH);
    trace(brush, [last, end], stroke, ACCESS_DASH);
  }
  if (isLabelled) label(brush, streets.length > 0 ? streets : [start, end], textOf(way));
}

/** The part of a way that lies on streets: all but its ends, which are the very places asked for; none of an estimate. */
export function streetsOf({ geometry, properties }: Way): LatLon[] {
  if (properties.grade !== "network") return [];
  return geometry.coordinates.slice(1, -1).map(([lon, lat]) => ({ lat, lon }));
}

function onScreen({ view }: Brush, { lat, lon }: LatLon): Point {
  return toScreen(view, mercator(lat, lon));
}

function textOf(way: Way | null): string {
  if (way === null) return t("map.line");
  const values = { time: stopwatch(way.properties.travel_time_s), distance: distance(way.properties.distance_m) };
  return t(way.properties.grade === "network" ? "map.way" : "map.way.estimate", values);
}

function trace({ context }: Brush, points: readonly Point[], stroke: Stroke, dash: number[]): void {
  context.beginPath();
  points.forEach(({ x, y }, index) => (index === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
  context.globalAlpha = stroke.alpha;
  context.lineWidth = dash.length === 0 ? stroke.width + 1 : stroke.width;
  context.lineJoin = "round";
  context.setLineDash(dash);
  context.strokeStyle = stroke.colour;
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
}

/** The words stand beside the middle of the line, where there is room for them. */
function label(brush: Brush, points: readonly Point[], text: string): void {
  const { context, palette } = brush;
  const middle = alongTheLine(points, 0.5);
  if (middle.lengthPx < LEAST_LABELLED_PX) return;
  context.textAlign = "center";
  context.textBaseline = "middle";
  write(brush, text, middle.x, middle.y - 10, `600 12px ${FONT}`, palette.ink);
}

/** The point at a share of a line's length, and that length. */
export function alongTheLine(points: readonly Point[], share: number): Point & { lengthPx: number } {
  const lengths = points.slice(1).map((point, index) => {
    const before = points[index] as Point;
    return Math.hypot(point.x - before.x, point.y - before.y);
  });
  const lengthPx = lengths.reduce((sum, length) => sum + length, 0);
  let left = lengthPx * share;
  for (const [index, length] of lengths.entries()) {
    const [a, b] = [points[index] as Point, points[index + 1] as Point];
    if (left <= length && length > 0) {
      const part = left / length;
      return { x: a.x + (b.x - a.x) * part, y: a.y + (b.y - a.y) * part, lengthPx };
    }
    left -= length;
  }
  return { ...(points[points.length - 1] ?? { x: 0, y: 0 }), lengthPx };
}
