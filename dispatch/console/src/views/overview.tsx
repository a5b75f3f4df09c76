import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t, tValue } from "../i18n";
import { clockTime, shortTime, stopwatch } from "../i18n/measures";
import { Alarms, listenToAlarmKey } from "../panes/alarms";
import { PriorityMark } from "../panes/marks";
import { DegradedBanner, DistressBanner, DrillBanner, StaleBanner, TopBar } from "../panes/top_bar";
import { followAlarms } from "../room/alarm_desk";
import { nowMs } from "../room/clock";
import { desks, followDesks } from "../room/desks";
import { selectedIncidentId } from "../room/selection";
import { awaitPress } from "../room/sound";
import { LEVEL } from "../room/status";
import { trafficInForce } from "../room/traffic";
import { freeUnits, me, openIncidents, units, waitingIncidents, world } from "../room/world";
import type { Incident, Priority } from "../wire/types";
import { AedDataPane, mayExchangeAeds } from "./aed_data";
import { PremisesReview } from "./premises_review";
import { Desks, QueueAges, Shift } from "./shift";
import { Figure } from "./wall";

const PRIORITIES: readonly Priority[] = ["red", "orange", "yellow", "green"];

/** What was said at the hand-over of the shift; kept in this browser only, and printed with the page. */
const handover = signal("");

/** The supervisor's look at the room, and the sheet from which a shift is handed over; printed, it is one page. */
export function Overview() {
  useEffect(followDesks, []);
  useEffect(followAlarms, []);
  useEffect(listenToAlarmKey, []);
  useEffect(awaitPress, []);
  return (
    <>
      <TopBar />
      <DistressBanner />
      <DrillBanner />
      <StaleBanner />
      <DegradedBanner />
      <main class="overview">
        <Figures />
        <Alarms />
        <section>
          <h2>{t("shift.ages")}</h2>
          <QueueAges />
        </section>
        <section>
          <h2>{t("shift.desks")}</h2>
          <Desks />
        </section>
        <section class="wide">
          <h2>{t("overview.needs")}</h2>
          <Incidents list={openIncidents.value.filter(needsSupervisor)} empty={t("overview.needs.none")} />
        </section>
        <section class="wide">
          <h2>{t("overview.open")}</h2>
          <Incidents list={openIncidents.value} empty={t("queue.empty")} />
        </section>
        <Shift />
        <section>
          <h2>{t("overview.overrides")}</h2>
          <Overrides />
        </section>
        <section>
          <h2>{t("overview.out")}</h2>
          <OutOfService />
        </section>
        <section>
          <h2>{t("traffic.title")}</h2>
          <ul>
            {trafficInForce.value.map((one) => (
              <li key={one.traffic_id}>
                {one.closed ? t("traffic.closed") : t("traffic.slow", { n: Math.round((one.speed_factor ?? 1) * 100) })} ·{" "}
                {one.source} · {shortTime(one.expires_at)}
              </li>
            ))}
          </ul>
          {trafficInForce.value.length === 0 ? <p class="muted">{t("traffic.none")}</p> : null}
        </section>
        {mayWarn() ? (
          <section class="wide">
            <h2>{t("premises.title")}</h2>
            <PremisesReview />
          </section>
        ) : null}
        {mayExchangeAeds() ? (
          <section class="wide">
            <h2>{t("aed_data.title")}</h2>
            <AedDataPane />
          </section>
        ) : null}
        <section class="handover wide">
          <h2>{t("overview.handover")}</h2>
          <textarea
            aria-label={t("overview.handover")}
            placeholder={t("overview.handover.hint")}
            value={handover.value}
            onInput={(event) => (handover.value = event.currentTarget.value)}
          />
          <p>
            {t("overview.at", { at: clockTime(nowMs.value) })}{" "}
            <button type="button" class="small" onClick={() => print()}>
              {t("overview.print")}
            </button>
          </p>
        </section>
      </main>
    </>
  );
}

/** An auditor reads of warnings in the journal, not here. */
function mayWarn(): boolean {
  return me.value?.roles.some((role) => role === "dispatcher" || role === "supervisor") ?? false;
}

function needsSupervisor(incident: Incident): boolean {
  return incident.escalation > 0 || incident.held != null;
}

function Figures() {
  const waiting = waitingIncidents.value;
  return (
    <dl class="figures">
      <Figure name={t("top.open")} value={openIncidents.value.length} />
      <Figure name={t("top.waiting")} value={waiting.length} isAlarming={waiting.length > 0} />
      {PRIORITIES.map((priority) => (
        <Figure
          key={priority}
          name={t(`priority.${LEVEL[priority]}`)}
          value={openIncidents.value.filter((one) => one.priority === priority).length}
        />
      ))}
      <Figure name={t("top.free")} value={`${freeUnits.value} / ${units.value.length}`} />
    </dl>
  );
}

function Incidents({ list, empty }: { list: readonly Incident[]; empty: string }) {
  if (list.length === 0) return <p class="muted">{empty}</p>;
  return (
    <table>
      <thead>
        <tr>
          {(["incident", "age", "place", "units", "desk"] as const).map((name) => (
            <th key={name}>{t(`overview.column.${name}`)}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {list.map((one) => (
          <tr
            key={one.incident_id}
            data-incident={one.incident_id}
            class={one.incident_id === selectedIncidentId.value ? "selected" : ""}
          >
            <td>
              <PriorityMark priority={one.priority} /> #{one.number} {tValue("complaint", one.complaint)}
            </td>
            <td>
              {stopwatch((nowMs.value - Date.parse(one.received_at)) / 1000)}
              {one.escalation > 0 ? <span class="alarm"> {t("queue.escalation", { n: one.escalation })}</span> : null}
              {one.held ? ` ${t("queue.held", { age: stopwatch((nowMs.value - Date.parse(one.held.since_at)) / 1000) })}` : ""}
            </td>
            <td>{one.address_text ?? t("queue.no_address")}</td>
            <td>{unitsOf(one) || t("queue.unassigned")}</td>
            <td>{desksAt(one)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function unitsOf(incident: Incident): string {
  return incident.assignments
    .filter((one) => !["declined", "available", "cancelled"].includes(one.status))
    .map((one) => `${world.value.units[one.unit_id]?.call_sign ?? one.unit_id} ${t(`status.${one.status}`)}`)
    .join(t("mark.comma"));
}

function desksAt(incident: Incident): string {
  return desks.value
    .filter((desk) => desk.incident_id === incident.incident_id)
    .map((desk) => `${desk.user} ${desk.desk_id.slice(0, 4)}`)
    .join(t("mark.comma"));
}

/** Assignments that somebody chose against the recommendation, with the reason that was given. */
function Overrides() {
  const chosen = Object.values(world.value.assignments).filter((one) => one.override_reason != null);
  if (chosen.length === 0) return <p class="muted">{t("overview.overrides.none")}</p>;
  return (
    <ul>
      {chosen.map((one) => (
        <li key={one.assignment_id} data-override={one.assignment_id}>
          #{world.value.incidents[one.incident_id]?.number} {world.value.units[one.unit_id]?.call_sign}{" "}
          {t(`status.${one.status}`)} · {one.override_reason}
        </li>
      ))}
    </ul>
  );
}

function OutOfService() {
  const out = units.value.filter((unit) => unit.duty === "out_of_service");
  if (out.length === 0) return <p class="muted">{t("overview.out.none")}</p>;
  return (
    <ul>
      {out.map((unit) => (
        <li key={unit.unit_id}>
          {unit.call_sign} {unit.duty_reason}
        </li>
      ))}
    </ul>
  );
}
