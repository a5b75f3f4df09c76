import type { AssignmentStatus, Hospital, Incident, Priority, Unit, World } from "../../wire/types";
import { initials } from "../pinyin";
import { PRIORITY_WORDS, spelled, STATUS_WORDS, type Verb, VERBS } from "./words";

/** What a typed line says, its parts in whatever order they came. */
export interface Said {
  verb: Verb | null;
  unit: Unit | null;
  /** In the order in which they were named. */
  incidents: readonly Incident[];
  hospital: Hospital | null;
  status: AssignmentStatus | null;
  priority: Priority | null;
  /** HH:MM, where a time was named. */
  at: string | null;
  /** What is none of these: a reason, a note, a place. */
  words: string;
}

/** Verbs whose words are text of their own, in which no hospital is looked for. */
const WITH_TEXT: ReadonlySet<Verb> = new Set(["note", "new", "find", "close", "cancel", "out", "priority"]);
const SHORTEST_NAME = 2;

/** Reads a line against the world; nothing is asked for and nothing is changed. */
export function parse(line: string, world: World): Said {
  const units = Object.values(world.units);
  const tokens = tokensOf(line, units);
  const verb = tokens.map((token) => spelled<Verb>(VERBS, token)).find((found) => found !== null) ?? null;
  const said: Said = { verb, unit: null, incidents: [], hospital: null, status: null, priority: null, at: null, words: "" };
  const left: string[] = [];
  let hasVerb = false;
  for (const token of tokens) {
    if (!hasVerb && spelled<Verb>(VERBS, token) === verb && verb !== null) hasVerb = true;
    else if (verb === "note" || verb === "find" || verb === "new" || !take(token, said, world, units)) left.push(token);
  }
  return { ...said, words: left.join(" ") };
}

/** Puts a token where it belongs; false when it is a word like any other. */
function take(token: string, said: Said, world: World, units: readonly Unit[]): boolean {
  const number = /^#(\d+)$/.exec(token)?.[1];
  const incident = number === undefined ? undefined : Object.values(world.incidents).find((one) => one.number === Number(number));
  if (incident !== undefined) {
    said.incidents = [...said.incidents, incident];
    return true;
  }
  const unit = said.unit === null ? unitNamed(token, units) : undefined;
  const status = said.status === null ? spelled<AssignmentStatus>(STATUS_WORDS, token) : null;
  const priority = said.priority === null ? spelled<Priority>(PRIORITY_WORDS, token) : null;
  const isTime = said.at === null && /^([01]\d|2[0-3])[:：][0-5]\d$/.test(token);
  const hospital = said.hospital === null && !WITH_TEXT.has(said.verb ?? "show") ? hospitalNamed(token, world) : undefined;
  if (unit !== undefined) said.unit = unit;
  else if (status !== null) said.status = status;
  else if (priority !== null) said.priority = priority;
  else if (isTime) said.at = token.replace("：", ":");
  else if (hospital !== undefined) said.hospital = hospital;
  else return false;
  return true;
}

/** The words of a line; a call sign or incident number is one of its own though nothing parts it from its neighbours. */
export function tokensOf(line: string, units: readonly Unit[]): string[] {
  const signs = new Set(units.map((unit) => unit.call_sign.toLowerCase()));
  return line
    .normalize("NFKC")
    .replace(/^\s*[/、]/, "")
    .toLowerCase()
    .replace(/#\d+/g, " $& ")
    .replace(/\D\d+/g, (sign) => (signs.has(sign) ? ` ${sign} ` : sign))
    .split(/[\s,;、]+/)
    .filter(Boolean);
}

/** By call sign, by identifier, or by the digits of the call sign. */
export function unitNamed(token: string, units: readonly Unit[]): Unit | undefined {
  const isNumber = /^\d{1,4}$/.test(token);
  return units.find(
    (unit) =>
      unit.call_sign.toLowerCase() === token ||
      unit.unit_id.toLowerCase() === token ||
      (isNumber && Number(unit.call_sign.replace(/\D/g, "") || Number.NaN) === Number(token)),
  );
}

/** By identifier, by a part of either name, or by the first letters of the Chinese one; the shortest name that fits. */
function hospitalNamed(token: string, world: World): Hospital | undefined {
  if (token.length < SHORTEST_NAME) return undefined;
  return hospitalsFitting(token, world)[0];
}

export function hospitalsFitting(token: string, world: World): Hospital[] {
  return Object.values(world.hospitals)
    .filter(
      (hospital) =>
        hospital.hospital_id.toLowerCase() === token ||
        hospital.name_zh.toLowerCase().includes(token) ||
        hospital.name_en.toLowerCase().includes(token) ||
        (/^[a-z]{3,}$/.test(token) && initials(hospital.name_zh).includes(token)),
    )
    .sort((a, b) => a.name_zh.length - b.name_zh.length);
}
