import { describe, expect, it } from "vitest";
import { alongTheLine, streetsOf } from "../src/map/draw_ways";
import { advisedLegs, assignedLegs } from "../src/room/legs";
import { reportOf } from "../src/room/traffic";
import { isDue, type Leg } from "../src/room/ways";
import { EMPTY_WORLD } from "../src/wire/follower";
import type { AssignmentStatus, Incident, Recommendation, TimeGrade, Way, World } from "../src/wire/types";

const SCENE = { lat: 22.55, lon: 114.05 };
const UNIT = { lat: 22.5, lon: 114 };
const HOSPITAL = { lat: 22.6, lon: 114.1 };
const WORLD = {
  ...EMPTY_WORLD,
  units: { U001: { unit_id: "U001" } },
  hospitals: { H001: { hospital_id: "H001", location: HOSPITAL } },
} as unknown as World;

function incident(status: AssignmentStatus): Incident {
  const assignment = { assignment_id: "a1", unit_id: "U001", hospital_id: "H001", status, timestamps: {} };
  return { incident_id: "i1", location: { ...SCENE, source: "caller" }, assignments: [assignment] } as unknown as Incident;
}

describe("what a unit still has to go", () => {
  it.each<[AssignmentStatus, string[]]>([
    ["offered", ["a1 scene", "a1 hospital"]],
    ["en_route", ["a1 scene", "a1 hospital"]],
    ["on_scene", ["a1 hospital"]],
    ["left_scene", ["a1 hospital"]],
    ["at_hospital", []],
    ["available", []],
  ])("%s: %j", (status, keys) => {
    expect(assignedLegs(incident(status), WORLD, () => UNIT).map((leg) => leg.key)).toEqual(keys);
  });

  it("is from the unit itself once the patient is aboard", () => {
    const [leg] = assignedLegs(incident("left_scene"), WORLD, () => UNIT);
    expect(leg).toMatchObject({ from: UNIT, to: HOSPITAL, isNext: true });
  });

  it("is from the candidate's position while it is only advised", () => {
    const advice = { units: [{ unit_id: "U001", position: UNIT }] } as unknown as Recommendation;
    const legs = advisedLegs(incident("cancelled"), advice, HOSPITAL);
    expect(legs.map(({ from, to, look }) => ({ from, to, look }))).toEqual([
      { from: UNIT, to: SCENE, look: null },
      { from: SCENE, to: HOSPITAL, look: null },
    ]);
  });
});

describe("a way is asked for", () => {
  const leg: Leg = { key: "a1 scene", from: UNIT, to: SCENE };
  const have = { from: UNIT, to: SCENE, askedAtMs: 1_000, way: null };

  it("at first, then not again at once", () => {
    expect(isDue(leg, undefined, 0)).toBe(true);
    expect(isDue(leg, have, 2_000)).toBe(false);
    expect(isDue(leg, have, 10_000)).toBe(false);
  });

  it("again when it is old, when the unit has moved on, when the scene is corrected", () => {
    expect(isDue(leg, have, 30_000)).toBe(true);
    expect(isDue({ ...leg, from: { ...UNIT, lat: UNIT.lat + 0.01 } }, have, 10_000)).toBe(true);
    expect(isDue({ ...leg, to: { ...SCENE, lon: SCENE.lon + 0.01 } }, have, 10_000)).toBe(true);
    expect(isDue({ ...leg, from: { ...UNIT, lat: UNIT.lat + 0.01 } }, have, 2_000)).toBe(false);
  });
});

describe("the streets of a way", () => {
  const way = (grade: TimeGrade): Way => ({
    geometry: { type: "LineString", coordinates: [[114, 22.5], [114.01, 22.5], [114.01, 22.51], [114.02, 22.52]] },
    properties: { travel_time_s: 60, distance_m: 900, source: "x", grade },
  });

  it("are all but its ends, which lie beside them", () => {
    expect(streetsOf(way("network"))).toEqual([{ lat: 22.5, lon: 114.01 }, { lat: 22.51, lon: 114.01 }]);
  });

  it("of an estimate are none", () => {
    expect(streetsOf(way("estimate"))).toEqual([]);
  });
});

describe("the middle of a line", () => {
  it("is half of its length along, not half of its points", () => {
    const line = [{ x: 0, y: 0 }, { x: 1, y: 0 }, { x: 2, y: 0 }, { x: 2, y: 8 }];
    expect(alongTheLine(line, 0.5)).toEqual({ x: 2, y: 3, lengthPx: 10 });
  });

  it("of no length is its end", () => {
    expect(alongTheLine([{ x: 3, y: 4 }, { x: 3, y: 4 }], 0.5)).toEqual({ x: 3, y: 4, lengthPx: 0 });
  });
});

describe("a drawn area as a report", () => {
  const corners = [SCENE, UNIT, HOSPITAL];

  it("is a closed ring, longitude first, with its datum and its end", () => {
    expect(reportOf(corners, "closed", Date.UTC(2026, 10, 30, 2), "交警")).toEqual({
      area: {
        type: "Polygon",
        coordinates: [[[114.05, 22.55], [114, 22.5], [114.1, 22.6], [114.05, 22.55]]],
        datum: "wgs84",
      },
      closed: true,
      expires_at: "2026-11-30T02:00:00.000Z",
      source: "交警",
    });
  });

  it("says how slow, where it is not closed", () => {
    const report = reportOf(corners, "0.5", 0, "x");
    expect(report).toMatchObject({ speed_factor: 0.5 });
    expect(report).not.toHaveProperty("closed");
  });
});
