import { signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { t, tValue, words } from "../i18n";
import "../i18n/trainer";
import { clockTime, dateText, stopwatch } from "../i18n/measures";
import { Outcome } from "../panes/marks";
import { DegradedBanner, DrillBanner, StaleBanner, TopBar } from "../panes/top_bar";
import { act, isPending } from "../room/actions";
import { nowMs } from "../room/clock";
import { paceText } from "../room/drill";
import { seq } from "../room/world";
import { getJson, Problem } from "../wire/http";
import type { Injection, LedDrill } from "../wire/drill";
import { Inject } from "./trainer_injections";
import { Report } from "./trainer_report";
import "./trainer.css";

const LOOK_AGAIN_MS = 1_000;
const SPEEDS = [1, 2, 5, 10, 30, 60];
const CLOCK_PLACE = "drill-clock";

/** The drill as last heard; `undefined` before the first answer, null where none is led. */
const drill = signal<LedDrill | null | undefined>(undefined);

/** Where a trainer leads a drill: its time, what is put into it, and what came of it. */
export function Trainer() {
  useEffect(() => {
    void look();
    const timer = setInterval(() => void look(), LOOK_AGAIN_MS);
    document.addEventListener("keydown", pressed);
    return () => {
      clearInterval(timer);
      document.removeEventListener("keydown", pressed);
    };
  }, []);
  return (
    <>
      <TopBar />
      <DrillBanner />
      <StaleBanner />
      <DegradedBanner />
      <main class="trainer" data-seq={seq.value ?? ""}>
        <h1>{t("trainer.title")}</h1>
        {drill.value === null ? <p role="alert">{t("trainer.none")}</p> : null}
        {drill.value ? <Desk drill={drill.value} /> : null}
      </main>
    </>
  );
}

function Desk({ drill: led }: { drill: LedDrill }) {
  const isOver = led.phase === "ended" || led.phase === "broken";
  return (
    <>
      <Clock drill={led} isOver={isOver} />
      {isOver ? <Report isThere={led.has_report} /> : <Inject hasRoads={led.has_roads} done={() => void look()} />}
      <Timeline injections={led.injections} />
    </>
  );
}

async function look(): Promise<void> {
  try {
    drill.value = await getJson<LedDrill>("/api/v1/drill");
  } catch (failure) {
    if (!(failure instanceof Problem)) throw failure;
    if (failure.code === "no_drill") drill.value = null;
  }
}

/** Asks the service to do something with time; the answer is how the drill then goes. */
function ask(what: string, body: unknown = {}): void {
  act<LedDrill>(CLOCK_PLACE, `/api/v1/drill/${what}`, body, (answer) => (drill.value = answer));
}

function toggle(): void {
  const led = drill.value;
  if (led) ask(led.phase === "running" || led.phase === "stepping" ? "pause" : "run");
}

/** The keys of the page; not while somebody types, nor on a button that takes the key itself. */
function pressed(event: KeyboardEvent): void {
  const isTaken = event.target instanceof HTMLElement && event.target.closest("input, select, textarea, button, a, summary") !== null;
  if (isTaken || event.ctrlKey || event.metaKey || event.altKey || !drill.value) return;
  const speed = SPEEDS[Number(event.key) - 1];
  if (event.key === " ") toggle();
  else if (event.key === ".") ask("step", { to: "event" });
  else if (event.key.toLowerCase() === "m") ask("step", { to: "minute" });
  else if (speed !== undefined) ask("speed", { speed });
  else return;
  event.preventDefault();
}

function Clock({ drill: led, isOver }: { drill: LedDrill; isOver: boolean }) {
  const isMoving = led.phase === "running" || led.phase === "stepping";
  const isBusy = isOver || isPending(CLOCK_PLACE);
  return (
    <section class="trainer-clock" aria-label={t("trainer.time")}>
      <p class="now">
        <small>{dateText(nowMs.value)}</small> <time id="drill-at">{clockTime(nowMs.value)}</time>{" "}
        <strong id="drill-phase" data-phase={led.phase} role="status">
          {paceText()}
        </strong>
      </p>
      <p class="muted">
        {t("trainer.elapsed")} <b>{stopwatch((nowMs.value - Date.parse(led.started_at)) / 1000)}</b> · {t("trainer.calls_to_come")}{" "}
        <b>{led.calls_to_come}</b>
      </p>
      <div class="buttons">
        <button type="button" id="drill-toggle" class="primary" disabled={isBusy} onClick={toggle}>
          {isMoving ? t("trainer.pause") : t(led.phase === "ready" ? "trainer.go" : "trainer.go_on")} <kbd>␣</kbd>
        </button>
        <button type="button" id="step-event" disabled={isBusy || isMoving} onClick={() => ask("step", { to: "event" })}>
          {t("trainer.step.event")} <kbd>.</kbd>
        </button>
        <button type="button" id="step-minute" disabled={isBusy || isMoving} onClick={() => ask("step", { to: "minute" })}>
          {t("trainer.step.minute")} <kbd>M</kbd>
        </button>
      </div>
      <div class="buttons" role="group" aria-label={t("trainer.speed")}>
        {SPEEDS.map((speed, n) => (
          <button
            key={speed}
            type="button"
            data-speed={speed}
            aria-pressed={led.speed === speed}
            disabled={isBusy}
            onClick={() => ask("speed", { speed })}
          >
            {t("trainer.times", { n: speed })} <kbd>{n + 1}</kbd>
          </button>
        ))}
      </div>
      <Outcome place={CLOCK_PLACE} isQuiet />
      <p class="muted">{t("trainer.keys")}</p>
      {isOver ? null : <End isBusy={isBusy} />}
    </section>
  );
}

/** Asked twice: an ended drill does not go on. */
function End({ isBusy }: { isBusy: boolean }) {
  const isAsking = useSignal(false);
  if (!isAsking.value)
    return (
      <button type="button" id="drill-end" class="small" disabled={isBusy} onClick={() => (isAsking.value = true)}>
        {t("trainer.end")}
      </button>
    );
  return (
    <p role="alert">
      {t("trainer.end.ask")}{" "}
      <button type="button" id="drill-end-sure" class="small primary" disabled={isBusy} onClick={() => ask("end")}>
        {t("trainer.end.sure")}
      </button>{" "}
      <button type="button" class="small quiet" onClick={() => (isAsking.value = false)}>
        {t("trainer.end.not")}
      </button>
    </p>
  );
}

function Timeline({ injections }: { injections: readonly Injection[] }) {
  return (
    <section class="trainer-timeline">
      <h2>{t("trainer.timeline")}</h2>
      {injections.length === 0 ? <p class="muted">{t("trainer.timeline.none")}</p> : null}
      {injections.length === 0 ? null : (
        <table>
          <thead>
            <tr>
              <Heading>{t("trainer.at")}</Heading>
              <Heading>{t("trainer.what")}</Heading>
              <Heading>{t("trainer.came_of_it")}</Heading>
            </tr>
          </thead>
          <tbody>
            {[...injections].reverse().map((one) => (
              <tr key={one.number} data-injection={one.number} data-kind={one.kind}>
                <td>{clockTime(one.due_at)}</td>
                <td>
                  <b>{t(`trainer.kind.${one.kind}`)}</b> {subjectOf(one)}
                </td>
                <td>{cameOf(one)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Heading({ children }: { children: ComponentChildren }) {
  return <th scope="col">{children}</th>;
}

/** A call's subject begins with the code of its complaint. */
function subjectOf(one: Injection): string {
  if (one.kind !== "call") return one.subject;
  const [complaint = "", ...place] = one.subject.split(" ");
  return [tValue("complaint", complaint), ...place].join(" ");
}

function cameOf(one: Injection): string {
  const toCome = one.n_commands - one.n_done - one.n_refused;
  return [
    toCome > 0 ? t("trainer.due", { n: toCome }) : "",
    one.n_done > 0 ? t("trainer.done", { n: one.n_done }) : "",
    one.n_refused > 0 ? t("trainer.refused", { n: one.n_refused, code: words("refusal", one.refused ?? "") ?? one.refused ?? "" }) : "",
  ]
    .filter(Boolean)
    .join(" · ");
}
