import { mercator, type Point, type View } from "./mercator";

/** Cells of this many pixels, at whole zoom levels, hold what is drawn as one bubble. */
const CELL_PX = 96;
const WORLD_PX_AT_ZOOM_0 = 512;
/** From this level on every point stands for itself. */
export const APART_FROM_ZOOM = 15;

export interface Cluster extends Point {
  count: number;
  /** Index of one member: the only one when `count` is 1. */
  first: number;
}

/**
 * Points thinned out for the zoom at hand: a grid per whole level, computed when the level is first seen.
 *
 * Ten thousand points take a few milliseconds a level; panning then only filters bubbles.
 */
export class Clusters {
  private readonly points: Point[];
  private readonly levels = new Map<number, Cluster[]>();

  constructor(places: readonly { lat: number; lon: number }[]) {
    this.points = places.map(({ lat, lon }) => mercator(lat, lon));
  }

  at(zoom: number): Cluster[] {
    const level = Math.min(APART_FROM_ZOOM, Math.floor(zoom));
    let clusters = this.levels.get(level);
    if (clusters === undefined) {
      clusters = level === APART_FROM_ZOOM ? this.each() : this.gathered(CELL_PX / (WORLD_PX_AT_ZOOM_0 * 2 ** level));
      this.levels.set(level, clusters);
    }
    return clusters;
  }

  private each(): Cluster[] {
    return this.points.map((point, first) => ({ ...point, count: 1, first }));
  }

  private gathered(cell: number): Cluster[] {
    const cells = new Map<string, Cluster>();
    this.points.forEach((point, first) => {
      const key = `${Math.floor(point.x / cell)} ${Math.floor(point.y / cell)}`;
      const cluster = cells.get(key);
      if (cluster === undefined) {
        cells.set(key, { ...point, count: 1, first });
        return;
      }
      cluster.count += 1;
      // The running mean keeps the bubble at the weight of its members.
      cluster.x += (point.x - cluster.x) / cluster.count;
      cluster.y += (point.y - cluster.y) / cluster.count;
    });
    return [...cells.values()];
  }
}

export function isInView(view: View, point: Point, marginPx: number): boolean {
  return (
    Math.abs(point.x - view.x) * view.scale <= view.width / 2 + marginPx &&
    Math.abs(point.y - view.y) * view.scale <= view.height / 2 + marginPx
  );
}
