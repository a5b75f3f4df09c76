import { signal } from "@preact/signals";
import { t } from "../i18n";
import type { DrillPace } from "../wire/drill";

/** How the drill goes that a trainer leads here, by the last heartbeat; null where none is led. */
export const drillPace = signal<DrillPace | null>(null);

/** In a few words, for every page that shows the drill's time; empty where none is led. */
export function paceText(): string {
  const drill = drillPace.value;
  if (drill === null) return "";
  return drill.phase === "running" ? t("drill.running", { n: drill.speed }) : t(`drill.${drill.phase}`);
}
