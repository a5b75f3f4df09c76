import { effect, signal } from "@preact/signals";
import { en } from "./en";
import { zh } from "./zh";
import type { zhCrew } from "./zh_crew";
import type { zhDesk } from "./zh_desk";
import type { zhTrainer } from "./zh_trainer";

export type Language = "zh" | "en";
export type Key = keyof typeof zh | keyof typeof zhDesk | keyof typeof zhCrew | keyof typeof zhTrainer;

const STORED_UNDER = "dispatch.language";
const dictionaries: Record<Language, Readonly<Record<string, string>>[]> = { zh: [zh], en: [en] };

/** Adds the words that only some pages need, so that the others do not carry them. */
export function addWords(inChinese: Readonly<Record<string, string>>, inEnglish: Readonly<Record<string, string>>): void {
  dictionaries.zh.push(inChinese);
  dictionaries.en.push(inEnglish);
}

export const language = signal<Language>(stored());

/** The words for `key` in the language of the screen, `{name}` replaced from `values`. */
export function t(key: Key, values: Readonly<Record<string, string | number>> = {}): string {
  return (find(language.value, key) ?? key).replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

/** What `t` says for `key` in each language: to know again what was written down at a desk of the other one. */
export function inEachLanguage(key: Key): string[] {
  return (["zh", "en"] as const).flatMap((of) => find(of, key) ?? []);
}

/** The words for a value that the service sent, such as a refusal's code; null when it is not in the dictionary. */
export function words(group: string, value: string): string | null {
  const key = `${group}.${value}`;
  return find("zh", key) === undefined ? null : t(key as Key);
}

function find(of: Language, key: string): string | undefined {
  for (const dictionary of dictionaries[of]) if (key in dictionary) return dictionary[key];
  return undefined;
}

/** The words for a value that the service sent, such as a complaint; the value itself when it is a new one. */
export function tValue(group: string, value: string): string {
  return words(group, value) ?? value.replaceAll("_", " ");
}

/** The one of two texts that fits the language of the screen. */
export function pick(inChinese: string, inEnglish: string): string {
  const [first, second] = language.value === "zh" ? [inChinese, inEnglish] : [inEnglish, inChinese];
  return first || second;
}

export function switchLanguage(): void {
  language.value = language.value === "zh" ? "en" : "zh";
}

/** Keeps the document's language, its title and the stored choice in step with the screen. */
export function followLanguage(titleKey: Key): void {
  effect(() => {
    document.documentElement.lang = language.value === "zh" ? "zh-CN" : "en";
    document.title = t(titleKey);
    try {
      localStorage.setItem(STORED_UNDER, language.value);
    } catch {
      // Storage can be forbidden; the choice then lasts as long as the page.
    }
  });
}

function stored(): Language {
  try {
    return localStorage.getItem(STORED_UNDER) === "en" ? "en" : "zh";
  } catch {
    return "zh";
  }
}
