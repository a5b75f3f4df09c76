import type { Incident, LatLon, Recommendation, Unit, World } from "../wire/types";
import { lookOf, type Look } from "./status";
import type { Leg } from "./ways";
import { liveAssignments } from "./world";

/** A leg as it is drawn: in the colour of what its unit does (null: only advised); `isNext` is the one that lies ahead now. */
export interface DrawnLeg extends Leg {
  look: Look | null;
  isNext: boolean;
}

/** From each unit that is bound to an incident to its scene, and on to its hospital, as far as it still has to go. */
export function assignedLegs(incident: Incident, world: World, placeOf: (unit: Unit) => LatLon): DrawnLeg[] {
  return liveAssignments(incident).flatMap((assignment) => {
    const unit = world.units[assignment.unit_id];
    if (unit === undefined) return [];
    const look = lookOf(assignment.status);
    const hospital = assignment.hospital_id == null ? undefined : world.hospitals[assignment.hospital_id]?.location;
    const toScene = leg(`${assignment.assignment_id} scene`, placeOf(unit), incident.location, look, true);
    const isAboard = look === "transporting";
    const toHospital = hospital
      ? [leg(`${assignment.assignment_id} hospital`, isAboard ? placeOf(unit) : incident.location, hospital, look, isAboard)]
      : [];
    if (look === "at_hospital") return [];
    return look === "on_scene" || isAboard ? toHospital : [toScene, ...toHospital];
  });
}

/** From each unit that is recommended to the scene, and from there to the hospital that would be chosen. */
export function advisedLegs(incident: Incident, advice: Recommendation, hospital: LatLon | null): DrawnLeg[] {
  const toScene = advice.units.map((candidate) =>
    leg(`advised ${incident.incident_id} ${candidate.unit_id}`, candidate.position, incident.location, null, true),
  );
  return hospital === null
    ? toScene
    : [...toScene, leg(`advised ${incident.incident_id} hospital`, incident.location, hospital, null, false)];
}

function leg(key: string, from: LatLon, to: LatLon, look: Look | null, isNext: boolean): DrawnLeg {
  return { key, from: point(from), to: point(to), look, isNext };
}

function point({ lat, lon }: LatLon): LatLon {
  return { lat, lon };
}
