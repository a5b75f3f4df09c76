import { computed, effect, signal } from "@preact/signals";
import { dayText } from "../i18n/measures";
import { getJson, Problem } from "../wire/http";
import type { DayLine, DayPage } from "../wire/day";
import type { IncidentState, Priority } from "../wire/types";
import { nowMs, serviceNowMs } from "./clock";
import { me, world } from "./world";

/**
 * The incidents of a day, open and ended, however many: read from the service page by page as far as they are looked at.
 *
 * A line is known by its rank, counted from the oldest, so that it keeps its place while new ones come.
 */

export interface Wanted {
  text: string;
  state: IncidentState | null;
  priority: Priority | null;
  isYesterday: boolean;
}

const PAGE = 100;
/** A pause in typing, and between two looks at what is new. */
const TYPED_MS = 150;
const RENEW_MS = 2_000;
const DAY_MS = 86_400_000;
/** The city keeps one time, without summer time. */
const CITY_OFFSET = "+08:00";

export const isDayOpen = signal(false);
export const wanted = signal<Wanted>({ text: "", state: null, priority: null, isYesterday: false });
/** null: nothing has come yet. */
export const total = signal<number | null>(null);
export const lines = signal<ReadonlyMap<number, DayLine>>(new Map());
export const dayProblem = signal<Problem | null>(null);

/** Answers to an earlier question than this are not wanted any more. */
let turn = 0;
let seen = { from: 0, to: 0 };
const underWay = new Set<number>();

export function openDay(text: string = ""): void {
  wanted.value = { ...wanted.peek(), text };
  isDayOpen.value = true;
}

/** The view shows the lines of these ranks: those that are not known are asked for. */
export function lookAt(from: number, to: number): void {
  seen = { from, to };
  for (let first = Math.floor(Math.max(0, from) / PAGE) * PAGE; first <= to; first += PAGE) {
    if (!underWay.has(first) && isAnyMissing(Math.max(from, first), Math.min(to, first + PAGE - 1))) void ask(first);
  }
}

function isAnyMissing(from: number, to: number): boolean {
  for (let rank = from; rank <= to; rank += 1) if (!lines.peek().has(rank)) return true;
  return false;
}

async function ask(first: number | null): Promise<void> {
  const asked = turn;
  if (first !== null) underWay.add(first);
  try {
    const page = await getJson<DayPage>(`/api/v1/day?${queryOf(wanted.peek(), first)}`);
    if (asked !== turn) return;
    const known = new Map(lines.peek());
    page.items.forEach((line, index) => known.set(page.first + index, line));
    lines.value = known;
    total.value = page.total;
    dayProblem.value = null;
  } catch (failure) {
    if (!(failure instanceof Problem)) throw failure;
    if (asked === turn) dayProblem.value = failure;
  } finally {
    if (first !== null && asked === turn) underWay.delete(first);
  }
}

function queryOf({ text, state, priority, isYesterday }: Wanted, first: number | null): string {
  const today = Date.parse(`${dayText(serviceNowMs())}T00:00:00${CITY_OFFSET}`);
  const begin = today - (isYesterday ? DAY_MS : 0);
  return new URLSearchParams({
    from_at: new Date(begin).toISOString(),
    ...(isYesterday ? { until_at: new Date(today).toISOString() } : {}),
    ...(text.trim() === "" ? {} : { q: text.trim() }),
    ...(state === null ? {} : { state }),
    ...(priority === null ? {} : { priority }),
    ...(first === null ? {} : { first: String(first) }),
    limit: String(PAGE),
  }).toString();
}

function startAnew(): void {
  turn += 1;
  underWay.clear();
  total.value = null;
  lines.value = new Map();
  void ask(null);
}

/** While something is looked for, a change anywhere can move every rank; else only new ones come, at the end. */
function renew(): void {
  const { text, state, priority } = wanted.peek();
  if (total.peek() === null) {
    startAnew();
    return;
  }
  if (text.trim() === "" && state === null && priority === null) {
    void ask(null);
    return;
  }
  turn += 1;
  underWay.clear();
  lines.value = new Map();
  lookAt(seen.from, seen.to);
}

/** Asks anew when something else is looked for, when the day turns, and, a while after, when incidents have changed. */
export function followDay(): () => void {
  let waiting: ReturnType<typeof setTimeout> | null = null;
  let renewing: ReturnType<typeof setTimeout> | null = null;
  const today = computed(() => dayText(nowMs.value));
  const asked = effect(() => {
    void wanted.value;
    void today.value;
    if (waiting !== null) clearTimeout(waiting);
    waiting = isDayOpen.value && me.value !== null ? setTimeout(startAnew, TYPED_MS) : null;
  });
  const changed = computed(() => world.value.incidents);
  const renewed = effect(() => {
    void changed.value;
    if (!isDayOpen.value || renewing !== null) return;
    renewing = setTimeout(() => {
      renewing = null;
      if (isDayOpen.peek()) renew();
    }, RENEW_MS);
  });
  return () => {
    asked();
    renewed();
    for (const timer of [waiting, renewing]) if (timer !== null) clearTimeout(timer);
  };
}
