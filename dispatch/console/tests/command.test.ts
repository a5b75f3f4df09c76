import { beforeAll, describe, expect, it } from "vitest";
import "../src/i18n/desk";
import { switchLanguage } from "../src/i18n";
import { completed, completions } from "../src/room/command/complete";
import { parse, tokensOf } from "../src/room/command/parse";
import { understand } from "../src/room/command/understand";
import { findComplaints } from "../src/room/complaints";
import { earlierOf } from "../src/room/history";
import { initials } from "../src/room/pinyin";
import { raisedTo, type Question } from "../src/room/questions";
import { world } from "../src/room/world";
import type { Incident, World } from "../src/wire/types";

const unit = (n: number, incident: string | null = null) => ({
  unit_id: `U00${n}`,
  call_sign: `救00${n}`,
  kind: "als",
  duty: "in_service",
  status: incident === null ? "standby" : "en_route",
  incident_id: incident,
  assignment_id: incident === null ? null : `A${n}`,
});
const incident = (n: number, more: object = {}) => ({
  incident_id: `inc-${n}`,
  number: n,
  state: "open",
  priority: "yellow",
  complaint: "abdominal",
  address_text: `街道 ${n} 号`,
  location: { lat: 22.5 + n / 10, lon: 114, accuracy_m: 20 },
  received_at: `2026-11-22T00:0${n}:00Z`,
  calls: [],
  assignments: [],
  patients: [],
  possible_duplicates: [],
  version: 1,
  ...more,
});
const brief = { assignment_id: "A2", unit_id: "U002", status: "en_route", timestamps: {} };
const CITY = {
  units: { U001: unit(1), U002: unit(2, "inc-7") },
  incidents: {
    "inc-7": incident(7, { assignments: [brief], calls: [{ caller_phone: "13800000000" }] }),
    "inc-8": incident(8, { possible_duplicates: [{ incident_id: "inc-7", score: 1, age_s: 1 }] }),
  },
  assignments: { A2: { ...brief, incident_id: "inc-7", hospital_id: null } },
  hospitals: { H002: { hospital_id: "H002", name_zh: "深圳市人民医院", name_en: "Shenzhen People's Hospital" } },
} as unknown as World;
const NOW = Date.parse("2026-11-22T08:00:00Z");
const selected = CITY.incidents["inc-8"] as Incident;
const meant = (line: string) => understand(parse(line, CITY), CITY, selected, NOW);

beforeAll(() => {
  world.value = CITY;
});

describe("a typed line", () => {
  it.each(["派 救001 #7 近", "#7 近 救001 派", "近 派 #7 1", "send 1 #7 近", "派救001#7 近"])("means the same in any order: %s", (line) => {
    const said = parse(line, CITY);
    expect([said.verb, said.unit?.unit_id, said.incidents[0]?.number, said.words]).toEqual(["send", "U001", 7, "近"]);
  });

  it("forgives what an input method makes of the keys", () => {
    expect(tokensOf("、ｐ１　＃７，急", Object.values(CITY.units))).toEqual(["p1", "#7", "急"]);
  });

  it("takes a unit with a status for a report, and a time of day for when it was", () => {
    expect(parse("002 到场 14:05", CITY)).toMatchObject({ verb: null, status: "on_scene", at: "14:05" });
    expect(meant("救002 到场 14:05").run).not.toBeNull();
  });

  it("finds a hospital by the first letters of its name, but leaves the words of a note alone", () => {
    expect(parse("to 2 szsrmyy 家属要求", CITY)).toMatchObject({ hospital: { hospital_id: "H002" }, words: "家属要求" });
    expect(parse("备注 转人民医院 到场", CITY)).toMatchObject({ hospital: null, status: null, words: "转人民医院 到场" });
  });

  it("does nothing while something is missing, and says what", () => {
    for (const line of ["派", "派 1", "改送 2 H002", "p1", "救001 到场", "foo", "撤销"]) expect(meant(line).run, line).toBeNull();
  });

  it("says what it will do before it is done", () => {
    expect(meant("并入").text).toBe("把 #8 并入 #7");
    expect(meant("结束 #7 送达").text).toBe("结束事件 #7：送达");
    expect(meant("取消 2 自行前往").text).toBe("取消派车 救002：自行前往");
    switchLanguage();
    expect(meant("cancel #7 a mistake").text).toBe("Cancel incident #7: a mistake");
    switchLanguage();
  });

  it("cancels what was named, never the selected incident in place of an idle unit", () => {
    expect(meant("取消 救001").run).toBeNull();
  });
});

describe("completion", () => {
  const words = (line: string) => completions(line, CITY).map(({ word }) => word);
  it("offers verbs, units, incidents and hospitals by their beginnings and by pinyin", () => {
    expect(words("bz")).toContain("备注");
    expect(words("派 2")).toContain("救002");
    expect(words("派 救001 #")).toEqual(["#7", "#8"]);
    expect(words("改送 2 srmyy")).toContain("h002");
  });

  it("replaces the last word and leaves the others", () => {
    expect(completed("派 2", "救002")).toBe("派 救002 ");
  });
});

describe("pinyin", () => {
  it("finds complaints by the first letters of their readings", () => {
    expect(initials("心脏骤停")).toBe("xzzt");
    expect(findComplaints("xzzt")).toEqual(["cardiac_arrest"]);
    expect(findComplaints("hxkn")).toEqual(["respiratory"]);
  });
});

describe("structured questions", () => {
  const question = (code: string, priority: Question["priority"]): Question => ({
    ...{ code, priority, complaints: [], complaint: null, text_zh: code, text_en: code },
  });
  it("make a call as urgent as the worst yes, and a no makes it nothing", () => {
    const asked = [question("a", "orange"), question("b", "red")];
    expect(raisedTo(asked, { a: "yes", b: "no" })).toBe("orange");
    expect(raisedTo(asked, { a: "yes", b: "yes" })).toBe("red");
    expect(raisedTo(asked, { a: "no", b: "unknown" })).toBeNull();
  });
});

describe("who called before", () => {
  const ask = (change: object) => earlierOf({ phone: "", address: "", point: null, except: null, ...change }, CITY);
  it("is known by the number, with or without country code, by the address, and by the place", () => {
    expect(ask({ phone: "+86 138 0000 0000" }).map(({ why }) => why)).toEqual(["phone"]);
    expect(ask({ address: "街道 8 号" })[0]?.incident.number).toBe(8);
    expect(ask({ point: { lat: 23.2003, lon: 114.0002 } })).toMatchObject([{ why: "place" }]);
  });

  it("is nobody while too little is typed", () => {
    expect(ask({ phone: "138", address: "街" })).toEqual([]);
  });
});
