import { describe, expect, it } from "vitest";
import css from "../src/console.css?raw";
import { CLASSES, classOf, classOfShare, classOfWalk } from "../src/room/coverage";
import type { CoverageRow } from "../src/wire/types";

describe("the classes of the coverage layer", () => {
  it.each([
    [0, 0],
    [0.143, 1],
    [0.333, 1],
    [0.429, 2],
    [0.714, 3],
    [0.999, 3],
    [1, 4],
  ])("a share of %f is class %i", (share, level) => {
    expect(classOfShare(share)).toBe(level);
  });

  it.each([
    [60, 4],
    [120, 4],
    [121, 3],
    [360, 2],
    [600, 1],
    [601, 0],
    [null, 0],
  ])("a walk of %s s is class %i", (walkS, level) => {
    expect(classOfWalk(walkS)).toBe(level);
  });

  it("are taken from the column of what is looked at", () => {
    const row: CoverageRow = ["88411c0001fffff", 100, 0, 1, 900, 200, 130];
    expect([classOf(row, "als"), classOf(row, "any"), classOf(row, "aed")]).toEqual([0, 4, 3]);
  });
});

type Rgb = [number, number, number];

/** Severity 1.0 of Machado, Oliveira & Fernandes 2009, doi:10.1109/TVCG.2009.113, on linear light. */
const SIGHT: Record<string, number[][]> = {
  full: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function linear(hex: string): Rgb {
  return [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
}

/** CIE L*a*b* (D65) of linear light as an eye of this kind sees it. */
function lab(light: Rgb, sight: number[][]): Rgb {
  const [r, g, b] = sight.map((row) => Math.min(1, Math.max(0, row.reduce((sum, part, i) => sum + part * (light[i] ?? 0), 0)))) as Rgb;
  const f = (t: number): number => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
  const y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
  const z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function over(hex: string, ground: string, alpha: number): string {
  const parts = [1, 3, 5].map((at) => {
    const [top, below] = [hex, ground].map((colour) => Number.parseInt(colour.slice(at, at + 2), 16)) as [number, number];
    return Math.round(top * alpha + below * (1 - alpha)).toString(16).padStart(2, "0");
  });
  return `#${parts.join("")}`;
}

const [darkBlock = "", lightBlock = ""] = [...css.matchAll(/:root[^{]*\{([^}]*)\}/g)].map(([, body]) => body ?? "");
const variables = (block: string): Record<string, string> =>
  Object.fromEntries([...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map(([, name, hex]) => [name, hex]));
const dark = variables(darkBlock);
const THEMES = { dark, light: { ...dark, ...variables(lightBlock) } };
/** Two patches that differ by less are hard to tell apart on a map; 2.3 is what is just noticed side by side. */
const LEAST_DIFFERENCE = 8;

describe.each(Object.entries(THEMES))("coverage in the %s room", (_, colours) => {
  it.each(Object.entries(SIGHT))("is told apart with %s", (_name, sight) => {
    const seen = Array.from({ length: CLASSES }, (_, level) =>
      lab(linear(over(colours[`cover-${level}`] ?? "", colours["map-land"] ?? "", 0.5)), sight),
    );
    for (const [i, a] of seen.entries())
      for (const b of seen.slice(i + 1)) {
        const difference = Math.hypot(...a.map((part, axis) => part - (b[axis] ?? 0)));
        expect(difference, JSON.stringify([i, a, b])).toBeGreaterThanOrEqual(LEAST_DIFFERENCE);
      }
  });
});
