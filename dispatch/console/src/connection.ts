import { batch, effect } from "@preact/signals";
import { getJson, Problem } from "./wire/http";
import { NOT_SIGNED_IN, Stream } from "./wire/stream";
import type { DrillFloor } from "./wire/drill";
import type { JournalEvent, Me, World } from "./wire/types";
import { hearSentAt, tick } from "./room/clock";
import { hearBeaten, hearReadiness } from "./room/degraded";
import { drillPace } from "./room/drill";
import { closeCode, heard, lookAtAge, phase, roundTripMs } from "./room/link";
import { positions } from "./room/positions";
import { followSession, isSignedOut } from "./room/session";
import { drillFloor, me, seq, world } from "./room/world";

const AGE_LOOK_MS = 250;
const PING_MS = 5_000;
const ASK_AGAIN_MS = 3_000;

/**
 * Joins the stream of the service to the signals of the page; `onPositions` hears that units have moved, and whether one is new,
 * `onEvents` what happens from now on.
 */
export function connect(
  onPositions: (isAnyNew: boolean) => void,
  onEvents: (events: readonly JournalEvent[]) => void = () => {},
): void {
  const url = new URL("/api/v1/stream", location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const publish = oncePerFrame();
  const stream = new Stream(url.href, {
    world: publish,
    events: onEvents,
    positions: (rows) => {
      onPositions(positions.take(rows, performance.now()));
    },
    heartbeat: (sentAt, degraded, drill) => {
      hearSentAt(sentAt, drill?.pace ?? null);
      drillPace.value = drill;
      hearBeaten(degraded);
    },
    heard,
    phase: (now, code) => {
      phase.value = now;
      closeCode.value = code;
      if (code === NOT_SIGNED_IN) isSignedOut.value = true;
      if (now === "live") void learnOnce();
    },
  });
  followSession();
  effect(() => (isSignedOut.value ? stream.stop() : stream.start()));
  setInterval(tick, 1_000);
  setInterval(() => {
    if (lookAtAge() && phase.value === "live") stream.reopen();
  }, AGE_LOOK_MS);
  setInterval(() => void ping(), PING_MS);
  void ping();
}

/**
 * Publishes a world at once, so that the next frame has it, and those that come before that frame with it, as one, when it begins.
 *
 * A hidden page has no frames, so there a timer does it.
 */
function oncePerFrame(): (world: World, seq: number) => void {
  let newest: { world: World; seq: number } | null = null;
  let isFrameAsked = false;
  const publish = (): void => {
    if (newest === null) return;
    const { world: nextWorld, seq: nextSeq } = newest;
    newest = null;
    batch(() => {
      world.value = nextWorld;
      seq.value = nextSeq;
    });
  };
  const begin = (): void => {
    isFrameAsked = false;
    publish();
  };
  return (nextWorld, nextSeq) => {
    newest = { world: nextWorld, seq: nextSeq };
    if (isFrameAsked) return;
    isFrameAsked = true;
    // Asked for first: whatever drawing this world may throw, the next one is published.
    if (document.hidden) setTimeout(begin, 0);
    else requestAnimationFrame(begin);
    publish();
  };
}

/** Who we are and whether simulated callers can be asked for; asked again until the service has said so. */
let isLearning = false;
async function learnOnce(): Promise<void> {
  if (me.value !== null || isLearning) return;
  isLearning = true;
  try {
    me.value = await getJson<Me>("/api/v1/me");
    drillFloor.value = await getJson<DrillFloor>("/api/v1/drill-floor");
  } catch (failure) {
    if (!(failure instanceof Problem)) throw failure;
    if (me.value === null) setTimeout(() => void learnOnce(), ASK_AGAIN_MS);
  } finally {
    isLearning = false;
  }
}

/** A small request: how long a press of a key will at least take, and whether the service takes commands at all. */
async function ping(): Promise<void> {
  const sentAt = performance.now();
  try {
    const answer = await fetch("/readyz", { cache: "no-store" });
    roundTripMs.value = performance.now() - sentAt;
    hearReadiness(await answer.json());
  } catch {
    // Not reached, or something in between answered that is not the service: what it said last stands, and the link shows its age.
    roundTripMs.value = null;
  }
}
