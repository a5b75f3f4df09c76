import { describe, expect, it } from "vitest";
import { en as enBase } from "../src/i18n/en";
import { enCrew } from "../src/i18n/en_crew";
import { enDesk } from "../src/i18n/en_desk";
import { enTrainer } from "../src/i18n/en_trainer";
import { zh as zhBase } from "../src/i18n/zh";
import { zhCrew } from "../src/i18n/zh_crew";
import { zhTrainer } from "../src/i18n/zh_trainer";
import { zhDesk } from "../src/i18n/zh_desk";

const zh: Record<string, string> = { ...zhBase, ...zhDesk, ...zhCrew, ...zhTrainer };
const en: Record<string, string> = { ...enBase, ...enDesk, ...enCrew, ...enTrainer };

const SOURCES = import.meta.glob("../src/**/*.{ts,tsx}", { query: "?raw", import: "default", eager: true }) as Record<
  string,
  string
>;
const CODE = Object.entries(SOURCES)
  .filter(([path]) => !/i18n\/(zh|en)(_\w+)?\.ts$/.test(path))
  .map(([, text]) => text)
  .join("\n");
const placeholders = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "").sort();

describe("the two dictionaries", () => {
  it("have the same keys", () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
  });

  it("leave nothing untranslated", () => {
    for (const [key, text] of Object.entries({ ...zh, ...en })) expect(text.trim(), key).not.toBe("");
    // The switch names the other language in that language; nothing else in the English one may be Chinese.
    const chinese = Object.entries(en).filter(([key, text]) => /[\u4e00-\u9fff]/.test(text) && !key.startsWith("top.language"));
    expect(chinese).toEqual([]);
  });

  it("fill in the same values", () => {
    for (const key of Object.keys(zh)) expect(placeholders(en[key] ?? ""), key).toEqual(placeholders(zh[key] ?? ""));
  });

  it("hold no key that no page uses", () => {
    // t(`group.${value}`), tValue("group", value) and words("group", value) use a whole group.
    const groups = [...CODE.matchAll(/(?:`([\w.]+)\.\$\{|(?:tValue|words)\("([\w.]+)",)/g)].map(([, a, b]) => a ?? b);
    groups.push("complaint");
    const quoted = new Set([...CODE.matchAll(/"([\w.]+)"/g)].map(([, key]) => key));
    const unused = Object.keys(zh).filter(
      (key) => !quoted.has(key) && !groups.some((group) => key.startsWith(`${group}.`)),
    );
    expect(unused).toEqual([]);
  });
});
