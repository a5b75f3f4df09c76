import { CLASSES, type CellOutlines, classOf, type CoverageKind } from "../room/coverage";
import type { Coverage } from "../wire/types";
import { mercator } from "./mercator";
import type { Brush } from "./scene";

/** Fewer people live in such a cell; it is drawn paler, so that mountains do not shout. */
export const FEW_RESIDENTS = 300;
const ALPHA = 0.5;
const ALPHA_FEW = 0.16;
/** Outlines are traced once around a point in the city and in units this fine: a canvas counts in single precision. */
const MIDDLE = mercator(22.63, 114.1);
const FINE = 2 ** 20;

interface Traced {
  coverage: Coverage;
  outlines: CellOutlines;
  kind: CoverageKind;
  /** By class, cells with many residents and with few. */
  paths: { many: Path2D; few: Path2D }[];
}

let traced: Traced | null = null;

/** The cells in the colour of their class, below every mark. */
export function drawCoverage(brush: Brush): void {
  const { coverage: shown } = brush.scene;
  if (shown === null || shown.outlines.size === 0) return;
  const { context, view, palette } = brush;
  const { paths } = tracedFor(shown.coverage, shown.outlines, shown.kind);
  const scale = view.scale / FINE;
  context.save();
  context.transform(
    scale,
    0,
    0,
    scale,
    (MIDDLE.x - view.x) * view.scale + view.width / 2,
    (MIDDLE.y - view.y) * view.scale + view.height / 2,
  );
  paths.forEach(({ many, few }, level) => {
    context.fillStyle = palette.coverage[level] ?? palette.muted;
    context.globalAlpha = ALPHA;
    context.fill(many);
    context.globalAlpha = ALPHA_FEW;
    context.fill(few);
  });
  context.restore();
}

function tracedFor(coverage: Coverage, outlines: CellOutlines, kind: CoverageKind): Traced {
  if (traced === null || traced.coverage !== coverage || traced.outlines !== outlines || traced.kind !== kind)
    traced = { coverage, outlines, kind, paths: trace(coverage, outlines, kind) };
  return traced;
}

function trace(coverage: Coverage, outlines: CellOutlines, kind: CoverageKind): Traced["paths"] {
  const paths = Array.from({ length: CLASSES }, () => ({ many: new Path2D(), few: new Path2D() }));
  for (const row of coverage.cells) {
    const [cell, residents] = row;
    const path = paths[classOf(row, kind)]?.[residents < FEW_RESIDENTS ? "few" : "many"];
    outlines.get(cell)?.forEach(([lon, lat], index) => {
      const { x, y } = mercator(lat, lon);
      const at = [(x - MIDDLE.x) * FINE, (y - MIDDLE.y) * FINE] as const;
      if (index === 0) path?.moveTo(...at);
      else path?.lineTo(...at);
    });
    path?.closePath();
  }
  return paths;
}
