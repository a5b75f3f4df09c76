import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t } from "../i18n";
import { me } from "../room/world";
import { endWarning, holdWarning, premisesPlace } from "../room/premises";
import { DaysField } from "../panes/premises";
import { Outcome, problemText } from "../panes/marks";
import { PremisesWords } from "../panes/premises_list";
import { getJson, Problem } from "../wire/http";
import type { PremisesWarning } from "../wire/premises";

const USUAL_DAYS = 180;
const LIMIT = 1000;
const LOOK_AGAIN_MS = 10_000;

/** Every warning of premises, those that end soonest first: a supervisor finds that it still holds, or ends it. */
export function PremisesReview() {
  const warnings = useSignal<readonly PremisesWarning[]>([]);
  const problem = useSignal<Problem | null>(null);
  const look = async (): Promise<void> => {
    try {
      const { items } = await getJson<{ items: PremisesWarning[] }>(`/api/v1/premises?limit=${LIMIT}`);
      warnings.value = items.sort((a, b) => a.expires_at.localeCompare(b.expires_at));
      problem.value = null;
    } catch (failure) {
      if (!(failure instanceof Problem)) throw failure;
      problem.value = failure;
    }
  };
  useEffect(() => {
    void look();
    const timer = setInterval(() => void look(), LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  if (problem.value !== null) return <p class="notice">{problemText(problem.value)}</p>;
  if (warnings.value.length === 0) return <p class="muted">{t("premises.none")}</p>;
  return (
    <ul class="premises">
      {warnings.value.map((warning) => (
        <Row key={warning.warning_id} warning={warning} onDone={() => void look()} />
      ))}
    </ul>
  );
}

function Row({ warning, onDone }: { warning: PremisesWarning; onDone: () => void }) {
  const reason = useSignal("");
  const days = useSignal(USUAL_DAYS);
  const { warning_id: id, address_text: address, location } = warning;
  const mayReview = me.value?.roles.includes("supervisor") ?? false;
  const words = reason.value.trim();
  return (
    <li data-premises={id}>
      {address ?? (location ? `${location.lat.toFixed(5)}, ${location.lon.toFixed(5)}` : "")} · <PremisesWords warning={warning} />
      <form
        class="line"
        onSubmit={(event) => {
          event.preventDefault();
          if (mayReview && words !== "") holdWarning(id, words, days.value, onDone);
        }}
      >
        <input aria-label={t("premises.review.ask")} placeholder={t("premises.review.ask")} maxLength={2000} value={reason.value} onInput={(e) => (reason.value = e.currentTarget.value)} />
        <DaysField days={days} />
        {mayReview ? (
          <button type="submit" class="small" disabled={words === ""}>
            {t("premises.review")}
          </button>
        ) : null}
        <button type="button" class="small quiet" disabled={words === ""} onClick={() => endWarning(id, words, onDone)}>
          {t("premises.end")}
        </button>
      </form>
      <Outcome place={premisesPlace(id)} isQuiet />
    </li>
  );
}
