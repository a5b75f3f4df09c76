import type { Positions } from "../room/positions";
import type { Incident, Recommendation, World } from "../wire/types";
import type { Clusters } from "./clusters";
import type { View } from "./mercator";
import type { Palette } from "./palette";

export interface Aed {
  lat: number;
  lon: number;
  name: string;
  isSimulated: boolean;
}

export interface PlaceLabel {
  lat: number;
  lon: number;
  nameZh: string;
  nameEn: string;
}

export interface Layers {
  units: boolean;
  hospitals: boolean;
  aeds: boolean;
}

/** Everything that one painting of the marks depends on. */
export interface Scene {
  world: World;
  positions: Positions;
  aeds: { list: readonly Aed[]; clusters: Clusters };
  labels: readonly PlaceLabel[];
  layers: Layers;
  selected: Incident | null;
  selectedUnitId: string | null;
  advice: Recommendation | null;
  chosenHospitalId: string | null;
  draftPoint: { lat: number; lon: number } | null;
  isChinese: boolean;
  isStale: boolean;
  nowMs: number;
}

/** What a mark on the map stands for, and where it was painted, for pointing at it. */
export interface Mark {
  x: number;
  y: number;
  radius: number;
  kind: "incident" | "units" | "hospital" | "aeds";
  ids: string[];
}

/** A painting in progress: where to draw, through which view, in which colours; drawn marks are noted in `marks`. */
export interface Brush {
  context: CanvasRenderingContext2D;
  view: View;
  palette: Palette;
  scene: Scene;
  marks: Mark[];
}

export const FONT = '"Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", system-ui, sans-serif';

const paths = new Map<string, Path2D>();

/** Fills one of the 16 × 16 outlines, centred on a point, with a halo that keeps it apart from what lies below. */
export function stamp(brush: Brush, outline: string, x: number, y: number, radius: number, colour: string): void {
  let path = paths.get(outline);
  if (path === undefined) {
    path = new Path2D(outline);
    paths.set(outline, path);
  }
  const { context, palette } = brush;
  context.save();
  context.translate(x - radius, y - radius);
  context.scale(radius / 8, radius / 8);
  context.lineWidth = 24 / radius;
  context.lineJoin = "round";
  context.strokeStyle = palette.halo;
  context.stroke(path);
  context.fillStyle = colour;
  context.fill(path, "evenodd");
  context.restore();
}

/** Text with a halo in the colour of the ground. */
export function write(brush: Brush, text: string, x: number, y: number, font: string, colour: string): void {
  const { context, palette } = brush;
  context.font = font;
  context.lineWidth = 3;
  context.lineJoin = "round";
  context.strokeStyle = palette.halo;
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}
