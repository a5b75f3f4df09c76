import { CLASSES } from "../room/coverage";
import { LOOKS, type Look } from "../room/status";
import type { MapColours } from "./surface";

/** The colours of the page's style sheet, read once for the canvas. */
export interface Palette {
  map: MapColours;
  looks: Record<Look, string>;
  priorities: Record<1 | 2 | 3 | 4, string>;
  ink: string;
  muted: string;
  halo: string;
  label: string;
  aed: string;
  hospital: string;
  accent: string;
  badgeInk: string;
  /** From not covered to covered. */
  coverage: string[];
  closed: string;
  slow: string;
}

export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    map: { sea: colour("map-sea"), land: colour("map-land"), border: colour("map-border"), barrier: colour("map-barrier") },
    looks: Object.fromEntries(LOOKS.map((look) => [look, colour(`look-${look}`)])) as Record<Look, string>,
    priorities: { 1: colour("p1"), 2: colour("p2"), 3: colour("p3"), 4: colour("p4") },
    ink: colour("ink"),
    muted: colour("ink-muted"),
    halo: colour("map-halo"),
    label: colour("map-label"),
    aed: colour("map-aed"),
    hospital: colour("map-hospital"),
    accent: colour("accent"),
    badgeInk: colour("badge-ink"),
    coverage: Array.from({ length: CLASSES }, (_, level) => colour(`cover-${level}`)),
    closed: colour("alarm"),
    slow: colour("warn"),
  };
}
