import { afterEach, describe, expect, it } from "vitest";
import { language, pick, t, tValue } from "../src/i18n";
import { clockTime, dayText, distance, floorText, roughly, stopwatch } from "../src/i18n/measures";

afterEach(() => {
  language.value = "zh";
});

describe("measures", () => {
  it("show city time in 24 hours, wherever the computer stands", () => {
    expect(clockTime("2026-11-21T16:05:09Z")).toBe("00:05:09");
    expect(dayText("2026-11-21T16:05:09Z")).toBe("2026-11-22");
  });

  it("count minutes and seconds, and hours when there are any", () => {
    expect([stopwatch(0), stopwatch(250), stopwatch(3727), stopwatch(-3)]).toEqual(["00:00", "04:10", "1:02:07", "00:00"]);
  });

  it("are rough where nothing depends on it", () => {
    expect([roughly(42), roughly(130), roughly(3600), roughly(5400)]).toEqual(["42 秒", "2 分", "1 小时", "1 小时 30 分"]);
  });

  it("use metres, then kilometres", () => {
    expect([distance(87.4), distance(1234), distance(23_456)]).toEqual(["87 m", "1.2 km", "23 km"]);
  });

  it("name basements, and stay silent about a floor that nobody named", () => {
    expect([floorText(12), floorText(-2), floorText(null)]).toEqual(["12 层", "地下 2 层", ""]);
  });
});

describe("words", () => {
  it("follow the language of the screen", () => {
    expect(t("incident.age", { n: 68 })).toBe("68 岁");
    language.value = "en";
    expect(t("incident.age", { n: 68 })).toBe("68 years");
    expect(pick("市民中心", "Civic Center")).toBe("Civic Center");
    expect(pick("市民中心", "")).toBe("市民中心");
  });

  it("show a value that is not in the dictionary rather than nothing", () => {
    expect(tValue("complaint", "space_sickness")).toBe("space sickness");
  });
});
