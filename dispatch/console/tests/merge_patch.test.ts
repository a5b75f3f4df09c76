import { describe, expect, it } from "vitest";
import { mergePatch } from "../src/wire/merge_patch";

describe("a merge patch", () => {
  // RFC 7396, appendix A: original, patch, result.
  it.each([
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [["a", "b"], ["c", "d"], ["c", "d"]],
    [{ a: "b" }, ["c"], ["c"]],
    [{ a: "foo" }, null, null],
    [{ a: "foo" }, "bar", "bar"],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: "b", c: null }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])("brings %j by %j to %j", (original, patch, result) => {
    expect(mergePatch<unknown>(original, patch)).toEqual(result);
  });

  it("changes nothing in place and keeps what it does not name", () => {
    const before = { incidents: { a: { n: 1 }, b: { n: 2 } }, units: { u: { status: "standby" } } };
    const after = mergePatch(before, { incidents: { a: { n: 3 } } });
    expect(before.incidents.a.n).toBe(1);
    expect(after.incidents.a.n).toBe(3);
    expect(after.incidents.b).toBe(before.incidents.b);
    expect(after.units).toBe(before.units);
  });
});
