import { useSignal } from "@preact/signals";
import { pick, t, tValue } from "../i18n";
import { clockTime, roughly, shortTime, sourceText } from "../i18n/measures";
import { isPending } from "../room/actions";
import {
  type Capacity,
  capacityPlace,
  casualtyPlan,
  casualtyProblem,
  followThePlan,
  isFollowed,
  isWaitingForCrew,
  numberOf,
  planPlace,
  reportCapacity,
  tagPatient,
} from "../room/casualties";
import { serviceNowMs } from "../room/clock";
import { me, world } from "../room/world";
import type { CasualtyPlan, Incident, Patient, PlannedHospital, PlannedPatient, Tag } from "../wire/types";
import { Outcome, problemText } from "./marks";

const TAGS: readonly Tag[] = ["red", "yellow", "green", "black"];
/** A group of patients longer than this is folded at first. */
const UNFOLDED = 12;

/** Who of many patients goes where with whom and when, by tag; who has to wait and why; what hospitals take. */
export function Casualties({ incident }: { incident: Incident }) {
  const plan = casualtyPlan.value;
  if (incident.casualty_plan == null) return null;
  if (plan === null || plan.incident_id !== incident.incident_id)
    return <p class="notice">{casualtyProblem.value ? problemText(casualtyProblem.value) : t("casualties.loading")}</p>;
  return (
    <section class="casualties" aria-label={t("casualties.title")} data-plan={plan.computed_at}>
      <h3 class="group">{t("casualties.title")}</h3>
      <Short plan={plan} />
      <div class="foot">
        <span class="muted">{t("casualties.at", { at: clockTime(plan.computed_at) })}</span>
        <button
          type="button"
          class="small primary"
          id="follow-plan"
          disabled={isPending(planPlace(incident.incident_id))}
          title={t("casualties.follow.hint")}
          onClick={() => followThePlan(incident.incident_id)}
        >
          {t("casualties.follow")}
        </button>
      </div>
      <Outcome place={planPlace(incident.incident_id)} />
      {[...TAGS, null].map((tag) => (
        <Group key={tag} tag={tag} incident={incident} plan={plan} />
      ))}
      <Hospitals plan={plan} />
      <footer class="provenance">
        {t("advice.source", { source: sourceText(plan.travel_time_source), grade: t(`grade.${plan.travel_time_grade}`) })}
      </footer>
    </section>
  );
}

/** Who cannot be placed, and what is short: never hidden. */
function Short({ plan }: { plan: CasualtyPlan }) {
  return (
    <>
      {plan.unplaced.map((each, index) => (
        <p key={index} class="notice alarm" data-unplaced={each.cause}>
          {pick(each.text, each.text_en)}
        </p>
      ))}
      {plan.unknown_needs.map((each) => (
        <p key={each.need} class="notice">
          {t("casualties.unknown", { n: each.n, need: pick(each.text, each.text_en) })}
        </p>
      ))}
    </>
  );
}

function Group({ tag, incident, plan }: { tag: Tag | null; incident: Incident; plan: CasualtyPlan }) {
  const patients = incident.patients.filter((patient) => (patient.triage_tag ?? null) === tag);
  if (patients.length === 0) return null;
  const ways = new Map(plan.patients.map((way) => [way.patient_id, way]));
  const at = (patient: Patient): string => ways.get(patient.patient_id)?.arrives_at ?? "~";
  return (
    <details class="triage" open={patients.length <= UNFOLDED} data-tag={tag ?? "none"}>
      <summary>
        <TagMark tag={tag} /> {t("casualties.n", { n: patients.length })}
      </summary>
      <ul>
        {[...patients]
          .sort((a, b) => at(a).localeCompare(at(b)))
          .map((patient) => (
            <Row key={patient.patient_id} patient={patient} way={ways.get(patient.patient_id)} incident={incident} />
          ))}
      </ul>
    </details>
  );
}

export function TagMark({ tag }: { tag: string | null }) {
  return <span class={`chip tag-${tag ?? "none"}`}>{t(`tag.${(tag ?? "none") as Tag | "none"}`)}</span>;
}

function Row({ patient, way, incident }: { patient: Patient; way: PlannedPatient | undefined; incident: Incident }) {
  const hospital = way === undefined ? undefined : world.value.hospitals[way.hospital_id];
  const isOpen = incident.state === "open" && isWaitingForCrew(patient);
  const number = numberOf(incident, patient.patient_id);
  return (
    <li data-patient={patient.patient_id}>
      <span>{t("casualties.patient", { n: number })}</span>
      <span class="way">
        {way === undefined ? (
          tValue("patient", patient.state)
        ) : (
          <>
            {way.call_sign} → {hospital ? pick(hospital.name_zh, hospital.name_en) : way.hospital_id}
            {isOpen && !way.bound && !isFollowed(patient, way) ? (
              <>
                {" "}
                <span class="chip">{t("casualties.open")}</span>
              </>
            ) : null}
            {way.trip > 0 ? <> · {t("casualties.trip", { n: way.trip + 1 })}</> : null}
          </>
        )}
        <small>{way === undefined ? "" : timesText(way, patient)}</small>
      </span>
      {isOpen ? (
        <select
          aria-label={t("casualties.tag", { n: number })}
          value={patient.triage_tag ?? ""}
          onChange={(event) => {
            const tag = event.currentTarget.value as Tag;
            tagPatient(incident.incident_id, patient.patient_id, tag, serviceNowMs(), me.value?.user ?? "console");
          }}
        >
          {patient.triage_tag == null ? <option value="">{t("tag.none")}</option> : null}
          {TAGS.map((tag) => (
            <option key={tag} value={tag}>
              {t(`tag.${tag}`)}
            </option>
          ))}
        </select>
      ) : null}
    </li>
  );
}

function timesText(way: PlannedPatient, patient: Patient): string {
  const state = isWaitingForCrew(patient) ? "" : tValue("patient", patient.state);
  if (way.received_at === null || state !== "") return [state, shortTime(way.arrives_at)].filter(Boolean).join(" ");
  return t("casualties.times", { leaves: shortTime(way.leaves_at), received: shortTime(way.received_at) });
}

/** What the plan reckons with; the hospital's own word replaces what was assumed. */
function Hospitals({ plan }: { plan: CasualtyPlan }) {
  const used = new Map<string, number>();
  for (const way of plan.patients) used.set(way.hospital_id, (used.get(way.hospital_id) ?? 0) + 1);
  return (
    <details class="triage" data-hospitals>
      <summary>
        {t("casualties.hospitals", { n: plan.hospitals.length })}{" "}
        <span class="muted">{t("casualties.assumed.n", { n: plan.hospitals.filter((each) => each.assumed).length })}</span>
      </summary>
      <ul>
        {plan.hospitals.map((hospital) => (
          <Receiving key={hospital.hospital_id} hospital={hospital} n={used.get(hospital.hospital_id) ?? 0} />
        ))}
      </ul>
    </details>
  );
}

function Receiving({ hospital, n }: { hospital: PlannedHospital; n: number }) {
  const isAsking = useSignal(false);
  const { red, yellow, green, interval_s: intervalS } = hospital;
  return (
    <li data-hospital={hospital.hospital_id}>
      <span class="way">
        {pick(hospital.name_zh ?? "", hospital.name_en ?? "") || hospital.hospital_id}
        <small>
          {t("casualties.takes", { red, yellow, green, every: roughly(intervalS), n })}{" "}
          {hospital.assumed ? <span class="chip grade-inferred">{t("casualties.assumed")}</span> : null}
        </small>
        {isAsking.value ? <CapacityForm hospital={hospital} onDone={() => (isAsking.value = false)} /> : null}
      </span>
      {isAsking.value ? null : (
        <button type="button" class="small quiet" onClick={() => (isAsking.value = true)}>
          {t("casualties.capacity")}
        </button>
      )}
    </li>
  );
}

function CapacityForm({ hospital, onDone }: { hospital: PlannedHospital; onDone: () => void }) {
  const { red, yellow, green, interval_s: intervalS } = hospital;
  const capacity = useSignal<Capacity>({ red, yellow, green, interval_s: intervalS });
  const field = (name: keyof Capacity, label: string, max: number, per = 1) => (
    <label>
      {label}
      <input
        type="number"
        min={name === "interval_s" ? 1 : 0}
        max={max}
        required
        value={Math.round(capacity.value[name] / per)}
        onInput={(event) => {
          const value = event.currentTarget.valueAsNumber;
          if (Number.isFinite(value)) capacity.value = { ...capacity.value, [name]: value * per };
        }}
      />
    </label>
  );
  return (
    <form
      class="capacity"
      onSubmit={(event) => {
        event.preventDefault();
        reportCapacity(hospital.hospital_id, capacity.value, me.value?.user ?? "console", onDone);
      }}
    >
      {field("red", t("tag.red"), 500)}
      {field("yellow", t("tag.yellow"), 500)}
      {field("green", t("tag.green"), 500)}
      {field("interval_s", t("casualties.every"), 120, 60)}
      <button type="submit" class="small primary" disabled={isPending(capacityPlace(hospital.hospital_id))}>
        {t("casualties.capacity.send")}
      </button>
      <button type="button" class="small quiet" onClick={onDone}>
        {t("end.abort")}
      </button>
      <Outcome place={capacityPlace(hospital.hospital_id)} isQuiet />
    </form>
  );
}
