import { effect, signal } from "@preact/signals";
import { postJson, Problem } from "../wire/http";
import type { PremisesWarning } from "../wire/premises";
import { act, dismiss } from "./actions";
import { nowMs } from "./clock";
import { draft, pointOf } from "./draft";

/** Warnings of premises: those where the call that is being taken comes from, and what a desk does with them. */

/** Typing is over when nothing has come for so long. */
const SETTLED_MS = 300;
const DAY_MS = 24 * 3600 * 1000;

export const warningsAtDraft = signal<readonly PremisesWarning[]>([]);

/** Asks anew whenever the place of the call that is being taken has changed. */
export function followDraftPremises(): () => void {
  let asked = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  return effect(() => {
    const point = pointOf(draft.value);
    const address = draft.value.address.trim();
    const body = { ...(point === null ? {} : { location: point }), ...(address === "" ? {} : { address_text: address }) };
    const wanted = JSON.stringify(body);
    if (wanted === asked) return;
    asked = wanted;
    clearTimeout(timer);
    if (wanted === "{}") warningsAtDraft.value = [];
    else timer = setTimeout(() => void ask(body, () => wanted === asked), SETTLED_MS);
  });
}

async function ask(body: object, isCurrent: () => boolean): Promise<void> {
  try {
    const { items } = await postJson<{ items: PremisesWarning[] }>("/api/v1/premises/at", body);
    if (isCurrent()) warningsAtDraft.value = items;
  } catch (failure) {
    // The call goes on without; with the incident the warnings come again.
    if (!(failure instanceof Problem)) throw failure;
  }
}

export function premisesPlace(id: string): string {
  return `premises ${id}`;
}

export interface Entered {
  kind: PremisesWarning["kind"];
  text: string;
  reason: string;
  days: number;
}

/** Warns of the place of an incident. */
export function warnOf(incidentId: string, { days, ...said }: Entered, done: () => void): void {
  const place = premisesPlace(incidentId);
  act(place, "/api/v1/premises", { ...said, incident_id: incidentId, expires_at: endIn(days) }, () => {
    dismiss(place);
    done();
  });
}

export function endWarning(warningId: string, reason: string, done: () => void = () => {}): void {
  act(premisesPlace(warningId), `/api/v1/premises/${warningId}/end`, { reason }, done);
}

export function holdWarning(warningId: string, reason: string, days: number, done: () => void): void {
  act(premisesPlace(warningId), `/api/v1/premises/${warningId}/review`, { reason, expires_at: endIn(days) }, done);
}

function endIn(days: number): string {
  return new Date(nowMs.peek() + days * DAY_MS).toISOString();
}
