import { t } from "../i18n";
import type { LatLon, Traffic } from "../wire/types";
import { mercator, type Point, toScreen } from "./mercator";
import { type Brush, FONT, write } from "./scene";

/** A smaller area has no room for its words. */
const LEAST_LABELLED_PX = 40;
const HATCH_PX = 8;

/** Areas where streets are slow or closed, and the one that is being drawn. */
export function drawTraffic(brush: Brush): void {
  const { scene, palette } = brush;
  for (const one of Object.values(scene.world.traffic ?? {})) {
    const ring = one.area?.coordinates[0];
    if (ring === undefined) continue;
    const corners = ring.map(([lon, lat]) => ({ lat, lon }));
    drawArea(brush, corners, one.closed ? palette.closed : palette.slow, effectText(one), one.closed);
  }
  if (scene.areaDraft !== null) drawDraftArea(brush, scene.areaDraft);
}

export function effectText(one: Pick<Traffic, "closed" | "speed_factor">): string {
  return one.closed ? t("traffic.closed") : t("traffic.slow", { n: Math.round((one.speed_factor ?? 1) * 100) });
}

/** Closed areas are hatched as well as coloured. */
function drawArea(brush: Brush, corners: readonly LatLon[], colour: string, text: string, isHatched: boolean): void {
  const { context } = brush;
  const points = onScreen(brush, corners);
  context.save();
  outline(context, points, true);
  context.fillStyle = colour;
  context.strokeStyle = colour;
  context.globalAlpha = 0.14;
  context.fill();
  context.globalAlpha = 0.9;
  context.lineWidth = 2;
  context.stroke();
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  const box = { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
  if (isHatched) {
    context.clip();
    hatch(brush, box);
  }
  context.restore();
  if (box.right - box.left < LEAST_LABELLED_PX) return;
  context.textAlign = "center";
  context.textBaseline = "middle";
  write(brush, text, (box.left + box.right) / 2, (box.top + box.bottom) / 2, `600 12px ${FONT}`, colour);
}

function hatch({ context, view }: Brush, box: { left: number; right: number; top: number; bottom: number }): void {
  const [top, bottom] = [Math.max(0, box.top), Math.min(view.height, box.bottom)];
  const height = bottom - top;
  if (height <= 0) return;
  context.beginPath();
  const first = Math.max(-height, Math.floor((box.left - height) / HATCH_PX) * HATCH_PX);
  for (let x = first; x < Math.min(view.width, box.right); x += HATCH_PX) {
    context.moveTo(x, bottom);
    context.lineTo(x + height, top);
  }
  context.globalAlpha = 0.5;
  context.lineWidth = 1;
  context.stroke();
}

function drawDraftArea(brush: Brush, corners: readonly LatLon[]): void {
  const { context, palette } = brush;
  const points = onScreen(brush, corners);
  context.save();
  outline(context, points, points.length > 2);
  context.fillStyle = palette.accent;
  context.strokeStyle = palette.accent;
  context.globalAlpha = 0.16;
  context.fill();
  context.globalAlpha = 1;
  context.lineWidth = 2;
  context.setLineDash([6, 4]);
  context.stroke();
  context.setLineDash([]);
  for (const { x, y } of points) {
    context.beginPath();
    context.arc(x, y, 4, 0, 2 * Math.PI);
    context.fill();
  }
  context.restore();
}

function onScreen(brush: Brush, corners: readonly LatLon[]): Point[] {
  return corners.map(({ lat, lon }) => toScreen(brush.view, mercator(lat, lon)));
}

function outline(context: CanvasRenderingContext2D, points: readonly Point[], isClosed: boolean): void {
  context.beginPath();
  points.forEach(({ x, y }, index) => (index === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
  if (isClosed) context.closePath();
}
