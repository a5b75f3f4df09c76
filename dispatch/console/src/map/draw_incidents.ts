import { t } from "../i18n";
import { LEVEL, lookOf } from "../room/status";
import { isWaiting, liveAssignments } from "../room/world";
import type { Incident, LatLon } from "../wire/types";
import { ring } from "./draw_units";
import { PRIORITY_PATH } from "./glyphs";
import { mercator, metresPerPixel, toScreen } from "./mercator";
import { type Brush, FONT, stamp, write } from "./scene";

/** A circle of uncertainty is drawn when it is wider than the mark itself. */
const LEAST_CIRCLE_PX = 16;
/** A shorter line has no room for its words. */
const LEAST_LABELLED_PX = 170;

export function drawIncidents(brush: Brush): void {
  const { scene } = brush;
  const open = Object.values(scene.world.incidents).filter((incident) => incident.state === "open");
  // The least urgent first, so that the most urgent lie on top.
  open.sort((a, b) => LEVEL[b.priority] - LEVEL[a.priority]);
  for (const incident of open) if (incident !== scene.selected) drawIncident(brush, incident);
  if (scene.selected?.state === "open") drawIncident(brush, scene.selected);
  if (scene.draftPoint !== null) drawDraft(brush, scene.draftPoint);
}

function drawIncident(brush: Brush, incident: Incident): void {
  const { context, palette, view, scene, marks } = brush;
  const { x, y } = toScreen(view, mercator(incident.location.lat, incident.location.lon));
  const level = LEVEL[incident.priority];
  const isSelected = incident === scene.selected;
  const radius = isSelected ? 13 : isWaiting(incident) ? 11 : 9;
  if (isSelected) drawUncertainty(brush, incident, x, y);
  if (isWaiting(incident)) ring(brush, x, y, radius + 4, palette.priorities[level]);
  if (isSelected) drawCrosshair(brush, x, y, radius + 6);
  stamp(brush, PRIORITY_PATH[level], x, y, radius, palette.priorities[level]);
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.font = `700 ${isSelected ? 14 : 11}px ${FONT}`;
  context.fillStyle = palette.badgeInk;
  context.fillText(String(level), x, y + 0.5);
  marks.push({ x, y, radius: radius + 4, kind: "incident", ids: [incident.incident_id] });
}

function drawUncertainty(brush: Brush, incident: Incident, x: number, y: number): void {
  const { context, palette, view } = brush;
  const radius = (incident.location.accuracy_m ?? 0) / metresPerPixel(view);
  if (radius < LEAST_CIRCLE_PX) return;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.globalAlpha = 0.08;
  context.fillStyle = palette.ink;
  context.fill();
  context.globalAlpha = 0.5;
  context.setLineDash([2, 4]);
  context.lineWidth = 1;
  context.strokeStyle = palette.ink;
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
}

function drawCrosshair(brush: Brush, x: number, y: number, radius: number): void {
  const { context, palette } = brush;
  ring(brush, x, y, radius, palette.ink);
  context.beginPath();
  for (const [east, south] of [[1, 0], [-1, 0], [0, 1], [0, -1]] as const) {
    context.moveTo(x + east * radius, y + south * radius);
    context.lineTo(x + east * (radius + 7), y + south * (radius + 7));
  }
  context.lineWidth = 1.5;
  context.strokeStyle = palette.ink;
  context.stroke();
}

function drawDraft(brush: Brush, point: LatLon): void {
  const { x, y } = toScreen(brush.view, mercator(point.lat, point.lon));
  drawCrosshair(brush, x, y, 8);
}

/**
 * Straight lines from unit to scene to hospital for what is assigned, and for what is advised.
 *
 * They are no routes, and say so: the road network is not behind them.
 */
export function drawLines(brush: Brush): void {
  const { scene } = brush;
  for (const incident of Object.values(scene.world.incidents)) {
    if (incident.state !== "open") continue;
    for (const assignment of liveAssignments(incident))
      drawAssigned(brush, incident, assignment.unit_id, assignment.hospital_id, assignment.status);
  }
  drawAdvised(brush);
}

function drawAssigned(
  brush: Brush,
  incident: Incident,
  unitId: string,
  hospitalId: string | null | undefined,
  status: Parameters<typeof lookOf>[0],
): void {
  const { scene, palette } = brush;
  const unit = scene.world.units[unitId];
  if (unit === undefined) return;
  const isSelected = incident === scene.selected;
  const look = lookOf(status);
  const at = scene.positions.of(unit);
  const hospital = hospitalId == null ? undefined : scene.world.hospitals[hospitalId]?.location;
  const stroke = { colour: palette.looks[look], alpha: isSelected ? 0.95 : 0.35, width: isSelected ? 2 : 1 };
  if (look === "transporting") {
    if (hospital) drawLine(brush, at, hospital, { ...stroke, dash: [8, 5] }, isSelected);
  } else if (look !== "at_hospital") {
    if (look !== "on_scene") drawLine(brush, at, incident.location, { ...stroke, dash: [8, 5] }, isSelected);
    if (hospital && isSelected)
      drawLine(brush, incident.location, hospital, { ...stroke, alpha: 0.6, dash: [2, 6] }, false);
  }
}

function drawAdvised(brush: Brush): void {
  const { scene, palette } = brush;
  const { advice, selected } = scene;
  if (advice === null || selected === null || advice.incident_id !== selected.incident_id) return;
  const dash = [2, 5];
  for (const candidate of advice.units)
    drawLine(brush, candidate.position, selected.location, { colour: palette.accent, alpha: 0.9, width: 2, dash }, true);
  const hospital = scene.chosenHospitalId === null ? undefined : scene.world.hospitals[scene.chosenHospitalId];
  if (hospital)
    drawLine(brush, selected.location, hospital.location, { colour: palette.accent, alpha: 0.6, width: 1.5, dash }, false);
}

interface Stroke {
  colour: string;
  alpha: number;
  width: number;
  dash: number[];
}

function drawLine(brush: Brush, from: LatLon, to: LatLon, stroke: Stroke, isLabelled: boolean): void {
  const { context, view, palette } = brush;
  const a = toScreen(view, mercator(from.lat, from.lon));
  const b = toScreen(view, mercator(to.lat, to.lon));
  context.beginPath();
  context.moveTo(a.x, a.y);
  context.lineTo(b.x, b.y);
  context.globalAlpha = stroke.alpha;
  context.lineWidth = stroke.width;
  context.setLineDash(stroke.dash);
  context.strokeStyle = stroke.colour;
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
  if (!isLabelled || Math.hypot(a.x - b.x, a.y - b.y) < LEAST_LABELLED_PX) return;
  context.textAlign = "center";
  context.textBaseline = "middle";
  write(brush, t("map.line"), (a.x + b.x) / 2, (a.y + b.y) / 2 - 8, `400 11px ${FONT}`, palette.muted);
}
