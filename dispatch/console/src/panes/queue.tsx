import { useEffect, useRef } from "preact/hooks";
import { t, tValue } from "../i18n";
import { distance, stopwatch } from "../i18n/measures";
import { nowMs } from "../room/clock";
import { openDay } from "../room/day";
import { openIntake, selectedIncidentId, selectIncident } from "../room/selection";
import { LEVEL, lookOf } from "../room/status";
import { isWaiting, liveAssignments, queue, servedIncidents, waitingIncidents } from "../room/world";
import type { Incident } from "../wire/types";
import { Key, PaneHead, PriorityMark, UnitMark } from "./marks";

/** Open incidents by need: those without a unit first, then by priority and age. */
export function Queue() {
  const isEmpty = queue.value.length === 0;
  return (
    <section class="pane queue" aria-label={t("queue.title")}>
      <PaneHead title={t("queue.title")} shortcut="F2">
        <button type="button" class="small quiet" id="open-day" title={t("day.hint")} onClick={() => openDay()}>
          {t("day.open")} <Key>D</Key>
        </button>
        <button type="button" class="primary small" id="new-call" onClick={openIntake}>
          {t("queue.new")} <Key>N</Key>
        </button>
      </PaneHead>
      <div
        class="rows"
        id="queue"
        role="listbox"
        tabIndex={0}
        aria-label={t("queue.title")}
        aria-activedescendant={selectedIncidentId.value === null ? undefined : `row-${selectedIncidentId.value}`}
      >
        <Rows title={t("queue.waiting")} incidents={waitingIncidents.value} />
        <Rows title={t("queue.served")} incidents={servedIncidents.value} />
        {isEmpty ? (
          <p class="empty">
            {t("queue.empty")}
            <small>{t("queue.empty.hint")}</small>
          </p>
        ) : null}
      </div>
    </section>
  );
}

function Rows({ title, incidents }: { title: string; incidents: readonly Incident[] }) {
  if (incidents.length === 0) return null;
  return (
    <div role="group" aria-label={title}>
      <h3 class="group" aria-hidden="true">
        {title} <span>{incidents.length}</span>
      </h3>
      {incidents.map((incident) => (
        <Row key={incident.incident_id} incident={incident} />
      ))}
    </div>
  );
}

function Row({ incident }: { incident: Incident }) {
  const isSelected = incident.incident_id === selectedIncidentId.value;
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isSelected) element.current?.scrollIntoView({ block: "nearest" });
  }, [isSelected]);
  const ageS = (nowMs.value - Date.parse(incident.received_at)) / 1000;
  return (
    <div
      ref={element}
      id={`row-${incident.incident_id}`}
      class={`row p${LEVEL[incident.priority]}${isSelected ? " selected" : ""}${isWaiting(incident) ? " waiting" : ""}`}
      role="option"
      aria-selected={isSelected}
      data-incident={incident.incident_id}
      onClick={() => selectIncident(incident.incident_id)}
    >
      <PriorityMark priority={incident.priority} />
      <div class="what">
        <strong>{tValue("complaint", incident.complaint)}</strong>
        <span class="where">{whereText(incident)}</span>
      </div>
      <div class="when">
        <time>{stopwatch(ageS)}</time>
        <Served incident={incident} />
      </div>
      <Trouble incident={incident} />
    </div>
  );
}

function Served({ incident }: { incident: Incident }) {
  const live = liveAssignments(incident);
  if (live.length === 0) return <span class="unserved">{t("queue.unassigned")}</span>;
  return (
    <span class="served">
      {live.map((assignment) => (
        <UnitMark key={assignment.assignment_id} look={lookOf(assignment.status)} />
      ))}
    </span>
  );
}

function Trouble({ incident }: { incident: Incident }) {
  if (!incident.held && incident.escalation === 0) return null;
  const heldS = incident.held ? (nowMs.value - Date.parse(incident.held.since_at)) / 1000 : 0;
  return (
    <div class="trouble">
      {incident.escalation > 0 ? <span class="alarm">{t("queue.escalation", { n: incident.escalation })}</span> : null}
      {incident.held ? <span>{t("queue.held", { age: stopwatch(heldS) })}</span> : null}
    </div>
  );
}

/** The place in words: the address that was given, and how uncertain the point is when that matters. */
export function whereText(incident: Incident): string {
  const { accuracy_m: accuracy } = incident.location;
  const near = accuracy != null && accuracy >= 100 ? t("queue.near", { accuracy: distance(accuracy) }) : "";
  return `#${incident.number} · ${[incident.address_text ?? t("queue.no_address"), near].filter(Boolean).join(" ")}`;
}
