import { describe, expect, it } from "vitest";
import { openAt } from "../src/aed/offline";
import { bearingDeg, distanceM } from "../src/aed/place";
import { inBox } from "../src/aed/way";
import { datumOf } from "../src/aed/webview";

const HERE = { lat: 22.5431, lon: 114.0579 };

describe("distances and directions", () => {
  it("agree with the service's to a metre", () => {
    // A thousandth of a degree of latitude is 111.195 m on the service's sphere.
    expect(distanceM(HERE, { lat: 22.5441, lon: 114.0579 })).toBeCloseTo(111.195, 1);
    expect(bearingDeg(HERE, { lat: 22.5441, lon: 114.0579 })).toBeCloseTo(0, 3);
    expect(bearingDeg(HERE, { lat: 22.5431, lon: 114.0589 })).toBeCloseTo(90, 2);
  });
});

describe("the datum of a browser's position", () => {
  it.each([
    ["Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605 Version/17.0 Mobile Safari/604", "wgs84", true],
    ["Mozilla/5.0 (Linux; Android 14) Chrome/131 Mobile Safari/537.36", "wgs84", true],
    ["Mozilla/5.0 (Linux; Android 14) Chrome/131 Mobile amap/13.1", "gcj02", true],
    ["Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.50 Mobile", "wgs84", false],
    ["Mozilla/5.0 (Linux; Android 14) AlipayClient/10.6", "wgs84", false],
  ])("%s", (userAgent, datum, isSure) => {
    expect(datumOf(userAgent)).toEqual({ datum, isSure });
  });
});

describe("hours without a network", () => {
  const hours = [
    { from: "2026-11-30T02:00:00Z", open_now: "yes" },
    { from: "2026-11-30T10:00:00Z", open_now: "no" },
  ];
  const until = "2026-12-01T02:00:00Z";
  it.each([
    ["2026-11-30T09:59:00Z", "yes"],
    ["2026-11-30T10:00:00Z", "no"],
    ["2026-12-01T02:00:01Z", "unknown"],
    ["2026-11-30T01:00:00Z", "unknown"],
  ])("at %s it is %s", (at, open) => {
    expect(openAt(hours, new Date(at), until)).toBe(open);
  });
});

describe("the sketch of a way", () => {
  it("has north at the top, one scale, and stays within its margin", () => {
    const north = { lat: HERE.lat + 0.002, lon: HERE.lon };
    const corner = { lat: north.lat, lon: HERE.lon + 0.001 };
    const [from, bend, to] = inBox([HERE, north, corner], 120, 80, 8) as [number, number][];
    expect(from?.[1]).toBe(72);
    expect(bend?.[1]).toBe(8);
    expect(bend?.[0]).toBe(from?.[0]);
    // A thousandth of a degree eastwards is 0.46 of two thousandths northwards here.
    expect((to?.[0] ?? 0) - (bend?.[0] ?? 0)).toBeCloseTo(64 * 0.4618, 0);
  });
  it("of a way without length is a point in the middle", () => {
    expect(inBox([HERE, HERE], 120, 80, 8)).toEqual([
      [60, 40],
      [60, 40],
    ]);
  });
});
