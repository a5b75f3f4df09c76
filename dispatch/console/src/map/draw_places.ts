import { t } from "../i18n";
import { saysNow, type TreatmentMap } from "../room/treatment_map";
import type { Hospital } from "../wire/types";
import { isInView } from "./clusters";
import { HOSPITAL_PATH } from "./glyphs";
import { mercator, toScreen } from "./mercator";
import { type Brush, FONT, stamp, write } from "./scene";

/** From here on a hospital shows its name and what it is designated for. */
const NAMES_FROM_ZOOM = 12.5;
const TAGS_FROM_ZOOM = 10.8;
/** Below this the whole city is in view, and ten thousand AEDs would only be noise. */
const AEDS_FROM_ZOOM = 11;
const FADED = 0.3;

export function drawLabels(brush: Brush): void {
  const { context, view, palette, scene } = brush;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const label of scene.labels) {
    const { x, y } = toScreen(view, mercator(label.lat, label.lon));
    write(brush, scene.isChinese ? label.nameZh : label.nameEn, x, y, `500 13px ${FONT}`, palette.label);
  }
}

export function drawAeds(brush: Brush): void {
  const { context, view, palette, scene, marks } = brush;
  if (!scene.layers.aeds || view.zoom < AEDS_FROM_ZOOM) return;
  context.textAlign = "center";
  context.textBaseline = "middle";
  // They matter when a heart has stopped; otherwise they stay in the background.
  const strength = scene.selected?.pathway === "ohca" ? 1 : 0.7;
  for (const cluster of scene.aeds.clusters.at(view.zoom)) {
    if (!isInView(view, cluster, 20)) continue;
    const { x, y } = toScreen(view, cluster);
    context.globalAlpha = strength * (cluster.count === 1 ? 0.9 : 0.16);
    const radius = cluster.count === 1 ? 4 : Math.min(14, 7 + Math.log2(cluster.count));
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = palette.aed;
    context.fill();
    context.globalAlpha = strength * 0.8;
    context.lineWidth = 1;
    context.strokeStyle = cluster.count === 1 ? palette.halo : palette.aed;
    context.stroke();
    if (cluster.count > 1) {
      context.font = `500 10px ${FONT}`;
      context.fillStyle = palette.aed;
      context.fillText(String(cluster.count), x, y + 0.5);
    }
    context.globalAlpha = 1;
    marks.push({ x, y, radius: radius + 2, kind: "aeds", ids: [String(cluster.first), String(cluster.count)] });
  }
}

/** How much of a hospital's mark is painted by what it says now; silence is as faint as not being on the map for sure. */
const SAID: Record<string, number> = { available: 1, busy: 0.75, closed: 0.5, unknown: 0.5 };

/** The hospitals of a treatment map: those on it with what they say now in words, those of which it is not known with a question mark. */
function drawTreatment(brush: Brush, map: TreatmentMap): void {
  const { context, view, palette, scene, marks } = brush;
  context.textAlign = "left";
  context.textBaseline = "middle";
  for (const hospital of map.features) {
    const { membership, name_zh: zh, name_en: en } = hospital.properties;
    const [lon, lat] = hospital.geometry.coordinates;
    const point = mercator(lat, lon);
    if (membership === "no" || !isInView(view, point, 60)) continue;
    const { x, y } = toScreen(view, point);
    const state = saysNow(map, hospital)?.state ?? "unknown";
    const isChosen = hospital.id === scene.chosenHospitalId;
    context.globalAlpha = membership === "yes" ? (SAID[state] ?? FADED) : FADED;
    stamp(brush, HOSPITAL_PATH, x, y, isChosen ? 9 : 7.5, palette.hospital);
    context.globalAlpha = 1;
    const words = membership === "yes" ? t(`capability.state.${state}`) : "?";
    const name = isChosen || view.zoom >= NAMES_FROM_ZOOM ? (scene.isChinese ? zh : en) : "";
    write(brush, [name, words].filter(Boolean).join(" "), x + 11, y, `${isChosen ? 600 : 400} 11px ${FONT}`, palette.hospital);
    marks.push({ x, y, radius: 9, kind: "hospital", ids: [hospital.id] });
  }
}

export function drawHospitals(brush: Brush): void {
  const { context, view, scene, marks } = brush;
  if (scene.treatment !== null) {
    drawTreatment(brush, scene.treatment);
    return;
  }
  if (!scene.layers.hospitals) return;
  const wanted = scene.selected?.pathway === "stroke" || scene.selected?.pathway === "stemi" ? scene.selected.pathway : null;
  for (const hospital of Object.values(scene.world.hospitals)) {
    const point = mercator(hospital.location.lat, hospital.location.lon);
    if (!isInView(view, point, 60)) continue;
    const { x, y } = toScreen(view, point);
    const isChosen = hospital.hospital_id === scene.chosenHospitalId;
    // While a stroke or an infarction is looked at, hospitals that are not designated for it step back.
    const isFaded = wanted !== null && !isChosen && !hospital.designations.some(({ kind }) => kind === wanted);
    context.globalAlpha = isFaded ? FADED : 1;
    drawHospital(brush, hospital, x, y, isChosen, isFaded);
    context.globalAlpha = 1;
    marks.push({ x, y, radius: 9, kind: "hospital", ids: [hospital.hospital_id] });
  }
}

function drawHospital(brush: Brush, hospital: Hospital, x: number, y: number, isChosen: boolean, isFaded: boolean): void {
  const { context, view, palette, scene } = brush;
  stamp(brush, HOSPITAL_PATH, x, y, isChosen ? 9 : 6.5, palette.hospital);
  if (isFaded || (view.zoom < TAGS_FROM_ZOOM && !isChosen)) return;
  const tags = ["stroke", "stemi"]
    .filter((kind) => hospital.designations.some((designation) => designation.kind === kind))
    .map((kind) => t(kind === "stroke" ? "map.hospital.stroke" : "map.hospital.stemi"))
    .join("·");
  const isNamed = isChosen || view.zoom >= NAMES_FROM_ZOOM;
  const name = isNamed ? (scene.isChinese ? hospital.name_zh : hospital.name_en) : "";
  const text = [name, tags].filter(Boolean).join(" ");
  if (text === "") return;
  context.textAlign = "left";
  context.textBaseline = "middle";
  write(brush, text, x + 10, y, `${isChosen ? 600 : 400} 11px ${FONT}`, palette.hospital);
}
