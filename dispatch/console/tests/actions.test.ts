import { afterEach, describe, expect, it, vi } from "vitest";
import { act, actionAt } from "../src/room/actions";

interface Sent {
  path: string;
  key: string;
}

/** Replaces the network by answers given one after the other; returns what was sent. */
function answering(...answers: (() => Promise<Response>)[]): Sent[] {
  const sent: Sent[] = [];
  vi.stubGlobal("fetch", (path: string, init: RequestInit) => {
    sent.push({ path, key: new Headers(init.headers).get("idempotency-key") ?? "" });
    return answers.shift()?.() ?? Promise.reject(new TypeError("no more answers"));
  });
  return sent;
}

const json = (status: number, body: unknown) => () => Promise.resolve(new Response(JSON.stringify(body), { status }));
const broken = () => Promise.reject(new TypeError("connection refused"));
const stateAt = (place: string) => vi.waitUntil(() => actionAt(place)?.state !== "pending" && actionAt(place));

afterEach(() => vi.unstubAllGlobals());

describe("an action", () => {
  it("is pending until the service has it, then committed, and hands on the answer", async () => {
    answering(json(201, { assignment_id: "a1" }));
    const done = vi.fn();
    act("here", "/api/v1/x", {}, done);
    expect(actionAt("here")?.state).toBe("pending");
    expect((await stateAt("here"))?.state).toBe("committed");
    expect(done).toHaveBeenCalledWith({ assignment_id: "a1" });
  });

  it("is sent once, however often the key is pressed", async () => {
    const sent = answering(json(201, {}));
    act("twice", "/api/v1/x", {});
    act("twice", "/api/v1/x", {});
    await stateAt("twice");
    expect(sent).toHaveLength(1);
  });

  it("tells why it was refused", async () => {
    answering(json(409, { type: "about:blank", title: "Conflict", code: "unit_not_available", detail: "busy" }));
    act("refused", "/api/v1/x", {});
    const action = await stateAt("refused");
    expect(action).toMatchObject({ state: "refused", again: null, problem: { code: "unit_not_available", status: 409 } });
  });

  it("without an answer is kept, and sent again under the same key", async () => {
    const sent = answering(broken, json(201, { ok: true }));
    const done = vi.fn();
    act("unsent", "/api/v1/x", { unit_id: "u1" }, done);
    const action = await stateAt("unsent");
    expect(action?.state).toBe("unsent");
    expect(done).not.toHaveBeenCalled();
    action?.again?.();
    await vi.waitUntil(() => actionAt("unsent")?.state === "committed");
    expect(sent[1]?.key).toBe(sent[0]?.key);
    expect(sent[0]?.key).toMatch(/^[0-9a-f]{32}$/);
    expect(done).toHaveBeenCalledWith({ ok: true });
  });
});
