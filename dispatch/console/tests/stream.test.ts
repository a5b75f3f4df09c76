import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EMPTY_WORLD, Follower } from "../src/wire/follower";
import { Stream, type StreamListener } from "../src/wire/stream";
import type { Frame } from "../src/wire/types";

const events = (from: number, to: number, patch: unknown = {}): Frame => ({ type: "events", from, to, events: [], patch });
const snapshot = (seq: number): Frame => ({ type: "snapshot", seq, world: EMPTY_WORLD });

describe("the follower", () => {
  it("folds numbered deltas onto a snapshot", () => {
    const follower = new Follower();
    follower.take(snapshot(7));
    expect(follower.take(events(8, 9, { units: { u: { call_sign: "救001" } } }))).toBe("events");
    expect(follower.seq).toBe(9);
    expect(follower.world.units.u?.call_sign).toBe("救001");
  });

  it.each([
    ["a missing delta", events(10, 10)],
    ["a repeated delta", events(8, 8)],
    ["a range that runs backwards", events(9, 8)],
  ])("applies nothing of %s", (_, frame) => {
    const follower = new Follower();
    follower.take(snapshot(8));
    expect(follower.take(frame)).toBe("gap");
    expect(follower.seq).toBe(8);
  });

  it("takes no delta before a snapshot", () => {
    expect(new Follower().take(events(1, 1))).toBe("gap");
  });
});

class SocketDouble {
  static opened: SocketDouble[] = [];
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: ((closing: { code: number }) => void) | null = null;
  constructor(
    readonly url: string,
    readonly protocol: string,
  ) {
    SocketDouble.opened.push(this);
  }
  close(): void {
    this.onclose?.({ code: 1000 });
  }
  hear(frame: Frame): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

const newest = (): SocketDouble => SocketDouble.opened.at(-1) as SocketDouble;

describe("the stream", () => {
  const phases: string[] = [];
  const seqs: number[] = [];
  let stream: Stream;
  const listener: StreamListener = {
    world: (_, seq) => seqs.push(seq),
    events: () => {},
    positions: () => {},
    heartbeat: () => {},
    heard: () => {},
    phase: (phase) => phases.push(phase),
  };

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("WebSocket", SocketDouble);
    SocketDouble.opened.length = phases.length = seqs.length = 0;
    stream = new Stream("ws://service/api/v1/stream", listener);
    stream.start();
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("asks for a snapshot first and names its protocol", () => {
    expect(newest().url).toBe("ws://service/api/v1/stream");
    expect(newest().protocol).toBe("dispatch.json.v1");
    newest().hear(snapshot(3));
    expect(phases.at(-1)).toBe("live");
    expect(seqs).toEqual([3]);
  });

  it("resumes after the last sequence number when the link breaks", () => {
    newest().hear(snapshot(3));
    newest().hear(events(4, 6));
    newest().onclose?.({ code: 1006 });
    expect(phases.at(-1)).toBe("down");
    vi.advanceTimersByTime(1_000);
    expect(newest().url).toBe("ws://service/api/v1/stream?after=6");
    newest().hear(events(7, 7));
    expect(seqs).toEqual([3, 6, 7]);
  });

  it("leaves a socket that skipped a delta and asks for what is missing", () => {
    newest().hear(snapshot(3));
    const skipping = newest();
    skipping.hear(events(6, 6));
    vi.advanceTimersByTime(1_000);
    expect(newest()).not.toBe(skipping);
    expect(newest().url).toMatch(/after=3$/);
    expect(seqs).toEqual([3]);
  });

  it("keeps trying, with pauses that grow but stay short", () => {
    for (let attempt = 0; attempt < 6; attempt += 1) {
      newest().onclose?.({ code: 1006 });
      vi.advanceTimersByTime(2_400);
    }
    expect(SocketDouble.opened).toHaveLength(7);
  });

  it.each([4401, 4403])("does not try again after close code %i, which a person has to heal", (code) => {
    newest().onclose?.({ code });
    vi.advanceTimersByTime(60_000);
    expect(SocketDouble.opened).toHaveLength(1);
    expect(phases.at(-1)).toBe("refused");
  });

  it("hears nothing while it is stopped, and resumes when it is started again", () => {
    newest().hear(snapshot(3));
    const left = newest();
    stream.stop();
    left.hear(events(4, 4));
    vi.advanceTimersByTime(60_000);
    expect(SocketDouble.opened).toHaveLength(1);
    stream.start();
    expect(newest().url).toMatch(/after=3$/);
    expect(seqs).toEqual([3]);
  });
});
