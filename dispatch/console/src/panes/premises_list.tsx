import { t } from "../i18n";
import { dayText } from "../i18n/measures";
import type { PremisesWarning } from "../wire/premises";
import { actorText } from "./actor";
import "./premises.css";

/** Warnings of premises in words: what, who says so, since when, until when. */
export function PremisesList({ warnings }: { warnings: readonly PremisesWarning[] }) {
  if (warnings.length === 0) return null;
  return (
    <div role="status">
      <ul class="premises" aria-label={t("premises.title")}>
        {warnings.map((warning) => (
          <li key={warning.warning_id} data-premises={warning.warning_id}>
            <PremisesWords warning={warning} />
          </li>
        ))}
      </ul>
    </div>
  );
}

export function PremisesWords({ warning }: { warning: PremisesWarning }) {
  const { entered_by: by, reviewed_at: reviewedAt, reviewed_by: reviewedBy } = warning;
  const since = dayText(reviewedAt ?? warning.entered_at);
  return (
    <>
      <strong>
        <span aria-hidden="true">⚠ </span>
        {t(`premises.kind.${warning.kind}`)}
      </strong>{" "}
      {warning.text}{" "}
      <small class="muted">
        {t(reviewedAt == null ? "premises.entered" : "premises.reviewed", { who: actorText(reviewedBy ?? by), day: since })} ·{" "}
        {t("premises.until", { day: dayText(warning.expires_at) })} · {warning.reason}
      </small>
    </>
  );
}
