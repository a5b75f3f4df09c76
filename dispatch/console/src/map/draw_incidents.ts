import { advisedLegs, assignedLegs } from "../room/legs";
import { LEVEL } from "../room/status";
import { isWaiting } from "../room/world";
import type { Incident, LatLon, Unit } from "../wire/types";
import { ring } from "./draw_units";
import { PRIORITY_PATH } from "./glyphs";
import { mercator, metresPerPixel, toScreen } from "./mercator";
import { drawWay } from "./draw_ways";
import { type Brush, FONT, stamp } from "./scene";

/** A circle of uncertainty is drawn when it is wider than the mark itself. */
const LEAST_CIRCLE_PX = 16;

export function drawIncidents(brush: Brush): void {
  const { scene } = brush;
  const open = Object.values(scene.world.incidents).filter((incident) => incident.state === "open");
  // The least urgent first, so that the most urgent lie on top.
  open.sort((a, b) => LEVEL[b.priority] - LEVEL[a.priority]);
  for (const incident of open) if (incident !== scene.selected) drawIncident(brush, incident);
  if (scene.selected?.state === "open") drawIncident(brush, scene.selected);
  else if (scene.selected != null) drawPlace(brush, scene.selected.location);
  if (scene.draftPoint !== null) drawPlace(brush, scene.draftPoint);
  if (scene.sight !== null) drawPlace(brush, scene.sight);
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

/** A place without an open incident: being taken down, searched for, or of one that has ended. */
function drawPlace(brush: Brush, point: LatLon): void {
  const { x, y } = toScreen(brush.view, mercator(point.lat, point.lon));
  drawCrosshair(brush, x, y, 8);
}

/** The legs of what is assigned, and of what is advised; those of the selected incident with their ways. */
export function drawLegs(brush: Brush): void {
  const { scene, palette } = brush;
  const placeOf = (unit: Unit): LatLon => scene.positions.of(unit);
  for (const incident of Object.values(scene.world.incidents)) {
    if (incident.state !== "open") continue;
    const isSelected = incident === scene.selected;
    for (const leg of assignedLegs(incident, scene.world, placeOf)) {
      if (!leg.isNext && !isSelected) continue;
      const colour = leg.look === null ? palette.accent : palette.looks[leg.look];
      const stroke = { colour, alpha: isSelected ? (leg.isNext ? 0.95 : 0.6) : 0.35, width: isSelected ? 2 : 1 };
      drawWay(brush, leg.from, leg.to, isSelected ? (scene.ways.get(leg.key) ?? null) : null, stroke, isSelected && leg.isNext);
    }
  }
  drawAdvised(brush);
}

function drawAdvised(brush: Brush): void {
  const { scene, palette } = brush;
  const { advice, selected } = scene;
  if (advice === null || selected === null || advice.incident_id !== selected.incident_id) return;
  const hospital = scene.chosenHospitalId === null ? undefined : scene.world.hospitals[scene.chosenHospitalId];
  for (const leg of advisedLegs(selected, advice, hospital?.location ?? null)) {
    const stroke = { colour: palette.accent, alpha: leg.isNext ? 0.9 : 0.6, width: leg.isNext ? 2 : 1.5 };
    drawWay(brush, leg.from, leg.to, scene.ways.get(leg.key) ?? null, stroke, leg.isNext);
  }
}
