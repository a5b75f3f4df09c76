import { signal } from "@preact/signals";
import { pick, t, tValue } from "../i18n";
import { roughly, shortTime, stopwatch } from "../i18n/measures";
import { Pictures } from "../panes/pictures";
import { act, type Incoming, nowMs, type Reception } from "./reception";

const STALE_FIX_S = 60;
/** The patient about whose turning away the form asks. */
const turning = signal<string | null>(null);
const reason = signal("");
const elsewhere = signal("");

/** Who is on the way, soonest first. */
export function Patients({ seen }: { seen: Reception }) {
  return (
    <section class="patients" aria-label={t("ward.incoming")}>
      <h2>
        {t("ward.incoming")} <span class="count">{seen.incoming.length}</span>
      </h2>
      {seen.incoming.length === 0 ? <p class="muted">{t("ward.nobody")}</p> : null}
      <ul>
        {seen.incoming.map((patient) => (
          <Patient key={patient.patient_id} patient={patient} seen={seen} />
        ))}
      </ul>
    </section>
  );
}

function Patient({ patient, seen }: { patient: Incoming; seen: Reception }) {
  const { prealert, patient_id: id } = patient;
  const isWaiting = prealert?.state === "sent" && prealert.hospital_id === seen.hospital.hospital_id;
  const isHere = patient.status === "at_hospital";
  return (
    <li class={`card ${isWaiting ? "waiting" : ""}`} data-patient={id}>
      <div class="head">
        <div>
          <strong>{tValue("complaint", patient.complaint)}</strong>
          <span class={`mark ${patient.priority}`}>{tValue("pathway", patient.pathway)}</span>
          {patient.is_simulated ? <span class="mark">{t("mark.simulated")}</span> : null}
          <p class="muted">
            {[age(patient), `${patient.unit.call_sign}`, tValue("status", patient.status)].filter(Boolean).join(" · ")}
          </p>
        </div>
        <Arrival patient={patient} />
      </div>
      <Since patient={patient} />
      {prealert?.text ? <p>{prealert.text}</p> : null}
      <Pictures incidentId={patient.incident_id} patientId={id} pictures={patient.pictures} />
      {Object.entries(patient.slots).map(([capability, state]) => (
        <p key={capability} class="slot">
          {tValue("capability", capability)} · {tValue("slot", state)}
          {state === "reserved" ? (
            <button type="button" onClick={() => void act("slots/confirm", { capability, patient_id: id })}>
              {t("ward.confirm")}
            </button>
          ) : null}
        </p>
      ))}
      {patient.turned_away ? <p class="away">{t("ward.turned_away")}</p> : null}
      {!isHere && !patient.turned_away ? (
        <div class="actions">
          {isWaiting ? (
            <button type="button" class="main" onClick={() => void act(`patients/${id}/acknowledge`, {})}>
              {t("ward.acknowledge")}
              {prealert.reminders > 0 ? ` · ${t("ward.reminded", { n: prealert.reminders })}` : ""}
            </button>
          ) : (
            <span class="muted">{prealert ? t("ward.acknowledged") : t("ward.no_alert")}</span>
          )}
          <button
            type="button"
            aria-expanded={turning.value === id}
            onClick={() => (turning.value = turning.value === id ? null : id)}
          >
            {t("ward.turn_away")}
          </button>
        </div>
      ) : null}
      {turning.value === id ? <TurnAway id={id} seen={seen} /> : null}
    </li>
  );
}

/** The countdown, or why there is none. */
function Arrival({ patient }: { patient: Incoming }) {
  if (patient.status === "at_hospital") return <p class="eta here">{t("ward.arrived")}</p>;
  if (patient.eta_at !== null) {
    const leftS = (Date.parse(patient.eta_at) - nowMs.value) / 1000;
    const isOld = (patient.fix_age_s ?? 0) > STALE_FIX_S;
    return (
      <p class="eta">
        <strong>{leftS > 0 ? stopwatch(leftS) : t("ward.now")}</strong>
        <small>
          {shortTime(patient.eta_at)} · {tValue("ward_grade", patient.travel_time_grade)}
          {isOld ? ` · ${t("ward.old_fix")}` : ""}
        </small>
      </p>
    );
  }
  return (
    <p class="eta none">
      <strong>{patient.status === "left_scene" ? t("ward.no_fix") : t("ward.not_left")}</strong>
      <small>{patient.drive_s === null ? "" : t("ward.drive", { time: roughly(patient.drive_s) })}</small>
    </p>
  );
}

function Since({ patient }: { patient: Incoming }) {
  const rows = [
    ["ward.onset", patient.onset_at],
    ["ward.last_known_well", patient.last_known_well_at],
  ] as const;
  const known = rows.filter(([, at]) => at != null);
  if (known.length === 0) return null;
  return (
    <p>
      {known.map(([key, at]) => `${t(key)} ${shortTime(at as string)}`).join(" · ")}
    </p>
  );
}

function TurnAway({ id, seen }: { id: string; seen: Reception }) {
  const others = seen.hospitals.filter((each) => each.hospital_id !== seen.hospital.hospital_id);
  return (
    <form
      class="turn"
      onSubmit={(event) => {
        event.preventDefault();
        const body = { reason: reason.value, ...(elsewhere.value ? { to_hospital_id: elsewhere.value } : {}) };
        void act(`patients/${id}/turn-away`, body).then((isDone) => {
          if (!isDone) return;
          turning.value = null;
          reason.value = elsewhere.value = "";
        });
      }}
    >
      <label>
        {t("ward.reason")}
        <input required maxLength={2000} value={reason.value} onInput={(e) => (reason.value = e.currentTarget.value)} />
      </label>
      <label>
        {t("ward.elsewhere")}
        <select value={elsewhere.value} onChange={(e) => (elsewhere.value = e.currentTarget.value)}>
          <option value="">{t("ward.by_control_room")}</option>
          {others.map((each) => (
            <option key={each.hospital_id} value={each.hospital_id}>
              {pick(each.name_zh, each.name_en)}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" class="danger">
        {t("ward.turn_away_send")}
      </button>
    </form>
  );
}

function age({ age_years: years, sex }: Incoming): string {
  const words = sex === "m" || sex === "f" ? tValue("ward_sex", sex) : "";
  return [words, years === null ? "" : t("ward.age", { n: years })].filter(Boolean).join(" ");
}
