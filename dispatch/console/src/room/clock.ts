import { signal } from "@preact/signals";

/**
 * The service's time, not this computer's: ages must agree on every screen of the room.
 *
 * A heartbeat says when it was sent. The largest of the last offsets belongs to the heartbeat that was
 * delivered fastest, so network delay moves the clock as little as possible. A drill that is led says besides how
 * fast its time passes; between heartbeats it passes so here, and stands where it stands there.
 */
const OFFSETS_KEPT = 16;
const offsets: number[] = [];
let drill: { saidMs: number; heardMs: number; pace: number } | null = null;

/** Milliseconds since the epoch, in service time; ticks once a second. */
export const nowMs = signal(Date.now());

/** `pace`: seconds of a drill in one of the room; null in the live city. */
export function hearSentAt(sentAt: string, pace: number | null = null): void {
  drill = pace === null ? null : { saidMs: Date.parse(sentAt), heardMs: performance.now(), pace };
  if (drill !== null) {
    tick();
    return;
  }
  offsets.push(Date.parse(sentAt) - Date.now());
  if (offsets.length > OFFSETS_KEPT) offsets.shift();
}

export function serviceNowMs(): number {
  if (drill !== null) return drill.saidMs + (performance.now() - drill.heardMs) * drill.pace;
  return Date.now() + (offsets.length === 0 ? 0 : Math.max(...offsets));
}

export function tick(): void {
  nowMs.value = serviceNowMs();
}
