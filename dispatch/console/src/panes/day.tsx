import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { t, tValue } from "../i18n";
import { shortTime, stopwatch } from "../i18n/measures";
import { dayProblem, isDayOpen, lines, lookAt, total, wanted, type Wanted } from "../room/day";
import { selectedIncidentId, selectIncident } from "../room/selection";
import { LEVEL } from "../room/status";
import { waitingIncidents, world } from "../room/world";
import type { DayLine } from "../wire/day";
import type { IncidentState, Priority } from "../wire/types";
import "./day.css";
import { useInSight } from "./in_sight";
import { Key, PaneHead, PriorityMark, problemText, SimulatedMark } from "./marks";

/** As in the style sheet: every row is as high as any other, so that only those in sight need to be there. */
const ROW_PX = 64;
/** Rows above and below what is seen, so that a turn of the wheel finds them painted. */
const BEYOND = 6;
const STATES: readonly IncidentState[] = ["open", "closed", "cancelled", "joined"];
const PRIORITIES: readonly Priority[] = ["red", "orange", "yellow", "green"];

/** What is in sight of the list, and the row at which the keys are; both counted from the newest, 0. */
const scrolled = signal({ top: 0, height: 0 });
const cursor = signal(0);

/** Every incident of a day, the newest first, in the place of the queue; found by what somebody remembers of it. */
export function Day() {
  return (
    <section class="pane queue day" aria-label={t("day.title")}>
      <PaneHead title={total.value === null ? t("day.title") : t("day.count", { n: total.value })}>
        {waitingIncidents.value.length === 0 ? null : (
          <span class="alarm">{t("day.waiting", { n: waitingIncidents.value.length })}</span>
        )}
        <button type="button" class="small" id="close-day" onClick={() => (isDayOpen.value = false)}>
          {t("day.back")} <Key>F2</Key>
        </button>
      </PaneHead>
      <Search />
      {dayProblem.value === null ? null : <p class="notice">{problemText(dayProblem.value)}</p>}
      <List />
    </section>
  );
}

function look(for_: Partial<Wanted>): void {
  wanted.value = { ...wanted.value, ...for_ };
  cursor.value = 0;
  document.getElementById("day")?.scrollTo({ top: 0 });
}

function Search() {
  const field = useRef<HTMLInputElement>(null);
  // In the turn of the key that opens it, so that no letter is lost.
  useLayoutEffect(() => field.current?.focus(), []);
  const { text, state, priority, isYesterday } = wanted.value;
  return (
    <div class="day-search">
      <input
        ref={field}
        id="day-text"
        type="search"
        aria-label={t("day.find")}
        placeholder={t("day.find")}
        title={t("day.find.hint")}
        value={text}
        onInput={(event) => look({ text: event.currentTarget.value })}
        onKeyDown={(event) => {
          if (event.isComposing || (event.code !== "ArrowDown" && event.code !== "Enter")) return;
          event.preventDefault();
          document.getElementById("day")?.focus();
        }}
      />
      <select
        id="day-which"
        aria-label={t("day.which")}
        value={isYesterday ? "yesterday" : "today"}
        onChange={(event) => look({ isYesterday: event.currentTarget.value === "yesterday" })}
      >
        <option value="today">{t("day.today")}</option>
        <option value="yesterday">{t("day.yesterday")}</option>
      </select>
      <select
        id="day-state"
        aria-label={t("day.any_state")}
        value={state ?? ""}
        onChange={(event) => look({ state: (event.currentTarget.value || null) as IncidentState | null })}
      >
        <option value="">{t("day.any_state")}</option>
        {STATES.map((one) => (
          <option key={one} value={one}>
            {t(`day.state.${one}`)}
          </option>
        ))}
      </select>
      <select
        id="day-priority"
        aria-label={t("day.any_priority")}
        value={priority ?? ""}
        onChange={(event) => look({ priority: (event.currentTarget.value || null) as Priority | null })}
      >
        <option value="">{t("day.any_priority")}</option>
        {PRIORITIES.map((one) => (
          <option key={one} value={one}>
            {t(`priority.${LEVEL[one]}`)}
          </option>
        ))}
      </select>
    </div>
  );
}

/** Only the rows in sight stand in the page, however long the day was. */
function List() {
  const box = useInSight((list) => (scrolled.value = { top: list.scrollTop, height: list.clientHeight }));
  const n = total.value ?? 0;
  const { top, height } = scrolled.value;
  const from = Math.max(0, Math.floor(top / ROW_PX) - BEYOND);
  const to = Math.min(n - 1, Math.ceil((top + height) / ROW_PX) + BEYOND);
  useEffect(() => {
    if (n > 0) lookAt(n - 1 - to, n - 1 - from);
  }, [n, from, to, lines.value]);
  const shown = Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
  const isAtShown = from <= cursor.value && cursor.value <= to;
  return (
    <div
      ref={box}
      class="rows"
      id="day"
      role="listbox"
      tabIndex={0}
      aria-label={t("day.title")}
      aria-activedescendant={isAtShown ? `day-${cursor.value}` : undefined}
      onKeyDown={(event) => press(event, n)}
    >
      {total.value === 0 ? <p class="empty">{t("day.none")}</p> : null}
      <div role="presentation" style={{ height: `${n * ROW_PX}px` }}>
        {shown.map((at) => (
          <Row key={at} at={at} n={n} line={lines.value.get(n - 1 - at)} />
        ))}
      </div>
    </div>
  );
}

function press(event: KeyboardEvent, n: number): void {
  const page = Math.max(1, Math.floor(scrolled.value.height / ROW_PX) - 1);
  const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -n, End: n }[event.code];
  const line = lines.value.get(n - 1 - cursor.value);
  if (steps !== undefined && n > 0) goTo(Math.min(n - 1, Math.max(0, cursor.value + steps)));
  else if ((event.code === "Enter" || event.code === "Space") && line !== undefined) selectIncident(line.incident_id);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/** Puts the keys at a row, and scrolls as little as brings it into sight. */
function goTo(at: number): void {
  cursor.value = at;
  const { top, height } = scrolled.value;
  const least = (at + 1) * ROW_PX - height;
  if (top > at * ROW_PX || top < least) document.getElementById("day")?.scrollTo({ top: top > at * ROW_PX ? at * ROW_PX : least });
}

/** A row whose line has not come yet keeps its place. */
function Row({ at, n, line }: { at: number; n: number; line: DayLine | undefined }) {
  const isSelected = line !== undefined && line.incident_id === selectedIncidentId.value;
  const classes = ["row", line && `p${LEVEL[now(line).priority]}`, isSelected && "selected", cursor.value === at && "at"];
  return (
    <div
      id={`day-${at}`}
      class={classes.filter(Boolean).join(" ")}
      style={{ top: `${at * ROW_PX}px` }}
      role="option"
      aria-selected={isSelected}
      aria-setsize={n}
      aria-posinset={at + 1}
      data-day={line?.number}
      onClick={() => {
        cursor.value = at;
        if (line !== undefined) selectIncident(line.incident_id);
      }}
    >
      {line === undefined ? <span class="muted">{t("app.loading")}</span> : <Line line={line} />}
    </div>
  );
}

/** What is still in the world may have changed since the line was read. */
function now(line: DayLine): Pick<DayLine, "state" | "priority" | "complaint"> {
  return world.value.incidents[line.incident_id] ?? line;
}

function Line({ line }: { line: DayLine }) {
  const { state, priority, complaint } = now(line);
  const signs = line.unit_ids.map((id) => world.value.units[id]?.call_sign ?? id).join(t("mark.comma"));
  const sceneS = line.on_scene_at === null ? null : (Date.parse(line.on_scene_at) - Date.parse(line.received_at)) / 1000;
  const course = [signs, sceneS === null ? "" : t("day.to_scene", { time: stopwatch(sceneS) })].filter(Boolean);
  return (
    <>
      <PriorityMark priority={priority} />
      <div class="what">
        <strong>{tValue("complaint", complaint)}</strong>
        <span class="where">{`#${line.number} · ${line.address_text ?? t("queue.no_address")}`}</span>
        <span class="where">{course.join(" · ") || (line.closing_reason ?? "")}</span>
      </div>
      <div class="when">
        <time>{shortTime(line.received_at)}</time>
        <span class={`state ${state}`}>{t(`day.state.${state}`)}</span>
        {line.is_simulated ? <SimulatedMark /> : null}
      </div>
    </>
  );
}
