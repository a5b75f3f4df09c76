import { useSignal } from "@preact/signals";
import { render } from "preact";
import { connect } from "./connection";
import "./crew.css";
import { assignment, breakDown, callForHelp, duty, incident, logOff, unit } from "./crew/duty";
import { keepOrder, keptRealm, restoreOrder } from "./crew/kept_order";
import { LogOn } from "./crew/log_on";
import { Order, Thumb } from "./crew/order";
import { keepSending, outbox, refused } from "./crew/outbox";
import { followLanguage, language, switchLanguage, t } from "./i18n";
import "./i18n/crew";
import { roughly } from "./i18n/measures";
import { problemText } from "./panes/marks";
import { paceText } from "./room/drill";
import { dataAgeS, isStale, phase } from "./room/link";
import { me, world } from "./room/world";
import { Gate } from "./sign_in/gate";
import { keepPage } from "./wire/keep_page";

/** How long a first press of the call for help waits for the second. */
const ARMED_MS = 5_000;

function Page() {
  return (
    <>
      <header class="bar">
        <h1>{unit.value?.call_sign ?? t("crew.title")}</h1>
        <span>{duty.value?.crew}</span>
        {duty.value === null ? null : <Distress />}
        <button type="button" id="language" lang={language.value === "zh" ? "en" : "zh-CN"} onClick={switchLanguage}>
          {t("top.language")}
        </button>
      </header>
      <Truth />
      <main>{duty.value === null ? <LogOn /> : incident.value === null || assignment.value === null ? <Waiting /> : <Order assignment={assignment.value} incident={incident.value} />}</main>
      {duty.value === null ? null : <Thumb />}
    </>
  );
}

/** Two presses within a few seconds, so that no pocket calls for help. */
function Distress() {
  const isArmed = useSignal(false);
  const press = (): void => {
    if (isArmed.value) callForHelp();
    isArmed.value = !isArmed.value;
    if (isArmed.value) setTimeout(() => (isArmed.value = false), ARMED_MS);
  };
  if (unit.value?.distress_at != null) return <strong class="called">{t("crew.distress.sent")}</strong>;
  return (
    <button type="button" id="distress" class={isArmed.value ? "armed" : ""} onClick={press}>
      {t(isArmed.value ? "crew.distress.sure" : "crew.distress")}
    </button>
  );
}

/** What is not sure: a drill, a lost link, what waits to be sent, and what was refused. */
function Truth() {
  const realm = me.value?.realm ?? keptRealm ?? "live";
  return (
    <div class="truth">
      {realm === "live" ? null : <p class="drill">{[t("crew.drill", { realm }), paceText()].filter(Boolean).join(" · ")}</p>}
      {me.value?.development ? <p class="development">{t("top.development", { user: me.value.user })}</p> : null}
      {isStale.value || phase.value === "refused" ? (
        <p class="stale" role="alert">
          {t("crew.stale", { age: roughly(dataAgeS.value ?? 0) })}
        </p>
      ) : null}
      {outbox.value.length === 0 ? null : (
        <p class="waiting" id="outbox" role="status">
          {t("crew.outbox", { n: outbox.value.length })} {outbox.value.map((one) => one.name).join(t("mark.comma"))}
        </p>
      )}
      {refused.value.map((one) => (
        <p key={one.report.key} class="refused" role="alert">
          {t("crew.refused", { what: one.report.name })} {problemText(one.problem)}{" "}
          <button type="button" onClick={() => (refused.value = refused.value.filter((other) => other !== one))}>
            {t("action.dismiss")}
          </button>
        </p>
      ))}
    </div>
  );
}

/** Nothing to do but to be ready; the vehicle's own troubles are told from here. */
function Waiting() {
  const what = useSignal("");
  const isKnown = duty.value !== null && world.value.units[duty.value.unitId] !== undefined;
  return (
    <section class="sheet">
      <h2>{t(isKnown ? (unit.value?.duty === "out_of_service" ? "crew.out" : "crew.ready") : "crew.loading")}</h2>
      <p class="muted">{unit.value?.duty_reason}</p>
      <form
        class="line"
        onSubmit={(event) => {
          event.preventDefault();
          breakDown(what.value.trim());
          what.value = "";
        }}
      >
        <input aria-label={t("crew.breakdown.what")} placeholder={t("crew.breakdown.what")} value={what.value} onInput={(event) => (what.value = event.currentTarget.value)} />
        <button type="submit" id="breakdown">
          {t("crew.breakdown")}
        </button>
      </form>
      <button type="button" id="log-off" onClick={logOff}>
        {t("crew.log_off")}
      </button>
    </section>
  );
}

followLanguage("crew.title");
restoreOrder();
keepOrder();
keepSending();
keepPage("crew").catch(() => undefined); // A full or forbidden cache only means that the page needs a network.
const root = document.getElementById("page");
if (root === null) throw new Error(t("crew.loading"));
render(
  <Gate isKept>
    <Page />
  </Gate>,
  root,
);
connect(() => {});
