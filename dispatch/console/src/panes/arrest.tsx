import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { pick, t, tValue } from "../i18n";
import { clockTime, roughly, stopwatch } from "../i18n/measures";
import { act } from "../room/actions";
import { nowMs } from "../room/clock";
import type { ArrestDevice, ArrestPlan, ComingDevice, PassedOver } from "../wire/arrest";
import { getJson, Problem } from "../wire/http";
import type { Incident } from "../wire/types";
import { Outcome, problemText, SimulatedMark } from "./marks";

/** Crews and volunteers move: the plan is asked for so often even when nothing has happened. */
const AGAIN_EVERY_MS = 10_000;

/** Who brings the first shock when, what they have answered, and why others were not asked. */
export function Arrest({ incident }: { incident: Incident }) {
  const plan = useSignal<ArrestPlan | null>(null);
  const problem = useSignal<Problem | null>(null);
  const isArrest = incident.pathway === "ohca" && incident.state === "open";
  const path = `/api/v1/incidents/${incident.incident_id}/arrest-plan`;
  useEffect(() => {
    if (!isArrest) return;
    let isCurrent = true;
    getJson<ArrestPlan>(path).then(
      (answer) => {
        if (!isCurrent) return;
        plan.value = answer;
        problem.value = null;
      },
      (failure: unknown) => {
        if (!(failure instanceof Problem)) throw failure;
        if (isCurrent) problem.value = failure;
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [isArrest, path, incident.version, Math.floor(nowMs.value / AGAIN_EVERY_MS)]);
  if (!isArrest) return null;
  if (problem.value !== null) return <p class="notice">{problemText(problem.value)}</p>;
  if (plan.value === null) return null;
  return (
    <section class="arrest" aria-label={t("arrest.title")}>
      <h3 class="group">
        {t("arrest.title")} <small class="chip">{t("arrest.modelled")}</small>
      </h3>
      <Headline plan={plan.value} />
      <ul>
        {rows(plan.value).map((row) => (row === "crew" ? <Crew key="crew" plan={plan.value!} /> : <Row key={keyOf(row)} row={row} incident={incident} />))}
      </ul>
      <Outcome place={placeOf(incident)} isQuiet />
      <Passed plan={plan.value} />
    </section>
  );
}

function placeOf(incident: Incident): string {
  return `arrest:${incident.incident_id}`;
}

function Headline({ plan }: { plan: ArrestPlan }) {
  if (plan.is_served) return <p class="headline good">{t("arrest.served")}</p>;
  const at = Date.parse(plan.at) + plan.expected_s * 1000;
  return (
    <p class="headline">
      <strong>{t("arrest.expected", { in: stopwatch(plan.expected_s), at: clockTime(at) })}</strong>{" "}
      <span class="muted">{t("arrest.alone", { in: stopwatch(plan.alone_s) })}</span>
      {plan.is_proved ? null : <span class="notice"> {t("arrest.unproved")}</span>}
    </p>
  );
}

/** Everybody who comes, the crew among them, in order of time. */
function rows(plan: ArrestPlan): (ComingDevice | "crew")[] {
  const crewS = plan.crew?.shock_s ?? Number.POSITIVE_INFINITY;
  const sooner = plan.bringers.filter((row) => row.shock_s <= crewS);
  return [...sooner, "crew", ...plan.bringers.slice(sooner.length)];
}

function keyOf(row: ComingDevice): string {
  return `${row.bringer} ${row.unit_id} ${row.device?.aed_id}`;
}

function Crew({ plan }: { plan: ArrestPlan }) {
  return (
    <li>
      <time>{plan.crew === null ? "--:--" : stopwatch(plan.crew.shock_s)}</time>
      <span class="who">{plan.crew === null ? t("arrest.no_crew") : t("arrest.crew", { name: plan.crew.call_sign })}</span>
      {plan.crew === null ? null : <small class="muted">{t("arrest.certain")}</small>}
    </li>
  );
}

function Row({ row, incident }: { row: ComingDevice; incident: Incident }) {
  const status = row.status ?? "advice";
  const leftS = row.answer_by === null ? null : (Date.parse(row.answer_by) - nowMs.value) / 1000;
  return (
    <li data-bringer={row.bringer} data-status={status}>
      <time>{stopwatch(row.shock_s)}</time>
      <span class="who">
        {t(`arrest.who.${row.bringer}`, { name: row.name ?? "" })} {row.is_simulated ? <SimulatedMark /> : null}
        <small class="muted">{row.device === null ? ownDevice(row) : deviceText(row.device)}</small>
      </span>
      <small class="muted">
        {t("arrest.chance", { p: Math.round(row.p * 100) })} · {t("arrest.gain", { by: roughly(row.gain_s) })}
      </small>
      <span class={`chip run-${status}`}>
        {tValue("run_status", status)}
        {leftS === null ? null : ` · ${t("arrest.answer", { left: stopwatch(leftS) })}`}
      </span>
      <Steps row={row} incident={incident} />
    </li>
  );
}

function ownDevice(row: ComingDevice): string {
  return row.bringer === "responder" ? t("arrest.own_device") : "";
}

function deviceText(device: ArrestDevice): string {
  const place = pick(device.location_zh ?? "", device.location_en ?? "");
  const name = pick(device.name_zh, device.name_en ?? "");
  return [t("arrest.device", { name }), place, device.contact ?? ""].filter(Boolean).join(" · ");
}

/** What the call taker has said and heard is written down here; a unit answers its page itself. */
function Steps({ row, incident }: { row: ComingDevice; incident: Incident }) {
  const place = placeOf(incident);
  const { bringer, run_id: runId, status, device } = row;
  const step = (to: string): void => act(place, `/api/v1/aed-runs/${runId}/status`, { status: to });
  if (runId === null)
    return bringer === "bystander" || bringer === "owner" ? (
      <button
        type="button"
        class="small quiet"
        onClick={() => act(place, `/api/v1/incidents/${incident.incident_id}/aed-runs`, { bringer, aed_id: device?.aed_id })}
      >
        {t(`arrest.tell.${bringer}`)}
      </button>
    ) : null;
  if (status === "at_patient") return null;
  const isByVoice = bringer === "bystander" || bringer === "owner";
  const next = status === "has_device" ? "at_patient" : "has_device";
  return (
    <span class="steps">
      {isByVoice ? (
        <button type="button" class="small quiet" onClick={() => step(next)}>
          {t(`arrest.next.${next}`)}
        </button>
      ) : null}
      <button type="button" class="small quiet" onClick={() => step(isByVoice ? "declined" : "stood_down")}>
        {t(isByVoice ? "arrest.give_up" : "arrest.stand_down")}
      </button>
    </span>
  );
}

/** Folded: by reason, and how many of each. */
function Passed({ plan }: { plan: ArrestPlan }) {
  const reasons = new Map<string, PassedOver[]>();
  for (const passed of plan.passed_over) reasons.set(passed.code, [...(reasons.get(passed.code) ?? []), passed]);
  if (reasons.size === 0) return null;
  return (
    <details>
      <summary>
        {t("arrest.passed")} <small class="muted">{t("arrest.passed.count", { n: plan.passed_over.length })}</small>
      </summary>
      <ul class="passed">
        {[...reasons.values()].map((all) => (
          <li key={all[0]!.code} data-code={all[0]!.code}>
            <span>{pick(all[0]!.text, all[0]!.text_en)}</span>{" "}
            <small class="muted">{[...new Set(all.map(passedName))].join(t("mark.comma"))}</small>
          </li>
        ))}
      </ul>
    </details>
  );
}

function passedName(passed: PassedOver): string {
  if (passed.bringer === null) return t("arrest.device", { name: passed.aed_id ?? "" });
  if (passed.bringer === "responder") return `${t("arrest.who.responder")} ${passed.unit_id?.slice(-4) ?? ""}`;
  return t(`arrest.who.${passed.bringer}`, { name: passed.name ?? "" });
}
