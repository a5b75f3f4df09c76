import { t, tValue } from "../i18n";
import { clockTime } from "../i18n/measures";
import { timeline, timelineProblem } from "../room/timeline";
import { world } from "../room/world";
import type { JournalEvent } from "../wire/types";
import { actorText } from "./actor";
import { problemText } from "./marks";

/** What the journal holds about the selected incident, newest first. */
export function Timeline() {
  const problem = timelineProblem.value;
  return (
    <section class="timeline" aria-label={t("timeline.title")}>
      <h3 class="group">{t("timeline.title")}</h3>
      {problem ? <p class="notice">{problemText(problem)}</p> : null}
      <ol>
        {timeline.value.toReversed().map((event) => (
          <li key={event.seq}>
            <time>{clockTime(event.occurred_at)}</time>
            <span>
              {tValue("event", event.type)} {subjectText(event)}
            </span>
            <span class="muted">{actorText(event.actor)}</span>
          </li>
        ))}
      </ol>
      {timeline.value.length === 0 && problem === null ? <p class="muted">{t("timeline.empty")}</p> : null}
    </section>
  );
}

/** What the event was about, as far as it fits on the line: the unit, and the step that its crew reported. */
function subjectText({ type, unit_id: unitId, data }: JournalEvent): string {
  const unit = typeof unitId === "string" ? (world.value.units[unitId]?.call_sign ?? unitId) : "";
  const status = typeof data.status === "string" ? tValue("status", data.status) : "";
  const said = typeof data.reason === "string" ? data.reason : "";
  const reason = type === "IncidentHeld" ? tValue("held", said) : said; // of the others a person's own words
  return [unit, status, reason].filter(Boolean).join(" ");
}
