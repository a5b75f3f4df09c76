import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t, tValue, words } from "../i18n";
import { clockTime } from "../i18n/measures";
import { world } from "../room/world";
import { getJson, Problem } from "../wire/http";
import type { Incident, JournalEvent } from "../wire/types";
import { problemText } from "./marks";

/** What the journal holds about an incident, read anew whenever the incident changes. */
export function Timeline({ incident }: { incident: Incident }) {
  const events = useSignal<JournalEvent[]>([]);
  const problem = useSignal<Problem | null>(null);
  const { incident_id: id, version } = incident;
  useEffect(() => {
    let isCurrent = true;
    getJson<{ items: JournalEvent[] }>(`/api/v1/incidents/${id}/timeline`).then(
      (answer) => {
        if (!isCurrent) return;
        events.value = answer.items;
        problem.value = null;
      },
      (failure: unknown) => {
        if (!(failure instanceof Problem)) throw failure;
        if (isCurrent) problem.value = failure;
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [id, version]);
  return (
    <section class="timeline" aria-label={t("timeline.title")}>
      <h3 class="group">{t("timeline.title")}</h3>
      {problem.value ? <p class="notice">{problemText(problem.value)}</p> : null}
      <ol>
        {events.value.toReversed().map((event) => (
          <li key={event.seq}>
            <time>{clockTime(event.occurred_at)}</time>
            <span>
              {tValue("event", event.type)} {subjectText(event)}
            </span>
            <span class="muted">{actorText(event.actor)}</span>
          </li>
        ))}
      </ol>
      {events.value.length === 0 && problem.value === null ? <p class="muted">{t("timeline.empty")}</p> : null}
    </section>
  );
}

/** `crew:救001` is the crew of that unit, `hospital:H001` a hospital; anything else is a user or a part of the service. */
function actorText(actor: string): string {
  const [role, name] = actor.split(":", 2);
  return [words("actor", role ?? "") ?? role, name].filter(Boolean).join(" ");
}

/** What the event was about, as far as it fits on the line: the unit, and the step that its crew reported. */
function subjectText({ unit_id: unitId, data }: JournalEvent): string {
  const unit = typeof unitId === "string" ? (world.value.units[unitId]?.call_sign ?? unitId) : "";
  const status = typeof data.status === "string" ? tValue("status", data.status) : "";
  const reason = typeof data.reason === "string" ? data.reason : "";
  return [unit, status, reason].filter(Boolean).join(" ");
}
