import { useSignal } from "@preact/signals";
import { t } from "../i18n";
import { isPending } from "../room/actions";
import { endWarning, premisesPlace, warningsAtDraft, warnOf } from "../room/premises";
import { PREMISES_KINDS, type PremisesWarning } from "../wire/premises";
import type { Incident } from "../wire/types";
import { Outcome } from "./marks";
import { PremisesList, PremisesWords } from "./premises_list";
import { ReasonForm } from "./reason_form";

/** How long a warning may be entered for, in days; the service takes no longer one. */
export const DAYS = [30, 90, 180, 365] as const;
const USUAL_DAYS = 180;

/** What is known of the place of the call that is being taken. */
export function DraftPremises() {
  return <PremisesList warnings={warningsAtDraft.value} />;
}

/** What the crews of an incident are told of its place. */
export function Premises({ incident }: { incident: Incident }) {
  const warnings = incident.premises ?? [];
  if (warnings.length === 0) return null;
  return (
    <div role="status">
      <ul class="premises" aria-label={t("premises.title")}>
        {warnings.map((warning) => (
          <Warning key={warning.warning_id} warning={warning} />
        ))}
      </ul>
    </div>
  );
}

function Warning({ warning }: { warning: PremisesWarning }) {
  const isEnding = useSignal(false);
  const { warning_id: id } = warning;
  return (
    <li data-premises={id}>
      <PremisesWords warning={warning} />{" "}
      {isEnding.value ? (
        <ReasonForm
          ask={t("premises.end.ask")}
          initial=""
          confirm={t("premises.end")}
          onReason={(reason) => endWarning(id, reason)}
          onLeave={() => (isEnding.value = false)}
        />
      ) : (
        <button type="button" class="small quiet" onClick={() => (isEnding.value = true)}>
          {t("premises.end")}
        </button>
      )}
      <Outcome place={premisesPlace(id)} isQuiet />
    </li>
  );
}

/** Writes down what the next crew at this place must know. */
export function WarnForm({ incident }: { incident: Incident }) {
  const kind = useSignal<PremisesWarning["kind"]>("access");
  const text = useSignal("");
  const reason = useSignal("");
  const days = useSignal<number>(USUAL_DAYS);
  const place = premisesPlace(incident.incident_id);
  const send = (event: Event): void => {
    event.preventDefault();
    const said = { kind: kind.value, text: text.value.trim(), reason: reason.value.trim(), days: days.value };
    warnOf(incident.incident_id, said, () => (text.value = reason.value = ""));
  };
  return (
    <details class="warn-form">
      <summary class="muted">{t("premises.add")}</summary>
      <form onSubmit={send}>
        <select aria-label={t("premises.kind")} value={kind.value} onChange={(e) => (kind.value = e.currentTarget.value as PremisesWarning["kind"])}>
          {PREMISES_KINDS.map((name) => (
            <option key={name} value={name}>
              {t(`premises.kind.${name}`)}
            </option>
          ))}
        </select>
        <DaysField days={days} />
        <input required maxLength={2000} aria-label={t("premises.text")} placeholder={t("premises.text")} value={text.value} onInput={(e) => (text.value = e.currentTarget.value)} />
        <input required maxLength={2000} aria-label={t("premises.reason")} placeholder={t("premises.reason")} value={reason.value} onInput={(e) => (reason.value = e.currentTarget.value)} />
        <button type="submit" class="small" disabled={isPending(place)}>
          {t("premises.enter")}
        </button>
      </form>
      <Outcome place={place} isQuiet />
    </details>
  );
}

export function DaysField({ days }: { days: { value: number } }) {
  return (
    <select aria-label={t("premises.days")} value={String(days.value)} onChange={(e) => (days.value = Number(e.currentTarget.value))}>
      {DAYS.map((n) => (
        <option key={n} value={String(n)}>
          {t("premises.for_days", { n })}
        </option>
      ))}
    </select>
  );
}
