import { describe, expect, it } from "vitest";
import { advisedOf } from "../src/room/waiting";
import type { Unit } from "../src/wire/types";

function unit(call_sign: string, advised_at?: string): Unit {
  const advised = advised_at === undefined ? null : { post_id: "K001", reason: "freed" as const, advised_at };
  return { unit_id: call_sign, call_sign, advised } as unknown as Unit;
}

describe("who should wait elsewhere", () => {
  it("keeps its order when more is advised, and leaves out who may stay", () => {
    const before = [unit("2"), unit("3", "2026-11-30T08:01:00Z"), unit("4", "2026-11-30T08:00:00Z")];
    expect(advisedOf(before).map((one) => one.unit.call_sign)).toEqual(["4", "3"]);
    const after = [unit("1", "2026-11-30T08:02:00Z"), ...before];
    expect(advisedOf(after).map((one) => one.unit.call_sign)).toEqual(["4", "3", "1"]);
  });
});
