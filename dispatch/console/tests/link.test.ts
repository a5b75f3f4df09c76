import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { dataAgeS, heard, isStale, lookAtAge, phase } from "../src/room/link";

beforeEach(() => {
  vi.useFakeTimers();
  phase.value = "live";
  heard();
  lookAtAge();
});

afterEach(() => vi.useRealTimers());

/** Lets time pass as the page would see it: it looks at the age of its data four times a second. */
function pass(ms: number): void {
  for (let passed = 0; passed < ms; passed += 250) {
    vi.advanceTimersByTime(250);
    lookAtAge();
  }
}

describe("the age of the data", () => {
  it("is nobody's concern while heartbeats come each second", () => {
    for (let second = 0; second < 5; second += 1) {
      pass(1_000);
      expect(isStale.value).toBe(false);
      heard();
    }
  });

  it("raises the banner within three seconds of silence, although the socket looks open", () => {
    pass(2_750);
    expect(isStale.value).toBe(true);
    expect(dataAgeS.value).toBe(2);
  });

  it("raises it sooner when the socket was closed, but not for a reconnection in between", () => {
    phase.value = "down";
    pass(750);
    expect(isStale.value).toBe(false);
    pass(500);
    expect(isStale.value).toBe(true);
  });

  it("lowers it with the first frame that comes", () => {
    pass(5_000);
    heard();
    expect(isStale.value).toBe(false);
  });

  it("keeps it up while the service refuses this user", () => {
    phase.value = "refused";
    expect(isStale.value).toBe(true);
  });
});
