import { signal } from "@preact/signals";
import { newKey, postJson, Problem } from "../wire/http";

/**
 * What a crew has reported and the service has not confirmed yet.
 *
 * Kept on the phone, sent in the order in which it was pressed, each under a key of its own, so that what was sent twice is done
 * once. Without a network it waits; what the service refuses is shown and does not hold up the rest.
 */
export interface Report {
  key: string;
  path: string;
  body: unknown;
  /** What it says, in the language in which it was pressed. */
  name: string;
}

export interface Refused {
  report: Report;
  problem: Problem;
}

const KEPT_UNDER = "dispatch.crew.outbox";
const RETRY_MS = 3_000;
/** Characters; a photograph has more, any other report fewer. */
const SMALL = 10_000;

export const outbox = signal<readonly Report[]>(kept());
export const refused = signal<readonly Refused[]>([]);
let isSending = false;

export function report(path: string, body: unknown, name: string): void {
  keep([...outbox.value, { key: newKey(), path, body, name }]);
  void sendAll();
}

/** Sends what is kept, the oldest first, until it is empty or the network is gone. */
export async function sendAll(): Promise<void> {
  if (isSending) return;
  isSending = true;
  try {
    for (let first = outbox.value[0]; first !== undefined; first = outbox.value[0]) {
      if (!(await send(first))) break;
      keep(outbox.value.slice(1));
    }
  } finally {
    isSending = false;
  }
}

/** True when the service has answered, whatever it said. */
async function send(one: Report): Promise<boolean> {
  try {
    await postJson(one.path, one.body, one.key);
  } catch (failure) {
    if (!(failure instanceof Problem)) throw failure;
    if (isPassing(failure)) return false;
    refused.value = [...refused.value, { report: one, problem: failure }];
  }
  return true;
}

/** A network that is gone, a service that is down and a session that has ended pass; a refusal stays a refusal. */
function isPassing({ status }: Problem): boolean {
  return status === null || status >= 500 || status === 429 || status === 401;
}

/** Tries again whenever the network comes back, and every few seconds; returns what stops it. */
export function keepSending(): () => void {
  const again = (): void => void sendAll();
  addEventListener("online", again);
  const timer = setInterval(again, RETRY_MS);
  again();
  return () => {
    removeEventListener("online", again);
    clearInterval(timer);
  };
}

function keep(reports: readonly Report[]): void {
  outbox.value = reports;
  // A phone that is full of photographs must not lose a step that was pressed.
  if (!store(reports)) store(reports.filter((one) => JSON.stringify(one.body).length < SMALL));
}

/** False where there is no room. Storage can be forbidden too; the reports then last as long as the page. */
function store(reports: readonly Report[]): boolean {
  try {
    localStorage.setItem(KEPT_UNDER, JSON.stringify(reports));
    return true;
  } catch {
    return false;
  }
}

function kept(): readonly Report[] {
  try {
    return JSON.parse(localStorage.getItem(KEPT_UNDER) ?? "[]") as Report[];
  } catch {
    return [];
  }
}
