import { language, pick, t, tValue } from "../../i18n";
import type { World } from "../../wire/types";
import { initials } from "../pinyin";
import { lookOf } from "../status";
import { openIncidents, units } from "../world";
import { hospitalsFitting } from "./parse";
import { STATUS_WORDS, type Verb, VERBS } from "./words";

/** A word that may stand in place of the one being typed, and what it stands for. */
export interface Completion {
  word: string;
  says: string;
}

const MOST = 8;

/** What the last word of a line may become: verbs, units, incidents, statuses, hospitals, in that order. */
export function completions(line: string, world: World): Completion[] {
  const typed = (/[^\s,;、]*$/.exec(line)?.[0] ?? "").normalize("NFKC").toLowerCase().replace(/^\//, "");
  if (typed === "") return [];
  const fits = (...names: string[]): boolean =>
    names.some((name) => name.toLowerCase().startsWith(typed) || initials(name).startsWith(typed));
  const spelling = (spellings: readonly string[]): string =>
    (language.value === "zh" ? spellings[0] : spellings.find((one) => /^[a-z]{2}/.test(one))) ?? spellings[0] ?? "";
  const verbs = (Object.entries(VERBS) as [Verb, readonly string[]][])
    .filter(([, spellings]) => fits(...spellings))
    .map(([verb, spellings]) => ({ word: spelling(spellings), says: t(`verb.${verb}`) }));
  const statuses = Object.entries(STATUS_WORDS)
    .filter(([, spellings]) => fits(...spellings))
    .map(([status, spellings]) => ({ word: spelling(spellings), says: tValue("status", status) }));
  const digits = /^\D*0*(\d+)$/.exec(typed)?.[1];
  const signs = units.value
    .filter(
      (unit) =>
        fits(unit.call_sign, unit.unit_id) ||
        (digits !== undefined && !typed.startsWith("#") && unit.call_sign.replace(/\D+0*/, "").startsWith(digits)),
    )
    .map((unit) => ({ word: unit.call_sign, says: t(`look.${lookOf(unit.status)}`) }));
  const numbers = openIncidents.value
    .filter((incident) => `#${incident.number}`.startsWith(typed))
    .map((incident) => ({
      word: `#${incident.number}`,
      says: `${tValue("complaint", incident.complaint)} ${incident.address_text ?? ""}`,
    }));
  const hospitals = (typed.length > 1 ? hospitalsFitting(typed, world) : []).map((hospital) => ({
    word: hospital.hospital_id.toLowerCase(),
    says: pick(hospital.name_zh, hospital.name_en),
  }));
  const every = [...verbs, ...numbers, ...signs, ...statuses, ...hospitals];
  return every.filter(({ word }) => word.toLowerCase() !== typed).slice(0, MOST);
}

/** The line with its last word replaced. */
export function completed(line: string, word: string): string {
  return `${line.replace(/[^\s,;、]*$/, "")}${word} `;
}
