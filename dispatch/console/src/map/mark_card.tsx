import type { Signal } from "@preact/signals";
import { pick, t, tValue } from "../i18n";
import { roughly } from "../i18n/measures";
import { Capabilities, GradeMark, SimulatedMark, StatusText } from "../panes/marks";
import { nowMs } from "../room/clock";
import { positions } from "../room/positions";
import { lookOf } from "../room/status";
import { postName } from "../room/waiting";
import { world } from "../room/world";
import type { Unit } from "../wire/types";
import { aeds } from "./city_layers";
import type { Mark } from "./scene";

const NAMED = 8;

/** What was last pointed at on the map, in a corner of it: never a window over the work. */
export function MarkCard({ mark }: { mark: Signal<Mark | null> }) {
  const shown = mark.value;
  if (shown === null || shown.kind === "incident") return null;
  return (
    <aside class="mark-card">
      {shown.kind === "units" ? <Units ids={shown.ids} /> : null}
      {shown.kind === "hospital" ? <HospitalFacts id={shown.ids[0] ?? ""} /> : null}
      {shown.kind === "aeds" ? <AedFacts first={Number(shown.ids[0])} count={Number(shown.ids[1])} /> : null}
      <button type="button" class="small quiet" aria-label={t("action.dismiss")} onClick={() => (mark.value = null)}>
        ✕
      </button>
    </aside>
  );
}

function Units({ ids }: { ids: readonly string[] }) {
  const units = ids.flatMap((id) => world.value.units[id] ?? []);
  const [only] = units;
  if (units.length === 1 && only !== undefined) return <UnitFacts unit={only} />;
  return (
    <div>
      <h4>{t("map.group", { n: units.length })}</h4>
      <p>
        {units
          .slice(0, NAMED)
          .map((unit) => unit.call_sign)
          .join(" · ")}
        {units.length > NAMED ? " …" : ""}
      </p>
    </div>
  );
}

function UnitFacts({ unit }: { unit: Unit }) {
  void nowMs.value;
  const fix = positions.fixes.get(unit.unit_id);
  const age = fix === undefined ? null : roughly((performance.now() - fix.fixedAtMs) / 1000);
  return (
    <div>
      <h4>
        {unit.call_sign} <span class="chip">{t(`kind.${unit.kind}`)}</span>{" "}
        {unit.negative_pressure ? <span class="chip">{t("kind.negative_pressure")}</span> : null}{" "}
        {unit.record_class === "simulated" ? <SimulatedMark /> : null}
      </h4>
      <p>
        <StatusText look={lookOf(unit.status)} /> {unit.duty_reason ?? ""}
      </p>
      {unit.status === "standby" ? <p class="muted">{t("waiting.at", { post: postName(unit.post_id ?? unit.home_station_id) })}</p> : null}
      {unit.advised == null ? null : <p>{t("waiting.advised", { post: postName(unit.advised.post_id) })}</p>}
      <p class="muted">{age === null ? t("map.assumed") : t("map.fix_age", { age })}</p>
    </div>
  );
}

function HospitalFacts({ id }: { id: string }) {
  const hospital = world.value.hospitals[id];
  if (hospital === undefined) return null;
  return (
    <div>
      <h4>{pick(hospital.name_zh, hospital.name_en)}</h4>
      <p>{hospital.level_zh ? tValue("level", hospital.level_zh) : ""}</p>
      {hospital.designations.map((designation) => (
        <p key={designation.kind} class="muted" title={designation.evidence}>
          {tValue("designation", designation.kind)} <GradeMark grade={designation.grade} />
        </p>
      ))}
      <Capabilities of={hospital.capabilities} />
      {hospital.coord_quality === "poi" ? null : <p class="muted">{t("hospital.approximate")}</p>}
    </div>
  );
}

function AedFacts({ first, count }: { first: number; count: number }) {
  const aed = aeds.value.list[first];
  if (count > 1 || aed === undefined) return <h4>{t("map.aed_count", { n: count })}</h4>;
  return (
    <div>
      <h4>AED {aed.isSimulated ? <SimulatedMark /> : null}</h4>
      <p>{aed.name}</p>
    </div>
  );
}
