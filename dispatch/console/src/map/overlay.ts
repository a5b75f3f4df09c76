import { drawCoverage } from "./draw_coverage";
import { drawIncidents, drawLegs } from "./draw_incidents";
import { drawAeds, drawHospitals, drawLabels } from "./draw_places";
import { drawTraffic } from "./draw_traffic";
import { drawUnits } from "./draw_units";
import type { View } from "./mercator";
import type { Palette } from "./palette";
import type { Mark, Scene } from "./scene";

/** What lies on top when marks overlap under the pointer. */
const ORDER: readonly Mark["kind"][] = ["incident", "units", "hospital", "aeds"];

/** The canvas above the ground, on which every mark is painted. */
export class Overlay {
  private marks: Mark[] = [];

  constructor(private readonly canvas: HTMLCanvasElement) {}

  resize(width: number, height: number): void {
    this.canvas.width = width * devicePixelRatio;
    this.canvas.height = height * devicePixelRatio;
  }

  paint(view: View, palette: Palette, scene: Scene): void {
    const context = this.canvas.getContext("2d");
    if (context === null) return;
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, view.width, view.height);
    const brush = { context, view, palette, scene, marks: [] as Mark[] };
    drawCoverage(brush);
    drawTraffic(brush);
    drawLabels(brush);
    drawAeds(brush);
    drawHospitals(brush);
    drawLegs(brush);
    drawUnits(brush);
    drawIncidents(brush);
    this.marks = brush.marks;
  }

  /** The mark under a pixel, if any. */
  at(x: number, y: number): Mark | null {
    const under = this.marks.filter((mark) => Math.hypot(mark.x - x, mark.y - y) <= mark.radius);
    under.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
    return under[0] ?? null;
  }
}
