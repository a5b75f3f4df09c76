import { en } from "../i18n/en";
import { zh } from "../i18n/zh";
import { initials } from "./pinyin";

/** What a caller may report, in the order of the dictionary: the words are there, the codes are the service's. */
export const COMPLAINTS: readonly string[] = Object.keys(zh)
  .filter((key) => key.startsWith("complaint."))
  .map((key) => key.slice("complaint.".length));

/** The complaints that leave no time to type: one press each. */
export const COMMON: readonly string[] = [
  "cardiac_arrest",
  "stroke",
  "acute_coronary",
  "unconscious",
  "respiratory",
  "trauma_traffic",
  "trauma_fall",
  "obstetric",
];

/** Complaints for which the minutes since onset decide the treatment, so that onset is asked for. */
export const TIMED: ReadonlySet<string> = new Set(["stroke", "acute_coronary", "cardiac_arrest", "altered_mental_status"]);

/** Complaints whose name in either language, code, or pinyin initials contain what was typed; those that begin with it first. */
export function findComplaints(typed: string): string[] {
  const wanted = typed.trim().toLowerCase();
  if (wanted === "") return [...COMPLAINTS];
  const rank = (code: string): number => {
    const { zh: chinese, en: english } = namesOf(code);
    const names = [chinese, english.toLowerCase(), code.replaceAll("_", " "), initials(chinese)];
    if (names.some((name) => name.startsWith(wanted))) return 0;
    return names.some((name) => name.includes(wanted)) ? 1 : 2;
  };
  return COMPLAINTS.filter((code) => rank(code) < 2).sort((a, b) => rank(a) - rank(b));
}

function namesOf(code: string): { zh: string; en: string } {
  const key = `complaint.${code}` as keyof typeof zh;
  return { zh: zh[key], en: en[key] };
}
