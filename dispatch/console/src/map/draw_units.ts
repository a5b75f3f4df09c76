import { STALE_FIX_S } from "../room/positions";
import { CODE, lookOf, type Look } from "../room/status";
import type { Unit } from "../wire/types";
import { isInView } from "./clusters";
import { UNIT_PATH } from "./glyphs";
import { mercator, type Point, toScreen, type View } from "./mercator";
import { type Brush, FONT, stamp, write } from "./scene";

/** Idle units closer together than this are drawn as one mark with a count. */
const GROUP_PX = 30;
const BESIDE_PX = 13;
const CALL_SIGNS_FROM_ZOOM = 12.5;
const STALE_ALPHA = 0.45;

interface Placed {
  unit: Unit;
  look: Look;
  point: Point;
  isAssumed: boolean;
  isOld: boolean;
  headingDeg: number | null;
}

interface Group extends Point {
  members: Placed[];
}

/** Idle units in groups, then each busy unit by itself above them: the eye finds what is going on. */
export function drawUnits(brush: Brush): void {
  if (!brush.scene.layers.units) return;
  const placed = place(brush);
  const isIdle = (one: Placed): boolean =>
    (one.look === "standby" || one.look === "out") && one.unit.unit_id !== brush.scene.selectedUnitId;
  for (const group of grouped(placed.filter(isIdle), brush.view)) drawGroup(brush, group);
  for (const one of placed) if (!isIdle(one)) drawOne(brush, one);
}

function place({ scene, view }: Brush): Placed[] {
  const placed: Placed[] = [];
  for (const unit of Object.values(scene.world.units)) {
    const { lat, lon, fix } = scene.positions.of(unit);
    const point = mercator(lat, lon);
    if (!isInView(view, point, 40)) continue;
    const ageS = fix === null ? 0 : (scene.nowMs - fix.fixedAtMs) / 1000;
    placed.push({
      unit,
      look: lookOf(unit.status),
      point,
      isAssumed: fix === null,
      isOld: scene.isStale || ageS > STALE_FIX_S,
      headingDeg: fix?.headingDeg ?? null,
    });
  }
  return placed;
}

function grouped(idle: readonly Placed[], view: View): Group[] {
  // The grid lies on the ground at half zoom levels, so that groups stay together while the map is dragged.
  const cell = GROUP_PX / view.scale / 2 ** (Math.floor(view.zoom * 2) / 2 - view.zoom);
  const groups = new Map<string, Group>();
  for (const one of idle) {
    const key = `${one.look} ${Math.floor(one.point.x / cell)} ${Math.floor(one.point.y / cell)}`;
    const group = groups.get(key);
    if (group === undefined) {
      groups.set(key, { ...one.point, members: [one] });
      continue;
    }
    group.members.push(one);
    group.x += (one.point.x - group.x) / group.members.length;
    group.y += (one.point.y - group.y) / group.members.length;
  }
  return [...groups.values()];
}

function drawGroup(brush: Brush, group: Group): void {
  const { context, palette, view, marks } = brush;
  const [first] = group.members;
  if (first === undefined) return;
  if (group.members.length === 1) {
    drawOne(brush, first);
    return;
  }
  const { x, y } = besideHospital(brush, toScreen(view, group));
  const isAssumed = group.members.every((member) => member.isAssumed);
  drawShape(brush, first.look, x, y, 5.5, isAssumed);
  context.textAlign = "left";
  context.textBaseline = "middle";
  write(brush, String(group.members.length), x + 8, y + 0.5, `600 11px ${FONT}`, palette.looks[first.look]);
  marks.push({ x: x + 4, y, radius: 12, kind: "units", ids: group.members.map((member) => member.unit.unit_id) });
}

function drawOne(brush: Brush, one: Placed): void {
  const { context, palette, view, scene, marks } = brush;
  const isSelected = one.unit.unit_id === scene.selectedUnitId;
  const isIdle = one.look === "standby" || one.look === "out";
  const exact = toScreen(view, one.point);
  const { x, y } = isIdle ? besideHospital(brush, exact) : exact;
  const isOfSelected = scene.selected !== null && one.unit.incident_id === scene.selected.incident_id;
  const radius = isIdle ? 5.5 : isOfSelected || isSelected ? 9 : 7;
  context.globalAlpha = one.isOld ? STALE_ALPHA : 1;
  if (one.headingDeg !== null && !isIdle) drawHeading(brush, x, y, radius, one.headingDeg, one.look);
  drawShape(brush, one.look, x, y, radius, one.isAssumed);
  context.globalAlpha = 1;
  if (isSelected || isOfSelected) ring(brush, x, y, radius + 5, palette.ink);
  if (isSelected || isOfSelected || (!isIdle && view.zoom >= CALL_SIGNS_FROM_ZOOM)) {
    context.textAlign = "left";
    context.textBaseline = "middle";
    const text = `${one.unit.call_sign} ${CODE[one.look]}`;
    write(brush, text, x + radius + 7, y, `600 12px ${FONT}`, palette.ink);
  }
  marks.push({ x, y, radius: radius + 3, kind: "units", ids: [one.unit.unit_id] });
}

/** Most stations stand in a hospital's yard: idle units there are drawn below its cross, so that both can be read. */
function besideHospital({ marks }: Brush, at: Point): Point {
  const isOver = marks.some((mark) => mark.kind === "hospital" && Math.hypot(mark.x - at.x, mark.y - at.y) < BESIDE_PX);
  return isOver ? { x: at.x, y: at.y + BESIDE_PX } : at;
}

/** An assumed place is hollow: nobody has said that the unit is there. */
function drawShape(brush: Brush, look: Look, x: number, y: number, radius: number, isAssumed: boolean): void {
  const { context, palette } = brush;
  stamp(brush, UNIT_PATH[look], x, y, radius, palette.looks[look]);
  if (!isAssumed || look === "out") return;
  context.beginPath();
  context.arc(x, y, radius * 0.34, 0, 2 * Math.PI);
  context.fillStyle = palette.halo;
  context.fill();
}

function drawHeading(brush: Brush, x: number, y: number, radius: number, headingDeg: number, look: Look): void {
  const { context, palette } = brush;
  const angle = (headingDeg * Math.PI) / 180;
  const [east, south] = [Math.sin(angle), -Math.cos(angle)];
  context.beginPath();
  context.moveTo(x + east * radius, y + south * radius);
  context.lineTo(x + east * (radius + 6), y + south * (radius + 6));
  context.lineWidth = 2.5;
  context.strokeStyle = palette.looks[look];
  context.stroke();
}

export function ring(brush: Brush, x: number, y: number, radius: number, colour: string): void {
  const { context } = brush;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.lineWidth = 1.5;
  context.strokeStyle = colour;
  context.stroke();
}
