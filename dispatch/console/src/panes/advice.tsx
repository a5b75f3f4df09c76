import { pick, t, tValue } from "../i18n";
import { clockTime, distance, roughly, shortTime, sourceText, stopwatch } from "../i18n/measures";
import { isPending } from "../room/actions";
import { advice, adviceProblem, ranked } from "../room/advice";
import { accept, assignPlace, hasJustChanged, hospitalFor, stopAsking } from "../room/assign";
import { askingRank } from "../room/selection";
import { world } from "../room/world";
import type { Candidate, Incident, Reason, Recommendation } from "../wire/types";
import { HospitalAdvice } from "./hospital_advice";
import { GradeMark, Key, Outcome, problemText } from "./marks";
import { ReasonForm } from "./reason_form";
import { Handovers } from "./treatment_ways";
import { Why } from "./why";

/** Keys 1 to 3 take a unit; more candidates than that are noise under pressure. */
const SHOWN = 3;

/** What the service recommends for an incident, why, and what else could be done. */
export function Advice({ incident }: { incident: Incident }) {
  const shown = advice.value;
  if (shown === null || shown.incident_id !== incident.incident_id)
    return (
      <p class="notice" aria-busy={adviceProblem.value === null}>
        {adviceProblem.value ? `${t("advice.failed")}: ${problemText(adviceProblem.value)}` : t("advice.loading")}
      </p>
    );
  return (
    <section class="advice" aria-label={t("advice.title")}>
      <h3 class="group">{t("advice.title")}</h3>
      {shown.held ? <p class="notice">{heldText(shown)}</p> : null}
      <Handovers shown={shown} />
      {ranked.value.length === 0 ? <p class="notice alarm">{t("advice.none")}</p> : null}
      {ranked.value.slice(0, SHOWN).map((candidate, index) => (
        <UnitCard key={candidate.unit_id} candidate={candidate} rank={index + 1} incident={incident} />
      ))}
      {hasJustChanged.value ? <p class="notice alarm settle">{t("advice.settle")}</p> : null}
      <Outcome place={assignPlace(incident.incident_id)} />
      <HospitalAdvice shown={shown} />
      <Why shown={shown} />
      <Provenance shown={shown} />
    </section>
  );
}

function heldText({ awaits }: Recommendation): string {
  if (awaits == null) return t("advice.held");
  return t("advice.awaits", { unit: awaits.call_sign ?? awaits.unit_id, at: shortTime(awaits.eta_at) });
}

function UnitCard({ candidate, rank, incident }: { candidate: Candidate; rank: number; incident: Incident }) {
  const isFirst = rank === 1;
  const hospital = world.value.hospitals[hospitalFor(candidate) ?? ""];
  const isAsking = askingRank.value === rank;
  const pending = isPending(assignPlace(incident.incident_id));
  return (
    <article class={isFirst ? "card first" : "card"} data-rank={rank} data-unit={candidate.unit_id}>
      <header>
        <h4>
          {candidate.call_sign} <span class="chip">{t(`kind.${candidate.kind}`)}</span>
        </h4>
        <p class="travel">
          <strong>{stopwatch(candidate.travel_time_s)}</strong>
          {candidate.p90_s === null ? null : (
            <small>
              P90 {stopwatch(candidate.p90_s)}
            </small>
          )}
        </p>
      </header>
      <p class="muted">
        {t("advice.eta", { at: clockTime(candidate.eta_at) })}
        {candidate.distance_m === null ? null : <> · {distance(candidate.distance_m)}</>} · {positionText(candidate)}{" "}
        <GradeMark grade={candidate.travel_time_grade ?? advice.value?.travel_time_grade ?? "estimate"} />
        {candidate.best_share == null ? null : (
          <> · {t("advice.best_share", { n: Math.round(candidate.best_share * 100) })}</>
        )}
      </p>
      <Reasons reasons={candidate.reasons} />
      <div class="foot">
        <CostTerms cost={candidate.cost} terms={candidate.cost_terms} regret={isFirst ? null : candidate.regret} />
        {isAsking ? null : (
          <button
            type="button"
            class={isFirst ? "primary wide" : ""}
            disabled={pending}
            data-accept={rank}
            onClick={() => accept(rank)}
          >
            {pending
              ? t("action.pending")
              : isFirst && hospital
                ? t("advice.accept.with", { hospital: pick(hospital.name_zh, hospital.name_en) })
                : t("advice.accept")}{" "}
            <Key>{rank}</Key>
          </button>
        )}
      </div>
      {isAsking ? <OverrideForm rank={rank} /> : null}
    </article>
  );
}

function positionText(candidate: Candidate): string {
  const { source, age_s: ageS } = candidate.position;
  return source === "station" || ageS === null
    ? t("advice.position.station")
    : t("advice.position.fix", { age: roughly(ageS) });
}

export function Reasons({ reasons }: { reasons: readonly Reason[] }) {
  if (reasons.length === 0) return null;
  return (
    <ul class="reasons">
      {reasons.map((reason, index) => (
        <li key={index} class={reason.sign === "+" ? "for" : "against"}>
          <span aria-hidden="true">{reason.sign === "+" ? "+" : "−"}</span>
          {pick(reason.text, reason.text_en)}
        </li>
      ))}
    </ul>
  );
}

export function CostTerms(props: { cost: number; terms: Record<string, number>; regret: number | null }) {
  const terms = Object.entries(props.terms).filter(([, value]) => value !== 0);
  return (
    <details class="cost">
      <summary>
        {t("advice.cost", { n: props.cost })}
        {props.regret === null || props.regret === 0 ? null : <> · {t("advice.regret", { n: props.regret })}</>}
      </summary>
      <dl>
        {terms.map(([name, value]) => (
          <div key={name}>
            <dt>{tValue("cost", name)}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

const QUICK_REASONS = ["advice.reason.local", "advice.reason.crew", "advice.reason.wish", "advice.reason.hospital"] as const;

/** Asks in place why the first choice is not taken. */
function OverrideForm({ rank }: { rank: number }) {
  return (
    <ReasonForm
      ask={t("advice.reason.ask")}
      initial=""
      confirm={t("advice.reason.confirm")}
      onReason={(reason) => accept(rank, reason)}
      onLeave={stopAsking}
    >
      <span class="common">
        {QUICK_REASONS.map((key) => (
          <button key={key} type="button" class="small" onClick={() => accept(rank, t(key))}>
            {t(key)}
          </button>
        ))}
      </span>
    </ReasonForm>
  );
}

/** Where the numbers come from, so that nobody takes an estimate for a measurement. */
function Provenance({ shown }: { shown: Recommendation }) {
  return (
    <footer class="provenance">
      {t("advice.source", {
        source: sourceText(shown.travel_time_source),
        grade: t(`grade.${shown.travel_time_grade}`),
      })}
      {shown.relative_error === null ? null : (
        <> · {t("advice.error", { n: Math.round(shown.relative_error * 100) })}</>
      )}
      <br />
      {t("advice.versions", { policy: shown.policy_version, data: shown.data_version })}
    </footer>
  );
}
