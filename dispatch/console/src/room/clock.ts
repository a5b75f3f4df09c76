import { signal } from "@preact/signals";

/**
 * The service's time, not this computer's: ages must agree on every screen of the room.
 *
 * A heartbeat says when it was sent. The largest of the last offsets belongs to the heartbeat that was
 * delivered fastest, so network delay moves the clock as little as possible.
 */
const OFFSETS_KEPT = 16;
const offsets: number[] = [];

/** Milliseconds since the epoch, in service time; ticks once a second. */
export const nowMs = signal(Date.now());

export function hearSentAt(sentAt: string): void {
  offsets.push(Date.parse(sentAt) - Date.now());
  if (offsets.length > OFFSETS_KEPT) offsets.shift();
}

export function serviceNowMs(): number {
  return Date.now() + (offsets.length === 0 ? 0 : Math.max(...offsets));
}

export function tick(): void {
  nowMs.value = serviceNowMs();
}
