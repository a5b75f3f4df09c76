import { pick, t, words } from "../i18n";
import { stopwatch } from "../i18n/measures";
import { goTo, isSeen, listed, REMIND_S, see, seenBy, unseen } from "../room/alarm_desk";
import { type Alarm, type Level, LEVELS } from "../room/alarms";
import { nowMs } from "../room/clock";
import { isAllowed, isAudible, isMuted, play } from "../room/sound";
import { world } from "../room/world";
import { PaneHead, PriorityMark } from "./marks";

/** What needs a person now. Nothing leaves the list before it is over; what was seen moves down and falls silent. */
export function Alarms() {
  return (
    <section class="pane alarms" aria-label={t("alarm.title")}>
      <PaneHead title={t("alarm.count", { n: listed.value.length, unseen: unseen.value.length })} shortcut="F9">
        <SoundSwitch />
      </PaneHead>
      {listed.value.length === 0 ? null : (
        <ol id="alarms" class="rows" onKeyDown={step}>
          {listed.value.map((alarm) => (
            <Row key={alarm.key} alarm={alarm} />
          ))}
        </ol>
      )}
    </section>
  );
}

function Row({ alarm }: { alarm: Alarm }) {
  const others = seenBy(alarm);
  const { key, level, incident, sinceAt } = alarm;
  return (
    <li class={`alarm-row l${level}${isSeen(alarm) ? " seen" : ""}`} data-alarm={key}>
      <button type="button" class="about" onClick={() => goTo(alarm)}>
        <LevelMark level={level} />
        {incident === undefined ? null : <PriorityMark priority={incident.priority} />}
        <span>{alarmText(alarm)}</span>
        {sinceAt === undefined ? null : <time>{stopwatch((nowMs.value - Date.parse(sinceAt)) / 1000)}</time>}
      </button>
      {isSeen(alarm) ? (
        <small>{t("alarm.seen")}</small>
      ) : (
        <button type="button" class="small" data-see title={t("alarm.see.hint")} onClick={() => see(alarm)}>
          {t("alarm.see")}
        </button>
      )}
      {others.length === 0 ? null : <small class="by">{t("alarm.seen_by", { who: others.join(t("mark.comma")) })}</small>}
    </li>
  );
}

/** One to three strokes: told without colour. */
function LevelMark({ level }: { level: Level }) {
  return (
    <b class="level" role="img" aria-label={t(`alarm.level.${level}`)}>
      {"!".repeat(4 - level)}
    </b>
  );
}

function alarmText({ kind, incident, unitId, hospitalId, code }: Alarm): string {
  const { units, hospitals } = world.value;
  const hospital = hospitals[hospitalId ?? ""];
  const of = {
    number: incident?.number ?? "",
    unit: units[unitId ?? ""]?.call_sign ?? unitId ?? "",
    hospital: hospital ? pick(hospital.name_zh, hospital.name_en) : (hospitalId ?? ""),
    n: incident?.escalation ?? 0,
  };
  if (kind === "degraded") return words("degraded", code ?? "") ?? code ?? "";
  return t(`alarm.${kind}`, of);
}

/** Whether alarms are heard, why not, and how they sound. */
function SoundSwitch() {
  const state = !isAllowed.value ? "waiting" : isMuted.value ? "muted" : "on";
  return (
    <details class="sounds" data-sound={state}>
      <summary class={isAudible.value ? "" : "alarm"}>{t(`alarm.sound.${state}`)}</summary>
      <div class="sounds-menu">
        <button type="button" class="small" id="mute" aria-pressed={isMuted.value} onClick={() => (isMuted.value = !isMuted.value)}>
          {t("alarm.mute")}
        </button>
        {LEVELS.map((level) => (
          <button key={level} type="button" class="small" data-hear={level} onClick={() => play(level)}>
            {t("alarm.hear")} {t(`alarm.level.${level}`)}
          </button>
        ))}
        <small>{t("alarm.sound.rule", { first: REMIND_S[1], second: REMIND_S[2] })}</small>
        <small>{t("alarm.see.hint")}</small>
      </div>
    </details>
  );
}

const ROW = "#alarms .about";

/** The arrows go through the list, and not through the queue behind it. */
function step(event: KeyboardEvent): void {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.code];
  if (by === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  const rows = [...document.querySelectorAll<HTMLElement>(ROW)];
  rows[rows.indexOf(document.activeElement as HTMLElement) + by]?.focus();
}

/** For views that have no other keys; returns what stops it. */
export function listenToAlarmKey(): () => void {
  const listen = (event: KeyboardEvent): void => {
    if (event.code !== "F9" || event.repeat) return;
    event.preventDefault();
    nextAlarm();
  };
  document.addEventListener("keydown", listen);
  return () => document.removeEventListener("keydown", listen);
}

/** From anywhere: to the first alarm. On an alarm: it was seen, and on to the next. */
export function nextAlarm(): void {
  const row = document.activeElement?.closest<HTMLElement>("[data-alarm]");
  const at = unseen.value.find(({ key }) => key === row?.dataset.alarm);
  if (at !== undefined) see(at);
  const next = unseen.value.find(({ key }) => key !== at?.key) ?? listed.value[0];
  if (next !== undefined) document.querySelector<HTMLElement>(`[data-alarm="${CSS.escape(next.key)}"] .about`)?.focus();
}
