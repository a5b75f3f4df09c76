import type { Positions } from "../room/positions";
import type { CellOutlines, CoverageKind } from "../room/coverage";
import type { TreatmentMap } from "../room/treatment_map";
import type { Coverage, Incident, LatLon, Recommendation, Way, World } from "../wire/types";
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
  /** The stroke or chest pain map, while it is shown in place of all hospitals. */
  treatment: TreatmentMap | null;
  draftPoint: LatLon | null;
  /** The place that was searched for. */
  sight: LatLon | null;
  /** Ways of the selected incident's legs, by the leg's key. */
  ways: ReadonlyMap<string, Way>;
  coverage: { coverage: Coverage; outlines: CellOutlines; kind: CoverageKind } | null;
  /** Corners of an area that is being drawn. */
  areaDraft: readonly LatLon[] | null;
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

const sprites = new Map<string, OffscreenCanvas>();
/** Pixels around an outline that its halo may need. */
const MARGIN_PX = 3;

/** Puts one of the 16 × 16 outlines, centred on a point, with a halo that keeps it apart from what lies below. */
export function stamp(brush: Brush, outline: string, x: number, y: number, radius: number, colour: string): void {
  const side = 2 * (radius + MARGIN_PX);
  brush.context.drawImage(spriteOf(outline, radius, colour, brush.palette.halo), x - side / 2, y - side / 2, side, side);
}

/** Each outline is traced once for its size and colours; a painting of 600 marks then only copies small images. */
function spriteOf(outline: string, radius: number, colour: string, halo: string): OffscreenCanvas {
  const key = `${outline} ${radius} ${colour} ${halo} ${devicePixelRatio}`;
  let sprite = sprites.get(key);
  if (sprite === undefined) {
    sprite = traced(outline, radius, colour, halo);
    sprites.set(key, sprite);
  }
  return sprite;
}

function traced(outline: string, radius: number, colour: string, halo: string): OffscreenCanvas {
  const side = Math.ceil(2 * (radius + MARGIN_PX) * devicePixelRatio);
  const sprite = new OffscreenCanvas(side, side);
  const context = sprite.getContext("2d");
  if (context === null) return sprite;
  const path = new Path2D(outline);
  context.translate(MARGIN_PX * devicePixelRatio, MARGIN_PX * devicePixelRatio);
  context.scale((radius * devicePixelRatio) / 8, (radius * devicePixelRatio) / 8);
  context.lineWidth = 24 / radius;
  context.lineJoin = "round";
  context.strokeStyle = halo;
  context.stroke(path);
  context.fillStyle = colour;
  context.fill(path, "evenodd");
  return sprite;
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
