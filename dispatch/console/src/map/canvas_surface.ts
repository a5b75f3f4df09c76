import { fitZoom, inverseMercator, mercator, type Point, toScreen, toWorld, type View, viewAt } from "./mercator";
import { type Basemap, type MapColours, type Surface, ZOOM_MAX, ZOOM_MIN } from "./surface";

const WHEEL_LEVELS_PER_PX = 1 / 400;
const GLIDE_MS = 300;

interface Shape {
  kind: "district" | "barrier";
  rings: Point[][];
}

/** The same basemap on a plain 2-D canvas, for browsers without WebGL2. */
export class CanvasSurface implements Surface {
  private readonly canvas = document.createElement("canvas");
  private readonly stop = new AbortController();
  private readonly fingers = new Map<number, Point>();
  private shapes: Shape[] = [];
  private centre = mercator(22.63, 114.1);
  private zoom = 9.5;
  private frame = 0;
  private size = { width: 0, height: 0 };

  constructor(
    private readonly container: HTMLElement,
    private colours: MapColours,
    private readonly onMove: () => void,
  ) {
    container.append(this.canvas);
    const { signal } = this.stop;
    container.addEventListener("wheel", (event) => this.wheel(event), { signal, passive: false });
    container.addEventListener("pointerdown", (event) => this.press(event), { signal });
    container.addEventListener("pointermove", (event) => this.drag(event), { signal });
    for (const end of ["pointerup", "pointercancel"] as const)
      container.addEventListener(end, (event) => this.fingers.delete(event.pointerId), { signal });
    this.resize();
  }

  view(): View {
    return viewAt(this.centre, this.zoom, this.size.width, this.size.height);
  }

  setBasemap(basemap: Basemap): void {
    this.shapes = basemap.features.flatMap(({ geometry, properties: { kind } }) =>
      geometry === null || kind === "label" ? [] : [{ kind, rings: ringsOf(geometry) }],
    );
    this.paint();
  }

  setColours(colours: MapColours): void {
    this.colours = colours;
    this.paint();
  }

  goTo(lat: number, lon: number, zoom: number | null): void {
    const from = { ...this.centre, zoom: this.zoom };
    const to = { ...mercator(lat, lon), zoom: zoom ?? this.zoom };
    const startedAt = performance.now();
    const step = (at: number): void => {
      const done = Math.min(1, Math.max(0, (at - startedAt) / GLIDE_MS));
      const eased = done * (2 - done);
      const between = (name: "x" | "y" | "zoom"): number => from[name] + (to[name] - from[name]) * eased;
      this.look({ x: between("x"), y: between("y") }, between("zoom"));
      if (done < 1) this.frame = requestAnimationFrame(step);
    };
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(step);
  }

  fit(southWest: { lat: number; lon: number }, northEast: { lat: number; lon: number }, padding: number): void {
    const a = mercator(southWest.lat, southWest.lon);
    const b = mercator(northEast.lat, northEast.lon);
    const { width, height } = this.view();
    this.look({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }, fitZoom(a, b, width, height, padding));
  }

  zoomBy(levels: number): void {
    const { lat, lon } = inverseMercator(this.centre);
    this.goTo(lat, lon, clampZoom(this.zoom + levels));
  }

  resize(): void {
    // Once, not at every frame: to ask a page that has just changed for a size is to have it laid out at once.
    this.size = { width: this.container.clientWidth, height: this.container.clientHeight };
    this.canvas.width = this.size.width * devicePixelRatio;
    this.canvas.height = this.size.height * devicePixelRatio;
    this.paint();
    this.onMove();
  }

  remove(): void {
    this.stop.abort();
    cancelAnimationFrame(this.frame);
    this.canvas.remove();
  }

  private look(centre: Point, zoom: number): void {
    this.centre = centre;
    this.zoom = clampZoom(zoom);
    this.paint();
    this.onMove();
  }

  /** Zooms so that the place under `pixel` stays where it is. */
  private zoomAround(pixel: Point, levels: number): void {
    const before = toWorld(this.view(), pixel);
    const zoom = clampZoom(this.zoom + levels);
    const after = toWorld({ ...this.view(), ...scaleOf(zoom) }, pixel);
    this.look({ x: this.centre.x + before.x - after.x, y: this.centre.y + before.y - after.y }, zoom);
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    this.zoomAround({ x: event.offsetX, y: event.offsetY }, -event.deltaY * WHEEL_LEVELS_PER_PX);
  }

  private press(event: PointerEvent): void {
    cancelAnimationFrame(this.frame);
    this.fingers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    this.container.setPointerCapture(event.pointerId);
  }

  private drag(event: PointerEvent): void {
    const before = this.fingers.get(event.pointerId);
    if (before === undefined) return;
    const now = { x: event.offsetX, y: event.offsetY };
    const other = [...this.fingers].find(([id]) => id !== event.pointerId)?.[1];
    this.fingers.set(event.pointerId, now);
    if (other !== undefined) {
      const spread = Math.hypot(now.x - other.x, now.y - other.y) / Math.hypot(before.x - other.x, before.y - other.y);
      if (Number.isFinite(spread) && spread > 0) this.zoomAround(other, Math.log2(spread));
      return;
    }
    const { scale } = this.view();
    this.look(
      { x: this.centre.x - (now.x - before.x) / scale, y: this.centre.y - (now.y - before.y) / scale },
      this.zoom,
    );
  }

  private paint(): void {
    const context = this.canvas.getContext("2d");
    if (context === null) return;
    const view = this.view();
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.fillStyle = this.colours.sea;
    context.fillRect(0, 0, view.width, view.height);
    for (const kind of ["district", "barrier"] as const) {
      const path = new Path2D();
      for (const shape of this.shapes) if (shape.kind === kind) trace(path, shape.rings, view);
      context.fillStyle = kind === "district" ? this.colours.land : this.colours.barrier;
      context.fill(path, "evenodd");
      if (kind === "district") {
        context.strokeStyle = this.colours.border;
        context.setLineDash([4, 3]);
        context.stroke(path);
        context.setLineDash([]);
      }
    }
  }
}

function clampZoom(zoom: number): number {
  return Math.min(ZOOM_MAX, Math.max(ZOOM_MIN, zoom));
}

function scaleOf(zoom: number): { zoom: number; scale: number } {
  const { scale } = viewAt({ x: 0, y: 0 }, zoom, 0, 0);
  return { zoom, scale };
}

function trace(path: Path2D, rings: Point[][], view: View): void {
  for (const ring of rings) {
    ring.forEach((point, index) => {
      const { x, y } = toScreen(view, point);
      if (index === 0) path.moveTo(x, y);
      else path.lineTo(x, y);
    });
    path.closePath();
  }
}

function ringsOf(geometry: { type: string; coordinates: unknown }): Point[][] {
  if (geometry.type === "Polygon") return (geometry.coordinates as [number, number][][]).map(ringOf);
  if (geometry.type === "MultiPolygon") return (geometry.coordinates as [number, number][][][]).flat().map(ringOf);
  return [];
}

function ringOf(ring: [number, number][]): Point[] {
  return ring.map(([lon, lat]) => mercator(lat, lon));
}
