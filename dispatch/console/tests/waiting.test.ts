import { describe, expect, it } from "vitest";
import { advisedOf } from "../src/room/waiting";
import type { Unit } from "../src/wire/types";

function unit(call_sign: string, gain?: number | null): Unit {
  const advised = gain === undefined ? null : { post_id: "K001", reason: "freed" as const, gain };
  return { unit_id: call_sign, call_sign, advised } as unknown as Unit;
}

describe("who should wait elsewhere", () => {
  it("begins with those that gain most, and leaves out who may stay", () => {
    const all = [unit("1", 0.001), unit("2"), unit("3", 0.004), unit("4", null)];
    expect(advisedOf(all).map((one) => one.unit.call_sign)).toEqual(["3", "1", "4"]);
  });
});
