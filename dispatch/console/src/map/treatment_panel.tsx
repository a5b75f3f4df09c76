import { pick, t, tValue } from "../i18n";
import { shortTime } from "../i18n/measures";
import { GradeMark, problemText, SimulatedMark } from "../panes/marks";
import { selectedHospitalId } from "../room/selection";
import {
  DECISIVE,
  saysNow,
  treatmentDay,
  type TreatmentHospital,
  type TreatmentKind,
  type TreatmentMap,
  treatmentKind,
  treatmentMap,
  treatmentProblem,
  TREATMENTS,
} from "../room/treatment_map";

/** Chooses the stroke or the chest pain map in place of all hospitals. */
export function TreatmentSwitch() {
  return (
    <select
      id="treatment-map"
      aria-label={t("treatment.choose")}
      value={treatmentKind.value ?? ""}
      onChange={(event) => (treatmentKind.value = (event.currentTarget.value || null) as TreatmentKind | null)}
    >
      <option value="">{t("treatment.none")}</option>
      {TREATMENTS.map((kind) => (
        <option key={kind} value={kind}>
          {tValue("designation", kind)}
        </option>
      ))}
    </select>
  );
}

/** Who is on the map on a day, on what evidence, and what they say they can do now. */
export function TreatmentPanel() {
  const kind = treatmentKind.value;
  if (kind === null) return null;
  const [map, problem] = [treatmentMap.value, treatmentProblem.value];
  return (
    <aside class="map-panel treatment" aria-label={tValue("designation", kind)} id="treatment">
      <h3>
        {tValue("designation", kind)}
        <button type="button" class="small quiet" aria-label={t("treatment.close")} onClick={() => (treatmentKind.value = null)}>
          ✕
        </button>
      </h3>
      <label>
        {t("treatment.as_of")}{" "}
        <input type="date" id="treatment-day" value={treatmentDay.value} onChange={(event) => (treatmentDay.value = event.currentTarget.value)} />
      </label>
      {problem === null ? null : <p class="notice">{problemText(problem)}</p>}
      {map === null || map.kind !== kind ? null : <Members map={map} />}
    </aside>
  );
}

function Members({ map }: { map: TreatmentMap }) {
  const { known, published, others } = map;
  const members = map.features.filter(({ properties }) => properties.membership === "yes");
  const open = map.features.filter(({ properties }) => properties.membership === "unknown");
  return (
    <>
      <p class="total">
        <strong>{known.yes}</strong> {t("treatment.known", { unknown: known.unknown, no: known.no })}
        {published === null ? null : (
          <span class="muted" title={pick(published.evidence.zh, published.evidence.en)}>
            {" "}
            {t("treatment.published", { n: published.members })}
          </span>
        )}
      </p>
      <p class="muted">{pick(others.zh, others.en)}</p>
      <ul class="members">
        {[...members, ...open].map((one) => (
          <Member key={one.id} map={map} of={one} />
        ))}
      </ul>
    </>
  );
}

function Member({ map, of }: { map: TreatmentMap; of: TreatmentHospital }) {
  const { name_zh: zh, name_en: en, membership, grade, since, evidence } = of.properties;
  const said = saysNow(map, of);
  return (
    <li data-hospital={of.id} data-state={said?.state ?? "unknown"}>
      <button type="button" class="small quiet" onClick={() => (selectedHospitalId.value = of.id)}>
        {pick(zh, en)}
      </button>{" "}
      {membership === "yes" ? null : <span class="chip">{t("treatment.membership.unknown")}</span>}{" "}
      <span title={pick(evidence.zh, evidence.en)}>
        <GradeMark grade={grade} /> {since ?? ""}
      </span>{" "}
      {map.features.some(({ properties }) => properties.capabilities !== null) ? (
        <span>
          {tValue("capability", DECISIVE[map.kind])} {t(`capability.state.${said?.state ?? "unknown"}`)}
          {said?.expires_at ? ` ${t("treatment.until", { source: said.source === "simulated" ? "" : (said.source ?? ""), at: shortTime(said.expires_at) })}` : ""}{" "}
          {said?.source === "simulated" ? <SimulatedMark /> : null}
        </span>
      ) : null}
    </li>
  );
}
