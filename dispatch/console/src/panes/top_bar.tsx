import { language, pick, switchLanguage, t, words } from "../i18n";
import { clockTime, dateText } from "../i18n/measures";
import { act, isPending } from "../room/actions";
import { nowMs } from "../room/clock";
import { degraded } from "../room/degraded";
import { drillPace, paceText } from "../room/drill";
import { closeCode, dataAgeS, isStale, phase, roundTripMs } from "../room/link";
import { followedUnitId } from "../room/map_wishes";
import { SIGN_OUT_PLACE, signOut } from "../room/session";
import { orderInForce } from "../room/supervision";
import { switchTheme, theme } from "../room/theme";
import { pendingTransfers, showTransfers } from "../room/transfers";
import { advised, showAdvised } from "../room/waiting";
import { drillFloor, freeUnits, me, openIncidents, units, waitingIncidents } from "../room/world";
import type { DrillFloor } from "../wire/drill";
import { Key, Outcome } from "./marks";
import { ReasonForm } from "./reason_form";

const DEMO_RATES = [0, 6, 20, 60, 120];

export function TopBar() {
  return (
    <header class="top">
      <h1>
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M6 1h4v5h5v4h-5v5H6v-5H1V6h5z" />
        </svg>
        {t("app.name")}
      </h1>
      <Counts />
      <Honesty />
      <DemoCallers />
      <LinkState />
      <Clock />
      <div class="switches">
        <button type="button" class="quiet" title={t("top.theme.hint")} onClick={switchTheme}>
          {t(theme.value === "dark" ? "top.theme.light" : "top.theme.dark")}
        </button>
        <button
          type="button"
          class="quiet"
          id="language"
          title={t("top.language.hint")}
          lang={language.value === "zh" ? "en" : "zh-CN"}
          onClick={switchLanguage}
        >
          {t("top.language")}
        </button>
        <SignOut />
      </div>
    </header>
  );
}

/** Who is here, and the way out; in development nobody has signed in. */
function SignOut() {
  if (me.value === null || me.value.development) return null;
  return (
    <>
      <button
        type="button"
        class="quiet"
        id="sign-out"
        title={t("top.sign_out.hint")}
        disabled={isPending(SIGN_OUT_PLACE)}
        onClick={signOut}
      >
        {t("top.sign_out", { user: me.value.user })}
      </button>
      <Outcome place={SIGN_OUT_PLACE} isQuiet />
    </>
  );
}

function Counts() {
  const waiting = waitingIncidents.value.length;
  return (
    <dl class="counts">
      <div>
        <dt>{t("top.open")}</dt>
        <dd id="count-open">{openIncidents.value.length}</dd>
      </div>
      <div class={waiting > 0 ? "alerting" : ""}>
        <dt>{t("top.waiting")}</dt>
        <dd id="count-waiting">{waiting}</dd>
      </div>
      <div>
        <dt>{t("top.free")}</dt>
        <dd>
          <span id="count-free">{freeUnits.value}</span>
          <small>/{units.value.length}</small>
        </dd>
      </div>
      <Asking id="count-transfers" name={t("ward.transfers")} n={pendingTransfers.value.length} hint={t("top.transfers.hint")} shortcut="T" show={showTransfers} />
      <Asking id="count-advised" name={t("waiting.count")} n={advised.value.length} hint={t("waiting.hint")} shortcut="M" show={showAdvised} />
    </dl>
  );
}

interface AskingProps {
  id: string;
  name: string;
  n: number;
  hint: string;
  shortcut: string;
  show: () => void;
}

/** How many things ask for somebody, and the way to them; nothing while none does. */
function Asking({ id, name, n, hint, shortcut, show }: AskingProps) {
  if (n === 0) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <button type="button" class="small" id={id} title={hint} onClick={show}>
          {n} <Key>{shortcut}</Key>
        </button>
      </dd>
    </div>
  );
}

/** What nobody may overlook: who acts without signing in, and that the fleet is not a real one. */
export function Honesty() {
  const user = me.value?.user ?? "";
  return (
    <div class="honesty">
      {me.value?.development ? (
        <span class="chip development" title={t("top.development.hint", { user })}>
          {t("top.development", { user })}
        </span>
      ) : null}
      {units.value.some((unit) => unit.record_class === "simulated") ? (
        <span class="chip simulated" title={t("top.simulated.hint")}>
          {t("top.simulated")}
        </span>
      ) : null}
      {orderInForce.value === null ? null : (
        <a class="chip room-rules" href="/?view=overview" target="_blank" title={t("top.room_rules.hint")}>
          {t("top.room_rules")}
        </a>
      )}
    </div>
  );
}

function DemoCallers() {
  const floor = drillFloor.value;
  if (floor === null || !floor.actors) return null;
  const rates = [...new Set([...DEMO_RATES, floor.demo_calls_per_hour])].sort((a, b) => a - b);
  const set = (event: Event): void => {
    const demo_calls_per_hour = Number((event.currentTarget as HTMLSelectElement).value);
    act<DrillFloor>("demo", "/api/v1/drill-floor", { demo_calls_per_hour }, (answer) => {
      drillFloor.value = answer;
    });
  };
  return (
    <label class={floor.demo_calls_per_hour > 0 ? "demo running" : "demo"} title={t("top.demo.hint")}>
      {t("top.demo")}
      <select id="demo-rate" value={String(floor.demo_calls_per_hour)} disabled={isPending("demo")} onChange={set}>
        {rates.map((rate) => (
          <option key={rate} value={String(rate)}>
            {rate === 0 ? t("top.demo.off") : t("top.demo.rate", { n: rate })}
          </option>
        ))}
      </select>
      <Outcome place="demo" isQuiet />
    </label>
  );
}

function LinkState() {
  const state = isStale.value && phase.value === "live" ? "down" : phase.value;
  return (
    <div class={`link ${state}`} id="link" data-phase={state} role="status">
      <span class="dot" aria-hidden="true" />
      {t(`link.${state}`)}
      {state === "live" && roundTripMs.value !== null ? (
        <small>{t("link.round_trip", { n: Math.max(1, Math.round(roundTripMs.value)) })}</small>
      ) : null}
    </div>
  );
}

function Clock() {
  return (
    <time class="clock">
      <small>{dateText(nowMs.value)}</small>
      {clockTime(nowMs.value)}
    </time>
  );
}

/** A crew in danger stands above everything, on every desk, until somebody has heard that it is safe. */
export function DistressBanner() {
  const inDanger = units.value.filter((unit) => unit.distress_at != null);
  return (
    <>
      {inDanger.map((unit) => (
        <div key={unit.unit_id} class="banner distress" role="alert" data-distress={unit.unit_id}>
          {t("distress.banner", { unit: unit.call_sign, at: clockTime(unit.distress_at ?? "") })}{" "}
          <button type="button" class="small" onClick={() => (followedUnitId.value = unit.unit_id)}>
            {t("distress.look")}
          </button>
          <ReasonForm
            ask={t("distress.end.ask")}
            initial=""
            confirm={t("distress.end")}
            hasFocus={false}
            onReason={(reason) => act(`distress ${unit.unit_id}`, `/api/v1/units/${unit.unit_id}/distress/end`, { reason })}
          />
          <Outcome place={`distress ${unit.unit_id}`} isQuiet />
        </div>
      ))}
    </>
  );
}

/** Nobody may take a drill for the live city, or the live city for a drill. */
export function DrillBanner() {
  const realm = me.value?.realm ?? "live";
  if (realm === "live") return null;
  return (
    <div class="banner drill" id="drill" role="status" data-phase={drillPace.value?.phase}>
      {t("drill.banner", { realm })}
      {drillPace.value === null ? null : <strong class="pace"> · {paceText()}</strong>}
    </div>
  );
}

/** Says that the screen is no longer the truth, and for how long already. */
export function StaleBanner() {
  if (phase.value === "refused")
    return (
      <div class="banner" id="stale" role="alert">
        {t("link.refused.long", { code: closeCode.value ?? "" })}
      </div>
    );
  if (!isStale.value) return null;
  return (
    <div class="banner" id="stale" role="alert">
      {t("link.stale", { n: dataAgeS.value ?? 0 })}
    </div>
  );
}

/** Says what the service itself does worse than it should, for as long as it does. */
export function DegradedBanner() {
  if (degraded.value.length === 0) return null;
  return (
    <div class="banner degraded" id="degraded" role="status">
      {degraded.value.map(({ code, text_zh, text_en }) => (
        <p key={code} data-code={code}>
          {words("degraded", code) ?? code} <small>{pick(text_zh, text_en)}</small>
        </p>
      ))}
    </div>
  );
}
