import { signal } from "@preact/signals";
import { newKey, NOT_SIGNED_IN, postJson, Problem } from "../wire/http";

/**
 * What a person asked the service to do, until it is known what came of it.
 *
 * pending: sent, no answer yet. committed: the service has it in the journal. refused: it has not, and says why.
 * unsent: no answer came; it may or may not have happened, and sending again under the same key is safe.
 */
export interface Action {
  readonly place: string;
  readonly state: "pending" | "committed" | "refused" | "unsent";
  readonly problem: Problem | null;
  readonly again: (() => void) | null;
}

/** By place: the part of the screen from which an action was started, and beside which its outcome is told. */
export const actions = signal<Readonly<Record<string, Action>>>({});

export function actionAt(place: string): Action | null {
  return actions.value[place] ?? null;
}

export function isPending(place: string): boolean {
  return actionAt(place)?.state === "pending";
}

export function dismiss(place: string): void {
  const { [place]: _, ...rest } = actions.value;
  actions.value = rest;
}

/**
 * Posts `body` to `path` for the control at `place`, and hands the answer to `done`, also when it took a resend.
 *
 * A second press while the first is pending does nothing, so that no one dispatches twice with one nervous finger.
 */
export function act<T>(place: string, path: string, body: unknown, done: (answer: T) => void = () => {}): void {
  if (!isPending(place)) void send<T>(place, path, body, newKey(), done);
}

async function send<T>(
  place: string,
  path: string,
  body: unknown,
  key: string,
  done: (answer: T) => void,
): Promise<void> {
  put({ place, state: "pending", problem: null, again: null });
  try {
    const answer = await postJson<T>(path, body, key);
    put({ place, state: "committed", problem: null, again: null });
    done(answer);
  } catch (failure) {
    if (!(failure instanceof Problem)) throw failure;
    const isUnsent = failure.code === "network";
    // Whoever has signed in again sends it under the same key; the service has not looked at it yet.
    const again = isUnsent || failure.code === NOT_SIGNED_IN ? () => void send<T>(place, path, body, key, done) : null;
    put({ place, state: isUnsent ? "unsent" : "refused", problem: failure, again });
  }
}

function put(action: Action): void {
  actions.value = { ...actions.value, [action.place]: action };
}
