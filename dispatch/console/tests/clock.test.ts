import { afterEach, describe, expect, it, vi } from "vitest";
import { hearSentAt, nowMs, serviceNowMs } from "../src/room/clock";

const NOON = "2026-11-30T04:00:00Z";

afterEach(() => vi.useRealTimers());

describe("the clock of a drill that is led", () => {
  it("stands while the drill is paused, whatever the room's own does", () => {
    vi.useFakeTimers();
    hearSentAt(NOON, 0);
    vi.advanceTimersByTime(3_600_000);
    expect(serviceNowMs()).toBe(Date.parse(NOON));
    expect(nowMs.value).toBe(Date.parse(NOON));
  });

  it("passes as fast as the drill between two heartbeats", () => {
    vi.useFakeTimers();
    hearSentAt(NOON, 60);
    vi.advanceTimersByTime(500);
    expect(serviceNowMs()).toBe(Date.parse(NOON) + 30_000);
  });

  it("is the service's in the live city", () => {
    vi.useFakeTimers({ now: Date.parse("2026-11-30T03:59:58Z") });
    hearSentAt(NOON, null);
    expect(serviceNowMs()).toBe(Date.parse(NOON));
  });
});
