import type { PositionRow, Unit } from "../wire/types";

/** A fix older than this is drawn as old; the service does not use it for decisions after 300 s. */
export const STALE_FIX_S = 60;
export const UNUSABLE_FIX_S = 300;
/** Time constant with which a mark glides to its newest fix: calm to the eye, never more than a second behind. */
const GLIDE_MS = 250;
/** A mark this close to its fix (about 1 m) has arrived. */
const ARRIVED_DEG = 1e-5;
/** A jump this long (about 2 km) is a correction, not a drive. */
const JUMP_DEG = 0.02;

export interface Fix {
  lat: number;
  lon: number;
  headingDeg: number | null;
  /** performance.now() at which the fix was made. */
  fixedAtMs: number;
  shownLat: number;
  shownLon: number;
}

/**
 * Where the units are, as plain mutable records for the canvas.
 *
 * Six hundred units report several times a second; no view is told, the canvas reads when it paints.
 */
export class Positions {
  readonly fixes = new Map<string, Fix>();
  private isMoving = false;

  /** Keeps the newest fixes; returns whether a unit was heard of for the first time. */
  take(rows: PositionRow[], nowMs: number): boolean {
    let isAnyNew = false;
    for (const [unitId, lat, lon, ageS, headingDeg] of rows) {
      const fixedAtMs = nowMs - ageS * 1000;
      const fix = this.fixes.get(unitId);
      if (fix === undefined) {
        this.fixes.set(unitId, { lat, lon, headingDeg, fixedAtMs, shownLat: lat, shownLon: lon });
        isAnyNew = true;
        continue;
      }
      fix.lat = lat;
      fix.lon = lon;
      fix.headingDeg = headingDeg;
      fix.fixedAtMs = fixedAtMs;
    }
    this.isMoving = true;
    return isAnyNew;
  }

  /** Moves every mark towards its fix; returns the longest move in degrees, 0 when all have arrived. */
  glide(elapsedMs: number, isAtOnce: boolean): number {
    if (!this.isMoving) return 0;
    const share = isAtOnce ? 1 : 1 - Math.exp(-elapsedMs / GLIDE_MS);
    let longest = 0;
    for (const fix of this.fixes.values()) {
      const north = fix.lat - fix.shownLat;
      const east = fix.lon - fix.shownLon;
      const distance = Math.abs(north) + Math.abs(east);
      if (distance === 0) continue;
      const isOver = distance < ARRIVED_DEG || distance > JUMP_DEG;
      fix.shownLat = isOver ? fix.lat : fix.shownLat + north * share;
      fix.shownLon = isOver ? fix.lon : fix.shownLon + east * share;
      longest = Math.max(longest, isOver ? distance : distance * share);
    }
    this.isMoving = longest > 0;
    return longest;
  }

  /** Where to draw a unit: its fix, or, when it never sent one, its station (assumed, and drawn so). */
  of(unit: Unit): { lat: number; lon: number; fix: Fix | null } {
    const fix = this.fixes.get(unit.unit_id) ?? null;
    return fix === null ? { ...unit.home, fix } : { lat: fix.shownLat, lon: fix.shownLon, fix };
  }
}

export const positions = new Positions();
