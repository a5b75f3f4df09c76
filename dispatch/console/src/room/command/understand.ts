import { pick, t } from "../../i18n";
import type { Assignment, Hospital, Incident, Unit, World } from "../../wire/types";
import { ranked } from "../advice";
import {
  addNote,
  assignPlace,
  assignUnit,
  cancelAssignment,
  changeDestination,
  dutyPlace,
  endIncident,
  endPlace,
  hospitalFor,
  joinIncident,
  notePlace,
  reportStatus,
  retriage,
  setDuty,
  statusPlace,
  triagePlace,
} from "../assign";
import { openDay } from "../day";
import { instantOf, openDraftWith } from "../draft";
import { findOnMap, followedUnitId, openCard, popOut } from "../map_wishes";
import { selectedHospitalId, selectedUnitId, selectIncident } from "../selection";
import { undoable, undoLast } from "../undo";
import { liveAssignments, proposedFor } from "../world";
import type { Said } from "./parse";
import type { Verb } from "./words";

/** What a line would do, in words to be read before Enter is pressed; `run` is null while something is missing. */
export interface Understood {
  text: string;
  run: (() => void) | null;
  /** The place beside which the outcome stands, so that the command line can show it too. */
  place: string | null;
}

interface Scope {
  said: Said;
  world: World;
  /** The incident that was named, else the selected one. */
  incident: Incident | null;
  selected: Incident | null;
  nowMs: number;
}

export function understand(said: Said, world: World, selected: Incident | null, nowMs: number): Understood {
  const scope = { said, world, incident: said.incidents[0] ?? selected, selected, nowMs };
  const verb = said.verb ?? impliedBy(said);
  return verb === null ? missing("command.unknown") : MEANINGS[verb](scope);
}

/** What is meant where no verb was said: a unit with a status reports it, a priority is given, anything named is shown. */
function impliedBy(said: Said): Verb | null {
  if (said.status !== null) return "status";
  if (said.hospital !== null && said.unit !== null) return "destination";
  if (said.priority !== null) return "priority";
  return said.unit !== null || said.incidents.length > 0 || said.hospital !== null ? "show" : null;
}

type Missing =
  | "command.unknown"
  | "command.needs.unit"
  | "command.needs.incident"
  | "command.needs.status"
  | "command.needs.hospital"
  | "command.needs.reason"
  | "command.needs.words"
  | "command.needs.priority"
  | "command.needs.bound"
  | "command.nothing_to_undo";

function missing(key: Missing): Understood {
  return { text: t(key), run: null, place: null };
}

function will(text: string, run: () => void, place: string | null = null): Understood {
  return { text, run, place };
}

const MEANINGS: Readonly<Record<Verb, (scope: Scope) => Understood>> = {
  new: ({ said }) => will(t("command.new"), () => openDraftWith(said.words)),
  send: (scope) => send(scope, false),
  divert: (scope) => send(scope, true),
  status: (scope) => {
    const bound = boundTo(scope);
    const { status, at } = scope.said;
    if (bound === null) return missing("command.needs.bound");
    if (status === null) return missing("command.needs.status");
    const unit = signOf(bound, scope.world);
    const time = at === null ? scope.nowMs : Date.parse(instantOf(at, scope.nowMs) ?? "");
    const text = t("command.status", { unit, status: t(`status.${status}`), at: at ?? "" });
    return will(text, () => reportStatus(bound.assignment_id, status, time), statusPlace(bound.assignment_id));
  },
  cancel: (scope) => {
    const { said, incident } = scope;
    const bound = said.incidents.length === 0 || said.unit !== null ? boundTo(scope) : null;
    if (bound !== null) {
      const reason = said.words || t("command.reason.cancel");
      const text = t("command.cancel.unit", { unit: signOf(bound, scope.world), reason });
      return will(text, () => cancelAssignment(bound.assignment_id, reason), statusPlace(bound.assignment_id));
    }
    return end(said.incidents[0] ?? (said.unit === null ? incident : null), "cancel", said.words);
  },
  close: ({ said, incident }) => end(incident, "close", said.words),
  join: ({ said, selected, world }) => {
    const [first, second] = said.incidents;
    const from = second === undefined ? selected : (first ?? null);
    const into = second ?? first ?? (from === null ? undefined : proposedFor(from, world));
    if (from === null || into === undefined || from === into) return missing("command.needs.incident");
    return will(
      t("command.join", { from: from.number, into: into.number }),
      () => joinIncident(from.incident_id, into.incident_id),
      endPlace(from.incident_id),
    );
  },
  destination: (scope) => {
    const bound = boundTo(scope);
    const { hospital, words } = scope.said;
    if (bound === null) return missing("command.needs.bound");
    if (hospital === null) return missing("command.needs.hospital");
    if (words === "") return missing("command.needs.reason");
    const text = t("command.destination", { unit: signOf(bound, scope.world), hospital: nameOf(hospital), reason: words });
    return will(
      text,
      () => changeDestination(bound.assignment_id, hospital.hospital_id, words),
      statusPlace(bound.assignment_id),
    );
  },
  priority: ({ said, incident }) => {
    const { priority } = said;
    if (incident === null) return missing("command.needs.incident");
    if (priority === null) return missing("command.needs.priority");
    if (said.words === "") return missing("command.needs.reason");
    const text = t("command.priority", { number: incident.number, priority: t(`priority.name.${priority}`), reason: said.words });
    return will(text, () => retriage(incident, { priority }, said.words), triagePlace(incident.incident_id));
  },
  note: ({ said, incident }) => {
    if (incident === null) return missing("command.needs.incident");
    if (said.words === "") return missing("command.needs.words");
    const text = t("command.note", { number: incident.number, text: said.words });
    return will(text, () => addNote(incident.incident_id, said.words), notePlace(incident.incident_id));
  },
  out: ({ said }) => {
    if (said.unit === null) return missing("command.needs.unit");
    return said.words === "" ? missing("command.needs.reason") : duty(said.unit, "out_of_service", said.words);
  },
  in: ({ said }) =>
    said.unit === null
      ? missing("command.needs.unit")
      : duty(said.unit, "in_service", said.words || t("command.reason.in")),
  show: ({ said }) => {
    const { unit, hospital } = said;
    const [incident] = said.incidents;
    if (incident !== undefined)
      return will(t("command.show", { what: `#${incident.number}` }), () => selectIncident(incident.incident_id));
    if (unit !== null) return will(t("command.show", { what: unit.call_sign }), () => showUnit(unit));
    if (hospital !== null)
      return will(t("command.show", { what: nameOf(hospital) }), () => {
        selectedHospitalId.value = hospital.hospital_id;
        findOnMap({ ...hospital.location, name: nameOf(hospital) });
      });
    return missing("command.unknown");
  },
  day: ({ said }) => will(t("command.day", { what: said.words }), () => openDay(said.words)),
  find: ({ said }) =>
    said.words === "" ? missing("command.needs.words") : will(t("command.find", { what: said.words }), () => findOnMap(said.words)),
  follow: ({ said }) => {
    const { unit } = said;
    if (unit === null)
      return followedUnitId.value === null
        ? missing("command.needs.unit")
        : will(t("command.follow.stop"), () => (followedUnitId.value = null));
    return will(t("command.follow", { unit: unit.call_sign }), () => {
      showUnit(unit);
      followedUnitId.value = unit.unit_id;
    });
  },
  popout: () => will(t("command.popout"), popOut),
  undo: () => {
    const last = undoable.value.at(-1);
    return last === undefined ? missing("command.nothing_to_undo") : will(t("command.undo", { what: last.name() }), undoLast);
  },
  help: () => will(t("command.help"), openCard),
};

function send({ said, incident }: Scope, isDiverted: boolean): Understood {
  const advised = ranked.value.find((candidate) => said.unit === null || candidate.unit_id === said.unit.unit_id);
  const isAdvised = incident !== null && advised !== undefined;
  const unit = said.unit ?? (isAdvised ? advised : null);
  if (incident === null) return missing("command.needs.incident");
  if (unit === null) return missing("command.needs.unit");
  const isFirst = isAdvised && advised === ranked.value[0] && said.hospital === null && !isDiverted;
  const hospitalId = said.hospital?.hospital_id ?? (isAdvised ? hospitalFor(advised) : null);
  const text = t(isDiverted ? "command.divert" : "command.send", {
    unit: unit.call_sign,
    number: incident.number,
    reason: said.words,
  });
  if (!isFirst && said.words === "") return { ...missing("command.needs.reason"), text: `${text} · ${t("command.needs.reason")}` };
  return will(
    text,
    () => {
      selectIncident(incident.incident_id);
      assignUnit(incident, unit, hospitalId, isFirst ? null : said.words, isDiverted);
    },
    assignPlace(incident.incident_id),
  );
}

function end(incident: Incident | null, how: "close" | "cancel", words: string): Understood {
  if (incident === null || incident.state !== "open") return missing("command.needs.incident");
  const reason = words || t(`end.${how}.default`);
  return will(
    t(`command.${how}`, { number: incident.number, reason }),
    () => endIncident(incident, how, reason),
    endPlace(incident.incident_id),
  );
}

function duty(unit: Unit, to: Unit["duty"], reason: string): Understood {
  return will(t(`command.${to}`, { unit: unit.call_sign, reason }), () => setDuty(unit, to, reason), dutyPlace(unit.unit_id));
}

/** The assignment that is meant: of the unit that was named, else the only one of the incident. */
function boundTo({ said, incident, world }: Scope): Assignment | null {
  if (said.unit !== null) return world.assignments[world.units[said.unit.unit_id]?.assignment_id ?? ""] ?? null;
  const live = incident === null ? [] : liveAssignments(incident);
  return live.length === 1 ? (world.assignments[live[0]?.assignment_id ?? ""] ?? null) : null;
}

function showUnit(unit: Unit): void {
  if (unit.incident_id != null) selectIncident(unit.incident_id);
  selectedUnitId.value = unit.unit_id;
}

function signOf(assignment: Assignment, world: World): string {
  return world.units[assignment.unit_id]?.call_sign ?? assignment.unit_id;
}

function nameOf(hospital: Hospital): string {
  return pick(hospital.name_zh, hospital.name_en);
}
