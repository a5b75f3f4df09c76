import { useSignal } from "@preact/signals";
import { pick, t, tValue } from "../i18n";
import { roughly, shortTime, stopwatch } from "../i18n/measures";
import { isPending } from "../room/actions";
import { changeDestination, statusPlace } from "../room/assign";
import { numberOf } from "../room/casualties";
import { nowMs } from "../room/clock";
import { acknowledgeFor, sendWord, turnAwayFor, wordPlace } from "../room/reception";
import { world } from "../room/world";
import type { Prealert } from "../wire/reception";
import type { Incident, Patient } from "../wire/types";
import { actorText } from "./actor";
import { Outcome } from "./marks";
import { Notices } from "./notices";
import { Pictures } from "./pictures";
import { HealthRecord } from "./record";
import { ReasonForm } from "./reason_form";
import "./reception.css";

/** Patients of whom a hospital can still be told. */
const UNDER_WAY: ReadonlySet<string> = new Set(["waiting", "attended", "in_transport"]);

/** What ambulance, room and hospital have agreed on for each patient: told, heard, kept, refused; and the record that was asked for. */
export function Reception({ incident }: { incident: Incident }) {
  const concerned = incident.patients.filter(hasWord);
  if (concerned.length === 0) return null;
  return (
    <section class="reception" aria-label={t("reception.title")} id="reception" tabIndex={-1}>
      <h3 class="group">{t("reception.title")}</h3>
      {concerned.map((patient) => (
        <Agreed key={patient.patient_id} incident={incident} patient={patient} />
      ))}
    </section>
  );
}

function hasWord(patient: Patient): boolean {
  return patient.hospital_id != null || patient.prealert != null || (patient.turned_away ?? []).length > 0 || (patient.pictures ?? []).length > 0;
}

export function hospitalName(hospitalId: string): string {
  const hospital = world.value.hospitals[hospitalId];
  return hospital === undefined ? hospitalId : pick(hospital.name_zh, hospital.name_en);
}

function Agreed({ incident, patient }: { incident: Incident; patient: Patient }) {
  const { patient_id: id, hospital_id: hospitalId } = patient;
  const isUnderWay = incident.state === "open" && UNDER_WAY.has(patient.state);
  const word = patient.prealert != null && patient.prealert.hospital_id === hospitalId ? patient.prealert : null;
  return (
    <article class="card" data-reception={id}>
      <header>
        <h4>{hospitalId == null ? t("reception.nowhere") : hospitalName(hospitalId)}</h4>
        {incident.patients.length > 1 ? <small>{t("casualties.patient", { n: numberOf(incident, id) })}</small> : null}
        <WordMark word={word} />
      </header>
      <WordLine word={word} />
      {word?.text ? <p>{word.text}</p> : null}
      <Pictures incidentId={incident.incident_id} patientId={id} pictures={patient.pictures ?? []} />
      <Kept patientId={id} />
      {(patient.turned_away ?? []).map((refusal) => (
        <p key={`${refusal.hospital_id} ${refusal.at}`} class="refusal">
          {t("reception.refused", { at: shortTime(refusal.at), hospital: hospitalName(refusal.hospital_id), reason: refusal.reason })}
          {refusal.to_hospital_id == null ? "" : ` · ${t("reception.instead", { hospital: hospitalName(refusal.to_hospital_id) })}`}
        </p>
      ))}
      {isUnderWay ? <Redirect incident={incident} patient={patient} /> : null}
      {isUnderWay && hospitalId != null ? <Tell patientId={id} hospitalId={hospitalId} word={word} /> : null}
      <Notices incident={incident} patient={patient} />
      <HealthRecord incident={incident} patientId={id} />
    </article>
  );
}

/** Words and a shape of their own for each state: it can be told without colour. */
function WordMark({ word }: { word: Prealert | null }) {
  const state = word === null ? "none" : word.state;
  return (
    <span class={`word ${state}`} data-word={state}>
      {t(`reception.word.${state}`)}
    </span>
  );
}

/** Since when it waits, how often it was repeated; or who answered, and how long that took. */
function WordLine({ word }: { word: Prealert | null }) {
  if (word === null) return null;
  const tookS = (word.answered_at == null ? nowMs.value : Date.parse(word.answered_at)) - Date.parse(word.sent_at);
  const parts = [
    t("reception.sent", { at: shortTime(word.sent_at) }),
    word.answered_at == null
      ? t("reception.waits", { time: stopwatch(tookS / 1000) })
      : t("reception.answered", { time: roughly(tookS / 1000), who: actorText(word.answered_by ?? "") }),
    word.reminders > 0 ? t("reception.reminded", { n: word.reminders }) : "",
  ];
  return <p class="muted">{parts.filter(Boolean).join(" · ")}</p>;
}

/** The places that are kept for the patient anywhere. */
function Kept({ patientId }: { patientId: string }) {
  const kept = Object.values(world.value.hospitals).flatMap(({ hospital_id: hospitalId, capabilities }) =>
    Object.entries(capabilities).flatMap(([capability, { slots }]) =>
      (slots ?? []).filter((slot) => slot.patient_id === patientId).map((slot) => ({ hospitalId, capability, state: slot.state })),
    ),
  );
  if (kept.length === 0) return null;
  return (
    <p>
      {kept
        .map(({ hospitalId, capability, state }) => `${hospitalName(hospitalId)} ${tValue("capability", capability)} ${tValue("slot", state)}`)
        .join(" · ")}
    </p>
  );
}

/** A patient whose hospital does not take him: one press to the one that is recommended now, one to the one that it named. */
function Redirect({ incident, patient }: { incident: Incident; patient: Patient }) {
  const { hospital_id: hospitalId, assignment_id: assignmentId } = patient;
  const refusals = patient.turned_away ?? [];
  const refusal = refusals.find((each) => each.hospital_id === hospitalId);
  if (refusal === undefined || assignmentId == null) return null;
  const away = new Set(refusals.map((each) => each.hospital_id));
  const offered = [incident.recommendation?.hospital_id, refusal.to_hospital_id].filter((id) => id != null && !away.has(id));
  return (
    <div class="next">
      {[...new Set(offered)].map((id, at) => (
        <button
          key={id}
          type="button"
          class={at === 0 ? "small primary" : "small"}
          data-redirect={id}
          disabled={isPending(statusPlace(assignmentId))}
          onClick={() => changeDestination(assignmentId, id ?? "", refusal.reason)}
        >
          {t("reception.redirect", { hospital: hospitalName(id ?? "") })}
        </button>
      ))}
    </div>
  );
}

type Asking = "none" | "word" | "refusal";

function Tell({ patientId, hospitalId, word }: { patientId: string; hospitalId: string; word: Prealert | null }) {
  const asking = useSignal<Asking>("none");
  const place = wordPlace(patientId);
  const isBusy = isPending(place);
  const leave = (): void => {
    asking.value = "none";
  };
  return (
    <>
      <div class="next">
        {word?.state === "sent" ? (
          <button type="button" class="small" data-tell="acknowledge" disabled={isBusy} onClick={() => acknowledgeFor(hospitalId, patientId)}>
            {t("reception.heard_by_phone")}
          </button>
        ) : null}
        <button type="button" class="small quiet" data-tell="word" aria-expanded={asking.value === "word"} onClick={() => (asking.value = "word")}>
          {t(word === null ? "reception.send" : "reception.send_again")}
        </button>
        <button
          type="button"
          class="small quiet"
          data-tell="refusal"
          aria-expanded={asking.value === "refusal"}
          onClick={() => (asking.value = "refusal")}
        >
          {t("reception.refused_by_phone")}
        </button>
      </div>
      {asking.value === "word" ? (
        <Words onSend={(text) => sendWord(patientId, text, leave)} onLeave={leave} />
      ) : asking.value === "refusal" ? (
        <Refusal hospitalId={hospitalId} onSend={(reason, to) => turnAwayFor(hospitalId, patientId, reason, to, leave)} onLeave={leave} />
      ) : null}
      <Outcome place={place} isQuiet />
    </>
  );
}

/** Word ahead may go without any words: who comes and why is sent with it. */
function Words({ onSend, onLeave }: { onSend: (text: string) => void; onLeave: () => void }) {
  const text = useSignal("");
  return (
    <form
      class="reason-form"
      onSubmit={(event) => {
        event.preventDefault();
        onSend(text.value.trim());
      }}
    >
      <label>
        {t("reception.words")}
        <input
          ref={focusOnce}
          maxLength={2000}
          value={text.value}
          onInput={(event) => (text.value = event.currentTarget.value)}
        />
      </label>
      <div class="buttons">
        <button type="submit" class="small primary">
          {t("reception.send")}
        </button>
        <button type="button" class="small quiet" onClick={onLeave}>
          {t("end.abort")}
        </button>
      </div>
    </form>
  );
}

interface RefusalProps {
  hospitalId: string;
  onSend: (reason: string, toHospitalId: string) => void;
  onLeave: () => void;
}

function Refusal({ hospitalId, onSend, onLeave }: RefusalProps) {
  const to = useSignal("");
  const others = Object.values(world.value.hospitals).filter((each) => each.hospital_id !== hospitalId);
  return (
    <>
      <ReasonForm
        ask={t("reception.refusal.ask")}
        initial=""
        confirm={t("reception.refusal.send")}
        onReason={(reason) => onSend(reason, to.value)}
        onLeave={onLeave}
      />
      <label class="field">
        {t("reception.refusal.instead")}
        <select value={to.value} onChange={(event) => (to.value = event.currentTarget.value)}>
          <option value="">{t("reception.refusal.by_us")}</option>
          {others.map((each) => (
            <option key={each.hospital_id} value={each.hospital_id}>
              {pick(each.name_zh, each.name_en)}
            </option>
          ))}
        </select>
      </label>
    </>
  );
}

function focusOnce(input: HTMLInputElement | null): void {
  input?.focus();
}
