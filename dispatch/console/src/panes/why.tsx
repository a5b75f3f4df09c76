import { pick, t } from "../i18n";
import { isWhyOpen } from "../room/selection";
import { world } from "../room/world";
import type { Exclusion, Recommendation } from "../wire/types";
import { Key } from "./marks";

const NAMED = 12;

/** Every unit and hospital that was not taken into account, by the rule that excluded it. */
export function Why({ shown }: { shown: Recommendation }) {
  return (
    <details
      class="why"
      id="why"
      open={isWhyOpen.value}
      onToggle={(event) => (isWhyOpen.value = event.currentTarget.open)}
    >
      <summary>
        {t("why.title")} <span class="muted">{t("why.count", { n: shown.excluded.length })}</span> <Key>W</Key>
      </summary>
      {isWhyOpen.value
        ? [...Map.groupBy(shown.excluded, ({ kind, rule }) => `${kind} ${rule}`)].map(([rule, group]) => (
            <Rule key={rule} group={group} />
          ))
        : null}
      {isWhyOpen.value && shown.n_other_units > 0 ? (
        <p class="muted">{t("why.others", { n: shown.n_other_units })}</p>
      ) : null}
    </details>
  );
}

function Rule({ group }: { group: readonly Exclusion[] }) {
  const [first] = group;
  if (first === undefined) return null;
  return (
    <details class="rule" open={group.length <= NAMED}>
      <summary>
        {pick(first.text, first.text_en)} <span class="muted">{t("why.count", { n: group.length })}</span>
      </summary>
      <ul>
        {group.slice(0, NAMED).map((exclusion) => (
          <li key={exclusion.id}>{nameOf(exclusion.id)}</li>
        ))}
        {group.length > NAMED ? <li class="muted">{t("why.more", { n: group.length - NAMED })}</li> : null}
      </ul>
    </details>
  );
}

function nameOf(id: string): string {
  const hospital = world.value.hospitals[id];
  return world.value.units[id]?.call_sign ?? (hospital ? pick(hospital.name_zh, hospital.name_en) : id);
}
