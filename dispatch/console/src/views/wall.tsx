import { t, tValue } from "../i18n";
import { clockTime, dateText, stopwatch } from "../i18n/measures";
import { PriorityMark, SimulatedMark, UnitMark } from "../panes/marks";
import { DegradedBanner, DistressBanner, DrillBanner, Honesty, StaleBanner } from "../panes/top_bar";
import { MapPane } from "../map/map_pane";
import { nowMs } from "../room/clock";
import { LOOKS, lookOf } from "../room/status";
import { freeUnits, openIncidents, units, waitingIncidents } from "../room/world";

/** Rows that can be read from across the room. */
const SHOWN = 12;

/** What the whole room reads from afar: how many wait and how long, what is free, and the map. Nobody's name and number. */
export function Wall() {
  const waiting = waitingIncidents.value;
  const longestS = Math.max(0, ...waiting.map((one) => (nowMs.value - Date.parse(one.received_at)) / 1000));
  return (
    <>
      <DistressBanner />
      <DrillBanner />
      <StaleBanner />
      <DegradedBanner />
      <main class="wall">
        <header>
          <h1>{t("wall.title")}</h1>
          <Honesty />
          <time>
            {dateText(nowMs.value)} <strong>{clockTime(nowMs.value)}</strong>
          </time>
        </header>
        <dl class="figures">
          <Figure name={t("top.open")} value={openIncidents.value.length} />
          <Figure name={t("top.waiting")} value={waiting.length} isAlarming={waiting.length > 0} />
          <Figure name={t("wall.longest")} value={waiting.length > 0 ? stopwatch(longestS) : "—"} isAlarming={longestS > 60} />
          <Figure name={t("top.free")} value={`${freeUnits.value} / ${units.value.length}`} />
        </dl>
        <ol class="wall-rows">
          {[...waiting, ...openIncidents.value.filter((one) => !waiting.includes(one))].slice(0, SHOWN).map((one) => (
            <li key={one.incident_id}>
              <PriorityMark priority={one.priority} /> <b>#{one.number}</b>
              <span>
                {tValue("complaint", one.complaint)} {one.is_simulated ? <SimulatedMark /> : null}
              </span>
              <time>{stopwatch((nowMs.value - Date.parse(one.received_at)) / 1000)}</time>
              <span>
                {one.assignments.map((each) => (
                  <UnitMark key={each.assignment_id} look={lookOf(each.status)} />
                ))}
              </span>
            </li>
          ))}
        </ol>
        <MapPane />
        <ul class="wall-looks">
          {LOOKS.map((look) => (
            <li key={look} class={`look-${look}`}>
              <UnitMark look={look} /> {t(`look.${look}`)} <b>{units.value.filter((one) => lookOf(one.status) === look).length}</b>
            </li>
          ))}
        </ul>
      </main>
    </>
  );
}

export function Figure({ name, value, isAlarming = false }: { name: string; value: string | number; isAlarming?: boolean }) {
  return (
    <div class={isAlarming ? "figure alerting" : "figure"}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
