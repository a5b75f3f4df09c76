import { computed, signal } from "@preact/signals";
import type { Degradation } from "../wire/types";
import { world } from "./world";

/** What the service does worse than it should, from whoever said so: the journal, the heartbeat of this second, its own readiness. */

interface Readiness {
  code?: string;
  degraded?: readonly Degradation[];
}

const beaten = signal<readonly string[]>([]);
const ready = signal<readonly string[]>([]);

export const degraded = computed<Degradation[]>(() => {
  const written = world.value.service?.degraded ?? [];
  const known = new Map(written.map((one) => [one.code, one]));
  for (const code of [...beaten.value, ...ready.value])
    if (!known.has(code)) known.set(code, { code, text_zh: "", text_en: "" });
  return [...known.values()];
});

export function hearBeaten(codes: readonly string[]): void {
  keep(beaten, codes);
}

/** Takes the answer of `/readyz`, a refusal too: who takes no commands says so with its code. */
export function hearReadiness({ code, degraded: amiss = [] }: Readiness): void {
  keep(ready, [...(code === undefined ? [] : [code]), ...amiss.map((one) => one.code)]);
}

/** A word that is heard every second repaints nothing while it stays the same. */
function keep(where: typeof beaten, codes: readonly string[]): void {
  if (codes.join(" ") !== where.peek().join(" ")) where.value = codes;
}
