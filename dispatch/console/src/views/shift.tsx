import { useEffect } from "preact/hooks";
import { pick, t, tValue } from "../i18n";
import { stopwatch } from "../i18n/measures";
import { PriorityMark, problemText } from "../panes/marks";
import { nowMs } from "../room/clock";
import { type Desk, desks } from "../room/desks";
import { LEVEL } from "../room/status";
import {
  cityOf,
  followSupervision,
  type Kept,
  LIVE_INTERVALS,
  type Policy,
  type Supervision,
  supervision,
  supervisionProblem,
} from "../room/supervision";
import { isWaiting, openIncidents, world } from "../room/world";
import type { Incident, Priority } from "../wire/types";
import { RoomRulesPane } from "./room_rules";

/** How the shift stands as a whole: who is at what, how old the queue is, how times are kept, and by which settings. */

const PRIORITIES: readonly Priority[] = ["red", "orange", "yellow", "green"];

/** What the queue looks like by urgency: how many wait, and since when the longest. */
export function QueueAges() {
  return (
    <table id="queue-ages">
      <thead>
        <tr>
          {(["priority", "open", "waiting", "longest", "held", "escalated"] as const).map((name) => (
            <th key={name} scope="col">
              {t(`shift.column.${name}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {PRIORITIES.map((priority) => {
          const open = openIncidents.value.filter((one) => one.priority === priority);
          const waiting = open.filter(isWaiting);
          const count = (is: (one: Incident) => boolean): number | string => open.filter(is).length || "";
          return (
            <tr key={priority} data-priority={priority}>
              <th scope="row">
                <PriorityMark priority={priority} /> {t(`priority.${LEVEL[priority]}`)}
              </th>
              <td>{open.length}</td>
              <td>{waiting.length}</td>
              <td>{waiting.length > 0 ? stopwatch(Math.max(...waiting.map(ageS))) : ""}</td>
              <td>{count((one) => one.held != null)}</td>
              <td>{count((one) => one.escalation > 0)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function ageS(incident: Incident): number {
  return (nowMs.value - Date.parse(incident.received_at)) / 1000;
}

/** Every desk, and the incident that it is at. */
export function Desks() {
  if (desks.value.length === 0) return <p class="muted">{t("shift.desks.none")}</p>;
  return (
    <ul id="desks">
      {desks.value.map((desk) => (
        <li key={desk.desk_id}>
          <b>{desk.user}</b> <span class="code">{desk.desk_id.slice(0, 4)}</span> {doing(desk)}
        </li>
      ))}
    </ul>
  );
}

function doing({ incident_id: incidentId, is_writing: isWriting }: Desk): string {
  const incident = world.value.incidents[incidentId ?? ""];
  if (incident === undefined) return t("shift.desk.idle");
  const what = `#${incident.number} ${tValue("complaint", incident.complaint)}`;
  return t(isWriting ? "shift.desk.writing" : "shift.desk.looking", { what });
}

/** Times against targets by district, and the settings in force. */
export function Shift() {
  useEffect(followSupervision, []);
  const said = supervision.value;
  if (said === null)
    return (
      <section class="wide">
        <h2>{t("shift.intervals")}</h2>
        <p class="muted">{supervisionProblem.value ? problemText(supervisionProblem.value) : t("app.loading")}</p>
      </section>
    );
  return (
    <>
      <section class="wide">
        <h2>{t("shift.intervals")}</h2>
        <Intervals said={said} />
      </section>
      <section>
        <h2>{t("shift.policy")}</h2>
        <Settings policy={said.policy} />
      </section>
    </>
  );
}

function Intervals({ said }: { said: Supervision }) {
  const { targets, districts } = said;
  const scene = PRIORITIES.map((priority) => `${tValue("priority.name", priority)} ${minutes(targets.scene_s[priority])}`);
  return (
    <>
      <table id="intervals">
        <thead>
          <tr>
            <th scope="col">{t("shift.district")}</th>
            <th scope="col">{t("shift.commit", { target: minutes(targets.commit_s) })}</th>
            <th scope="col">{t("shift.turnout", { target: minutes(targets.turnout_s) })}</th>
            <th scope="col">{t("shift.scene")}</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">{t("map.whole_city")}</th>
            {LIVE_INTERVALS.map((interval) => (
              <Cell key={interval} kept={cityOf(districts, interval)} />
            ))}
          </tr>
          {districts.map((one) => (
            <tr key={one.adcode ?? ""} data-district={one.adcode ?? ""}>
              <th scope="row">{one.name_zh === null ? t("shift.outside") : pick(one.name_zh, one.name_en ?? "")}</th>
              {LIVE_INTERVALS.map((interval) => (
                <Cell key={interval} kept={one[interval]} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="muted">
        {t("shift.intervals.note", { n: said.n_incidents, simulated: said.n_simulated, scene: scene.join(t("mark.comma")) })}
      </p>
    </>
  );
}

/** "3 of 4, one late already, in the middle 02:10"; counts, for shares of so few would say more than is known. */
function Cell({ kept: { n, n_met: nMet, n_late_running: nLate, median_s: medianS } }: { kept: Kept }) {
  if (n === 0) return <td class="muted">—</td>;
  return (
    <td>
      <b class={nMet < n ? "missed" : ""}>{t("shift.kept", { met: nMet, n })}</b>
      {nLate > 0 ? <span class="alarm"> {t("shift.late", { n: nLate })}</span> : null}
      {medianS === null ? null : <small> {t("shift.median", { time: stopwatch(medianS) })}</small>}
    </td>
  );
}

function minutes(seconds: number): string {
  return t("time.minute", { n: Math.round(seconds / 60) });
}

/** What the service does by itself, and on whose order. */
function Settings({ policy }: { policy: Policy }) {
  const names = (of: readonly Priority[]): string =>
    of.length === 0 ? t("shift.none") : of.map((one) => tValue("priority.name", one)).join(t("mark.comma"));
  const { divert } = policy;
  const effort = policy.relocation_effort === null ? "" : ` · ${t(`shift.effort.${policy.relocation_effort}`)}`;
  const rows = [
    ["policy", `${policy.policy} (${policy.version})`],
    ["auto_assign", names(policy.auto_assign)],
    ["relocation", t(`shift.relocation.${policy.relocation}`) + effort],
    ["divert", divert.is_on ? t("shift.divert.on", { n: divert.max_per_incident, gain: Math.round(divert.gain_s) }) : t("shift.divert.off")],
    ["forbidden", names(divert.forbidden)],
    ["reoffer", t("time.second", { n: policy.reoffer_after_s })],
    ["escalate", policy.escalate_after_s.map((s) => t("time.second", { n: s })).join(t("mark.comma"))],
    ["reminder", t("time.second", { n: policy.hold_reminder_every_s })],
  ] as const;
  return (
    <>
      <dl id="policy" class="settings">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{t(`shift.setting.${name}`)}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <RoomRulesPane policy={policy} />
    </>
  );
}
