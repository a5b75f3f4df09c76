import { describe, expect, it } from "vitest";
import { bearingDeg } from "../src/aed/place";
import { APART_FROM_ZOOM, Clusters } from "../src/map/clusters";
import { fitZoom, inverseMercator, mercator, metresPerPixel, toScreen, toWorld, viewAt } from "../src/map/mercator";
import { Positions } from "../src/room/positions";
import type { PositionRow } from "../src/wire/types";

const FUTIAN = { lat: 22.5431, lon: 114.0579 };

describe("the projection", () => {
  it("comes back to where it started", () => {
    const { lat, lon } = inverseMercator(mercator(FUTIAN.lat, FUTIAN.lon));
    expect(lat).toBeCloseTo(FUTIAN.lat, 9);
    expect(lon).toBeCloseTo(FUTIAN.lon, 9);
    const view = viewAt(mercator(22.6, 114.1), 11.3, 800, 600);
    const pixel = toScreen(view, mercator(FUTIAN.lat, FUTIAN.lon));
    const again = inverseMercator(toWorld(view, pixel));
    expect(again.lat).toBeCloseTo(FUTIAN.lat, 9);
  });

  it("knows the length of a pixel on the ground", () => {
    // At zoom 0 the world of 512 px spans the equator; at 60° north a pixel is half as long.
    expect(metresPerPixel(viewAt(mercator(0, 0), 0, 1, 1))).toBeCloseTo(40_075_016.7 / 512, 0);
    expect(metresPerPixel(viewAt(mercator(60, 0), 0, 1, 1))).toBeCloseTo(40_075_016.7 / 1024, 0);
  });

  it("finds the zoom that fits two corners", () => {
    const [a, b] = [mercator(22.44, 113.75), mercator(22.87, 114.63)];
    const zoom = fitZoom(a, b, 1000, 700, 20);
    const view = viewAt({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }, zoom, 1000, 700);
    expect(toScreen(view, a).x).toBeGreaterThanOrEqual(19.9);
    expect(toScreen(view, b).y).toBeGreaterThanOrEqual(19.9);
  });
});

describe("clusters", () => {
  const places = Array.from({ length: 500 }, (_, n) => ({ lat: 22.5 + (n % 25) * 0.004, lon: 114 + Math.floor(n / 25) * 0.004 }));

  it.each([9, 11, 13, APART_FROM_ZOOM])("at zoom %i hold every point exactly once", (zoom) => {
    const total = new Clusters(places).at(zoom).reduce((sum, cluster) => sum + cluster.count, 0);
    expect(total).toBe(places.length);
  });

  it("stand at the mean of their members", () => {
    const [only] = new Clusters([FUTIAN, { lat: FUTIAN.lat, lon: FUTIAN.lon + 0.0002 }]).at(9);
    expect(only?.count).toBe(2);
    expect(only?.x).toBeCloseTo(mercator(FUTIAN.lat, FUTIAN.lon + 0.0001).x, 12);
  });

  it("fall apart when the map is close", () => {
    const clusters = new Clusters(places);
    expect(clusters.at(9).length).toBeLessThan(clusters.at(12).length);
    expect(clusters.at(18)).toHaveLength(places.length);
  });
});

describe("positions", () => {
  const row = (lat: number): PositionRow => ["U001", lat, 114, 2, null];

  it("glide to the newest fix and then stand still", () => {
    const positions = new Positions();
    positions.take([row(22.5)], 10_000);
    positions.take([row(22.501)], 11_000);
    expect(positions.glide(16, false)).toBeGreaterThan(0);
    const fix = positions.fixes.get("U001");
    expect(fix?.shownLat).toBeGreaterThan(22.5);
    expect(fix?.shownLat).toBeLessThan(22.501);
    for (let frame = 0; frame < 200; frame += 1) positions.glide(16, false);
    expect(fix?.shownLat).toBe(22.501);
    expect(positions.glide(16, false)).toBe(0);
  });

  it("jump when motion is not wanted, and when a fix was corrected by kilometres", () => {
    const positions = new Positions();
    positions.take([row(22.5)], 0);
    positions.take([row(22.7)], 1_000);
    positions.glide(16, false);
    expect(positions.fixes.get("U001")?.shownLat).toBe(22.7);
  });

  it("date a fix by when it was made, not by when it came", () => {
    const positions = new Positions();
    positions.take([["U001", 22.5, 114, 70, null]], 100_000);
    expect(positions.fixes.get("U001")?.fixedAtMs).toBe(30_000);
  });
});

describe("the arrow of the bystander page", () => {
  it.each([
    ["north", { lat: 22.6, lon: 114.0579 }, 0],
    ["east", { lat: 22.5431, lon: 114.1 }, 90],
    ["south", { lat: 22.5, lon: 114.0579 }, 180],
    ["west", { lat: 22.5431, lon: 114.0 }, 270],
  ])("points %s", (_, to, degrees) => {
    expect(bearingDeg(FUTIAN, to)).toBeCloseTo(degrees, 1);
  });
});
