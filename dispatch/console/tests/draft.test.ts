import { describe, expect, it } from "vitest";
import { COMPLAINTS, findComplaints } from "../src/room/complaints";
import { callOf, type Draft, draft, instantOf, pointOf } from "../src/room/draft";

const NOON = Date.parse("2026-11-21T04:00:00Z"); // 12:00 in Shenzhen
const taken = (change: Partial<Draft>): Draft => ({ ...draft.value, ...change });

describe("a call taken down", () => {
  it("is sent without anything that nobody said", () => {
    expect(callOf(taken({ complaint: "syncope", address: " 市民中心 " }), NOON)).toEqual({
      complaint: "syncope",
      address_text: "市民中心",
      n_patients: 1,
    });
  });

  it("states the datum of its point, and its accuracy only when it is known", () => {
    expect(pointOf(taken({ lat: "22.54", lon: "114.06", datum: "gcj02" }))).toEqual({ lat: 22.54, lon: 114.06, datum: "gcj02" });
    expect(pointOf(taken({ lat: "22.54", lon: "114.06", accuracyM: 40 }))).toMatchObject({ datum: "wgs84", accuracy_m: 40 });
  });

  it("has no point while half of it is missing", () => {
    expect(pointOf(taken({ lat: "22.54" }))).toBeNull();
    expect(pointOf(taken({ lat: "22.54", lon: "east" }))).toBeNull();
  });

  it("fills neither onset nor last-known-well from the other", () => {
    const call = callOf(taken({ complaint: "stroke", onset: "11:20" }), NOON);
    expect(call).toMatchObject({ onset_at: "2026-11-21T11:20:00+08:00" });
    expect(call).not.toHaveProperty("last_known_well_at");
  });

  it("means yesterday by a clock time that is still to come today", () => {
    expect(instantOf("23:50", NOON)).toBe("2026-11-20T23:50:00+08:00");
    expect(instantOf("25:00", NOON)).toBeUndefined();
    expect(instantOf("", NOON)).toBeUndefined();
  });
});

describe("looking for a complaint", () => {
  it("finds it by Chinese, by English and by code, the best first", () => {
    expect(findComplaints("卒中")).toEqual(["stroke"]);
    expect(findComplaints("Stroke")[0]).toBe("stroke");
    expect(findComplaints("trauma fall")).toEqual(["trauma_fall"]);
    expect(findComplaints("腹")).toContain("abdominal");
  });

  it("offers all of them before anything is typed", () => {
    expect(findComplaints("  ")).toEqual(COMPLAINTS);
  });
});
