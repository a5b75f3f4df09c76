import { pick, t, tValue } from "../i18n";
import { world } from "../room/world";
import type { Modelled, TreatmentWay } from "../wire/treatment";
import type { Recommendation } from "../wire/types";

/** Who else is to be told of the call. */
export function Handovers({ shown }: { shown: Recommendation }) {
  return (
    <>
      {(shown.handovers ?? []).map((handover) => (
        <p class="notice" key={handover.code} data-handover={handover.to}>
          {pick(handover.text, handover.text_en)}
        </p>
      ))}
    </>
  );
}

/** The ways to reperfusion side by side: what published curves expect, and never more than a model. */
export function Ways({ outcome }: { outcome: Modelled }) {
  if (outcome.options.length === 0 || outcome.since === null) return null;
  const since = tValue("since", outcome.since);
  return (
    <details class="ways">
      <summary>{t("ways.title")}</summary>
      <p class="muted">
        {pick(outcome.text, outcome.text_en)} · {outcome.source} · {t("ways.since", { since })}
      </p>
      <ul class="others">
        {outcome.options.map((way) => (
          <li key={`${way.way}${way.hospital_id}`}>
            {title(way)}
            <p class="muted">{figures(way)}</p>
          </li>
        ))}
      </ul>
    </details>
  );
}

function title(way: TreatmentWay): string {
  const hospital = pick(way.name_zh ?? "", way.name_en ?? "");
  const then = pick(way.then_name_zh ?? "", way.then_name_en ?? "");
  const unit = way.unit_id === null ? "" : (world.value.units[way.unit_id]?.call_sign ?? way.unit_id);
  return t(`ways.${way.way}`, { hospital, then, unit });
}

function figures(way: TreatmentWay): string {
  return [
    way.needle_s === null ? "" : t("ways.needle", { n: Math.round(way.needle_s / 60) }),
    way.reperfusion_s === null ? "" : t("ways.reperfusion", { n: Math.round(way.reperfusion_s / 60) }),
    way.p_outcome === null ? "" : t("ways.outcome", { n: (way.p_outcome * 100).toFixed(1) }),
    t("ways.best", { n: Math.round(way.best_share * 100) }),
  ]
    .filter(Boolean)
    .join(" · ");
}
