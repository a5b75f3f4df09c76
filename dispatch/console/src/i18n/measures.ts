import { language, t, tValue } from "./index";

/** Measures as a dispatcher reads them: 24-hour city time, minutes and seconds, metres and kilometres. */

/** The city's time is eight hours ahead the year round. A browser's own formats of it cost tens of milliseconds to make. */
const AHEAD_MS = 8 * 3600 * 1000;
const dates = new Map<string, Intl.DateTimeFormat>();

/** 2026-11-21T08:00:53.000Z for what the city calls so. */
function cityTime(at: number | string): string {
  return new Date((typeof at === "string" ? Date.parse(at) : at) + AHEAD_MS).toISOString();
}

/** 08:00:53 in the city, whatever this computer's own zone. */
export function clockTime(at: number | string): string {
  return cityTime(at).slice(11, 19);
}

export function shortTime(at: number | string): string {
  return clockTime(at).slice(0, 5);
}

export function dateText(at: number): string {
  const isChinese = language.value === "zh";
  let date = dates.get(language.value);
  if (date === undefined) {
    const parts = { timeZone: "UTC", month: isChinese ? "long" : "short", day: "numeric", weekday: "short" } as const;
    date = new Intl.DateTimeFormat(isChinese ? "zh-CN" : "en-GB", parts);
    dates.set(language.value, date);
  }
  return date.format(at + AHEAD_MS);
}

/** 2026-11-21 in the city. */
export function dayText(at: number | string): string {
  return cityTime(at).slice(0, 10);
}

/** 04:10, or 1:02:07 from an hour on. */
export function stopwatch(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (n: number): string => String(n).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${two(minutes)}:${two(whole % 60)}`;
}

/** "3 min", for what need not be exact. */
export function roughly(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return t("time.second", { n: whole });
  if (whole < 3600) return t("time.minute", { n: Math.round(whole / 60) });
  const minutes = Math.round((whole % 3600) / 60);
  const h = Math.floor(whole / 3600);
  return minutes === 0 ? t("time.hour", { n: h }) : t("time.hour_minute", { h, m: minutes });
}

/** A storey in words, basements too; empty when it was not said. */
export function floorText(floor: number | string | null | undefined): string {
  if (floor == null) return "";
  const number = Number(floor);
  return number < 0 ? t("place.basement", { n: -number }) : t("place.floor", { n: floor });
}

/** A source of travel times in words, with its version: `roads-4f1c…` is the road network of that content. */
export function sourceText(source: string): string {
  const [, kind, version] = /^(walking-estimate|estimate|walking-roads|roads)-(.+)$/.exec(source) ?? [];
  return kind === undefined ? source : `${tValue("source", kind)} ${version}`;
}

export function distance(metres: number): string {
  if (metres < 1000) return `${Math.round(metres)} m`;
  return `${(metres / 1000).toFixed(metres < 10_000 ? 1 : 0)} km`;
}
