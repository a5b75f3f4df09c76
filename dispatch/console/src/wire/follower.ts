import { mergePatch } from "./merge_patch";
import type { Frame, World } from "./types";

export const EMPTY_WORLD: World = { incidents: {}, assignments: {}, units: {}, hospitals: {} };

/** What a frame meant. A `gap` means that a delta is missing: nothing was applied, ask again from `seq`. */
export type Reading = "snapshot" | "events" | "positions" | "heartbeat" | "gap";

/**
 * Follows the journal's stream without doing any input or output itself.
 *
 * `world` is always the world after event `seq`; it is replaced, never changed in place.
 */
export class Follower {
  world: World = EMPTY_WORLD;
  seq: number | null = null;

  take(frame: Frame): Reading {
    if (frame.type === "snapshot") {
      this.world = frame.world;
      this.seq = frame.seq;
    } else if (frame.type === "events") {
      if (this.seq === null || frame.from !== this.seq + 1 || frame.to < frame.from) return "gap";
      this.world = mergePatch(this.world, frame.patch);
      this.seq = frame.to;
    }
    return frame.type;
  }
}
