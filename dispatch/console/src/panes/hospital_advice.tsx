import { pick, t, tValue } from "../i18n";
import { clockTime, stopwatch } from "../i18n/measures";
import { chosenHospital } from "../room/advice";
import { pickedHospitalId, selectedIncident } from "../room/selection";
import { world } from "../room/world";
import type { HospitalCandidate, Recommendation } from "../wire/types";
import { CostTerms, Reasons } from "./advice";
import { Capabilities, GradeMark } from "./marks";
import { Ways } from "./treatment_ways";

const OTHERS_SHOWN = 3;

/** The destination that goes with the unit, how it came by its designation, and what else was near. */
export function HospitalAdvice({ shown }: { shown: Recommendation }) {
  const chosen = chosenHospital.value;
  if (chosen === null) return <p class="muted">{t("hospital.none")}</p>;
  const others = [...(shown.hospital ? [shown.hospital] : []), ...shown.hospital_alternatives].filter(
    (candidate) => candidate.hospital_id !== chosen.hospital_id,
  );
  return (
    <>
      <h3 class="group">{t("hospital.title")}</h3>
      <article class="card first hospital" data-hospital={chosen.hospital_id}>
        <header>
          <h4>{pick(chosen.name_zh, chosen.name_en)}</h4>
          <p class="travel">
            <strong>{stopwatch(chosen.travel_time_s)}</strong>
            <small>{clockTime(chosen.eta_at)}</small>
          </p>
        </header>
        <Designation candidate={chosen} />
        <Capabilities of={world.value.hospitals[chosen.hospital_id]?.capabilities ?? {}} />
        <Reasons reasons={chosen.reasons} />
        <CostTerms cost={chosen.cost} terms={chosen.cost_terms} regret={chosen.regret || null} />
      </article>
      {shown.outcome ? <Ways outcome={shown.outcome} /> : null}
      {others.length > 0 ? (
        <ul class="others" aria-label={t("hospital.others")}>
          {others.slice(0, OTHERS_SHOWN).map((candidate) => (
            <li key={candidate.hospital_id}>
              <button
                type="button"
                class="quiet"
                title={t("hospital.pick")}
                onClick={() => (pickedHospitalId.value = candidate.hospital_id)}
              >
                <span>{pick(candidate.name_zh, candidate.name_en)}</span>
                {candidate.designation_grade ? <GradeMark grade={candidate.designation_grade} /> : null}
                <time>{stopwatch(candidate.travel_time_s)}</time>
              </button>
            </li>
          ))}
        </ul>
      ) : null}
    </>
  );
}

function Designation({ candidate }: { candidate: HospitalCandidate }) {
  const hospital = world.value.hospitals[candidate.hospital_id];
  const pathway = selectedIncident.value?.pathway;
  const relevant = hospital?.designations.find((designation) => designation.kind === pathway);
  return (
    <p class="muted">
      {hospital?.level_zh ? <span class="chip">{tValue("level", hospital.level_zh)}</span> : null}{" "}
      {pathway === "stroke" || pathway === "stemi" ? (
        <span title={relevant?.evidence}>
          {tValue("designation", pathway)} <GradeMark grade={candidate.designation_grade} />
        </span>
      ) : null}
      {hospital && hospital.coord_quality !== "poi" ? <span> · {t("hospital.approximate")}</span> : null}
    </p>
  );
}
