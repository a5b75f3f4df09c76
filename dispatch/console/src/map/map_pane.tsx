import { computed, effect, signal, useComputed } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { language, t } from "../i18n";
import { advice, chosenHospital, isAdviceWanted } from "../room/advice";
import { nowMs } from "../room/clock";
import { coverage, coverageKind, followCoverage, isCoverageShown, outlines } from "../room/coverage";
import { draft, pointOf, write } from "../room/draft";
import { advisedLegs, assignedLegs, type DrawnLeg } from "../room/legs";
import { isStale } from "../room/link";
import { followedUnitId, popOut, sight } from "../room/map_wishes";
import { positions } from "../room/positions";
import {
  isIntakeOpen,
  selectedHospitalId,
  selectedIncident,
  selectedUnitId,
  selectIncident,
} from "../room/selection";
import { theme } from "../room/theme";
import { addCorner, areaDraft } from "../room/traffic";
import { followTreatmentMap, treatmentMap } from "../room/treatment_map";
import { followWays, wantedLegs, ways } from "../room/ways";
import { seq, world } from "../room/world";
import type { LatLon } from "../wire/types";
import { Key } from "../panes/marks";
import { CanvasSurface } from "./canvas_surface";
import { aeds, basemap, followAeds, labels, loadCityLayers } from "./city_layers";
import { CoveragePanel } from "./coverage_panel";
import { makeGround } from "./ground";
import { isInView } from "./clusters";
import { LayerSwitches, Legend, layers } from "./legend";
import { MarkCard } from "./mark_card";
import { inverseMercator, mercator, metresPerPixel, toWorld } from "./mercator";
import { Overlay } from "./overlay";
import { readPalette } from "./palette";
import type { Mark, Scene } from "./scene";
import { CITY, type Surface, ZOOM_NEAR } from "./surface";
import { TrafficButton, TrafficPanel } from "./traffic_panel";
import { TreatmentPanel, TreatmentSwitch } from "./treatment_panel";

const FIT_PADDING_PX = 24;
/** A place nearer than this to the edge of the map is brought to its middle. */
const EDGE_PX = 60;
const AGE_PULSE_MS = 5_000;
/** A shorter move cannot be seen. */
const SEEN_PX = 0.5;
/** Close enough to read the surroundings of a place that was searched for. */
const ZOOM_PLACE = 14;
/** A followed unit stays within the middle part of the map; the glide back is not begun anew before it has ended. */
const FOLLOW_SHARE = 0.3;
const FOLLOW_EVERY_MS = 800;
/** So long after its first incidents the list has been painted and takes keys; the map then takes the processor for a while. */
const AFTER_LIST_MS = 300;
/** A service that does not answer keeps the map away no longer than this. */
const LIST_WITHIN_MS = 1_000;
/** A click on the map means a place about this many pixels wide. */
const CLICK_PX = 8;

export const pointedAt = signal<Mark | null>(null);
const isPlain = signal(false);
/** On a second screen the map does not offer another one. */
const isAlone = new URLSearchParams(location.search).get("view") === "map";
/** Changes every few seconds, so that fixes fade as they grow old although nothing else happens. */
const agePulse = computed(() => Math.floor(nowMs.value / AGE_PULSE_MS));
let ground: Surface | null = null;
let followedAtMs = Number.NEGATIVE_INFINITY;
let askPaint: (isForced: boolean) => void = () => {};

/** Tells the map that positions have come; the canvas paints once in the next frame, however many they were. */
export function positionsCame(isAnyNew: boolean): void {
  askPaint(isAnyNew);
}

/** Brings a newly selected incident into sight; a map that shows it closely enough already is left alone. */
function followSelected(): () => void {
  const id = computed(() => selectedIncident.value?.incident_id ?? null);
  return effect(() => {
    if (id.value !== null) lookAtSelected();
  });
}

function lookAtSelected(): void {
  const place = selectedIncident.peek()?.location;
  if (place === undefined || ground === null) return;
  const view = ground.view();
  if (view.zoom >= ZOOM_NEAR && isInView(view, mercator(place.lat, place.lon), -EDGE_PX)) return;
  ground.goTo(place.lat, place.lon, Math.max(view.zoom, ZOOM_NEAR));
}

/** Looks at the place that was searched for, and keeps a mark there until the next selection. */
function followSight(): () => void {
  return effect(() => {
    const place = sight.value;
    if (place !== null) ground?.goTo(place.lat, place.lon, Math.max(ground.view().zoom, ZOOM_PLACE));
  });
}

/** Brings the unit that is followed back to the middle when it has driven out of it. */
function keepFollowed(surface: Surface, now: number): void {
  const unit = world.peek().units[followedUnitId.peek() ?? ""];
  if (unit === undefined || now - followedAtMs < FOLLOW_EVERY_MS) return;
  const { lat, lon } = positions.of(unit);
  const view = surface.view();
  if (isInView(view, mercator(lat, lon), -Math.min(view.width, view.height) * FOLLOW_SHARE)) return;
  followedAtMs = now;
  surface.goTo(lat, lon, Math.max(view.zoom, ZOOM_NEAR));
}

export function MapPane() {
  const groundBox = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => start(groundBox.current as HTMLDivElement, canvas.current as HTMLCanvasElement), []);
  const isPicking = useComputed(() => isPickingPlace() || areaDraft.value !== null);
  return (
    <section class={isPicking.value ? "map picking" : "map"} aria-label={t("map.title")} id="map">
      <div class="ground" ref={groundBox} />
      <canvas ref={canvas} aria-hidden="true" />
      <div class="map-buttons">
        <LayerSwitches />
        <TreatmentSwitch />
        <TrafficButton />
        <button type="button" title={t("map.zoom_in")} aria-label={t("map.zoom_in")} onClick={() => ground?.zoomBy(1)}>
          +
        </button>
        <button type="button" title={t("map.zoom_out")} aria-label={t("map.zoom_out")} onClick={() => ground?.zoomBy(-1)}>
          −
        </button>
        <button type="button" class="small" onClick={() => ground && wholeCity(ground)}>
          {t("map.whole_city")}
        </button>
        {isAlone ? null : (
          <button type="button" class="small" id="pop-out" title={t("command.popout")} onClick={popOut}>
            {t("map.popout")} <Key>F8</Key>
          </button>
        )}
      </div>
      {isPicking.value ? <p class="map-hint">{t(areaDraft.value === null ? "map.pick" : "map.pick.area")}</p> : null}
      <MapTold />
      <div class="map-panels">
        <TrafficPanel lookAt={lookAt} />
        <CoveragePanel />
        <TreatmentPanel />
      </div>
      <MarkCard mark={pointedAt} />
      <Legend isPlain={isPlain.value} />
    </section>
  );
}

/** What the map is doing of its own accord, and how to make it stop. */
function MapTold() {
  const unit = world.value.units[followedUnitId.value ?? ""];
  const place = sight.value;
  if (unit === undefined && place === null) return null;
  return (
    <p class="map-told" role="status">
      {unit === undefined ? place?.name : t("map.following", { unit: unit.call_sign })}{" "}
      <button type="button" class="small quiet" onClick={leaveSight}>
        {t("map.told.stop")}
      </button>
    </p>
  );
}

function leaveSight(): void {
  followedUnitId.value = null;
  sight.value = null;
}

function isPickingPlace(): boolean {
  return isIntakeOpen.value && pointOf(draft.value) === null;
}

function lookAt(corners: readonly LatLon[]): void {
  const [lats, lons] = [corners.map(({ lat }) => lat), corners.map(({ lon }) => lon)];
  const southWest = { lat: Math.min(...lats), lon: Math.min(...lons) };
  ground?.fit(southWest, { lat: Math.max(...lats), lon: Math.max(...lons) }, 4 * FIT_PADDING_PX);
}

function wholeCity(surface: Surface): void {
  surface.fit(CITY.southWest, CITY.northEast, FIT_PADDING_PX);
}

/** Brings the map up and keeps it painted; returns what stops it. */
function start(box: HTMLElement, canvas: HTMLCanvasElement): () => void {
  const overlay = new Overlay(canvas);
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let palette = readPalette(canvas);
  let frame = 0;
  let glidedAt = performance.now();
  let unseenPx = 0;
  const paint = (): void => {
    if (ground === null) return;
    unseenPx = 0;
    overlay.paint(ground.view(), palette, sceneNow(performance.now()));
  };
  const ask = (isForced = true): void => {
    if (isForced) unseenPx = Number.POSITIVE_INFINITY;
    if (frame !== 0) return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      step();
    });
  };
  /** Lets the units glide, and paints when something has moved far enough to be seen. */
  const step = (): void => {
    if (ground === null) return;
    const now = performance.now();
    const moved = positions.glide(now - glidedAt, isStill);
    glidedAt = now;
    keepFollowed(ground, now);
    unseenPx += (moved / 360) * ground.view().scale;
    if (unseenPx >= SEEN_PX) paint();
    if (moved > 0) ask(false);
  };
  askPaint = ask;
  const resize = (): void => {
    overlay.resize(box.clientWidth, box.clientHeight);
    ground?.resize();
    paint();
  };
  const watcher = new ResizeObserver(resize);
  const bringUp = async (): Promise<void> => {
    loadCityLayers();
    const surface = await makeGround(box, palette.map, paint);
    ground = surface;
    isPlain.value = surface instanceof CanvasSurface;
    surface.setBasemap(basemap.peek());
    resize();
    wholeCity(surface);
    lookAtSelected();
    watcher.observe(box);
  };
  const stops = [
    onceListStands(() => void bringUp()),
    effect(() => {
      const loaded = basemap.value;
      ground?.setBasemap(loaded);
    }),
    effect(() => {
      void theme.value;
      // The attribute on the document is set by another effect of the same change.
      queueMicrotask(() => {
        palette = readPalette(canvas);
        ground?.setColours(palette.map);
        ask();
      });
    }),
    effect(() => {
      watchScene();
      void agePulse.value;
      void followedUnitId.value;
      ask();
    }),
    followAeds(),
    followSelected(),
    followSight(),
    followLegs(),
    followWays(),
    followCoverage(),
    followTreatmentMap(),
    listen(box, overlay),
  ];
  return () => {
    for (const stop of stops) stop();
    watcher.disconnect();
    cancelAnimationFrame(frame);
    ground?.remove();
    ground = null;
  };
}

/** Runs something when the list has its incidents: until then the page's time is the list's. Returns what calls it off. */
function onceListStands(run: () => void): () => void {
  let isDue = true;
  const go = (): void => {
    if (isDue) run();
    isDue = false;
  };
  const timer = setTimeout(go, LIST_WITHIN_MS);
  const hasWorld = computed(() => seq.value !== null);
  const stop = effect(() => {
    if (hasWorld.value) setTimeout(go, AFTER_LIST_MS);
  });
  return () => {
    isDue = false;
    stop();
    clearTimeout(timer);
  };
}

/** Asks for the ways of what the selected incident's units still have to go, again and again as they move. */
function followLegs(): () => void {
  return effect(() => {
    void agePulse.value;
    wantedLegs.value = legsOfSelected();
  });
}

function legsOfSelected(): DrawnLeg[] {
  const incident = selectedIncident.value;
  if (incident === null || incident.state !== "open") return [];
  const assigned = assignedLegs(incident, world.value, (unit) => positions.fixes.get(unit.unit_id) ?? unit.home);
  const shown = isAdviceWanted.value ? advice.value : null;
  if (shown === null || shown.incident_id !== incident.incident_id) return assigned;
  const hospitalId = chosenHospital.value?.hospital_id;
  const hospital = hospitalId === undefined ? undefined : world.value.hospitals[hospitalId];
  return [...assigned, ...advisedLegs(incident, shown, hospital?.location ?? null)];
}

/** Reads every signal that a painting depends on, so that a change of any asks for a new one. */
function watchScene(): void {
  sceneNow(0);
}

function sceneNow(nowMs: number): Scene {
  const isAdvising = isAdviceWanted.value;
  return {
    world: world.value,
    positions,
    aeds: aeds.value,
    labels: labels.value,
    layers: layers.value,
    selected: selectedIncident.value,
    selectedUnitId: selectedUnitId.value,
    advice: isAdvising ? advice.value : null,
    chosenHospitalId: isAdvising ? (chosenHospital.value?.hospital_id ?? null) : selectedHospitalId.value,
    treatment: treatmentMap.value,
    ways: ways.value,
    coverage: coverageShown(),
    areaDraft: areaDraft.value,
    sight: sight.value,
    draftPoint: isIntakeOpen.value ? pointOf(draft.value) : null,
    isChinese: language.value === "zh",
    isStale: isStale.value,
    nowMs,
  };
}

function coverageShown(): Scene["coverage"] {
  const figures = coverage.value;
  if (!isCoverageShown.value || figures === null) return null;
  return { coverage: figures, outlines: outlines.value, kind: coverageKind.value };
}

/** A click picks a mark; a corner, while an area is drawn; or, while a call is being taken, the place of the incident. */
function listen(box: HTMLElement, overlay: Overlay): () => void {
  let pressed: { x: number; y: number } | null = null;
  const down = (event: PointerEvent): void => {
    pressed = { x: event.clientX, y: event.clientY };
  };
  const up = (event: PointerEvent): void => {
    const isDrag = pressed !== null;
    const isClick = pressed !== null && Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) < 5;
    pressed = null;
    if (!isClick && isDrag) followedUnitId.value = null;
    if (!isClick || ground === null) return;
    const { left, top } = box.getBoundingClientRect();
    click(event.clientX - left, event.clientY - top, overlay, ground);
  };
  const move = (event: PointerEvent): void => {
    const { left, top } = box.getBoundingClientRect();
    box.style.cursor = overlay.at(event.clientX - left, event.clientY - top) === null ? "" : "pointer";
  };
  box.addEventListener("pointerdown", down, { capture: true });
  box.addEventListener("pointerup", up, { capture: true });
  box.addEventListener("pointermove", move);
  return () => {
    box.removeEventListener("pointerdown", down, { capture: true });
    box.removeEventListener("pointerup", up, { capture: true });
    box.removeEventListener("pointermove", move);
  };
}

function click(x: number, y: number, overlay: Overlay, surface: Surface): void {
  const view = surface.view();
  const { lat, lon } = inverseMercator(toWorld(view, { x, y }));
  if (areaDraft.value !== null) {
    addCorner({ lat, lon });
    return;
  }
  if (isIntakeOpen.value) {
    const accuracyM = Math.max(10, Math.round(metresPerPixel(view) * CLICK_PX));
    write({ lat: lat.toFixed(6), lon: lon.toFixed(6), datum: "wgs84", accuracyM });
    return;
  }
  const mark = overlay.at(x, y);
  pointedAt.value = mark;
  const [id] = mark?.ids ?? [];
  if (mark?.kind === "incident" && id !== undefined) selectIncident(id);
  selectedUnitId.value = mark?.kind === "units" && mark.ids.length === 1 ? (id ?? null) : null;
  selectedHospitalId.value = mark?.kind === "hospital" ? (id ?? null) : null;
}
