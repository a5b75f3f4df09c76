import { signal } from "@preact/signals";

/** Something that was done and can be taken back by another command; nothing is ever erased from the journal. */
export interface Undoable {
  /** What it was, in the language of the screen. */
  name: () => string;
  undo: () => void;
}

/** A longer memory would take back what nobody remembers. */
const KEPT = 10;

/** The newest last. */
export const undoable = signal<readonly Undoable[]>([]);

export function remember(one: Undoable): void {
  undoable.value = [...undoable.value, one].slice(-KEPT);
}

export function undoLast(): void {
  const last = undoable.value.at(-1);
  if (last === undefined) return;
  undoable.value = undoable.value.slice(0, -1);
  last.undo();
}
