import { signal } from "@preact/signals";
import { t } from "../i18n";
import { PriorityMark, UnitMark } from "../panes/marks";
import { isCoverageShown } from "../room/coverage";
import { LOOKS } from "../room/status";
import { HOSPITAL_PATH } from "./glyphs";
import type { Layers } from "./scene";

/** On a smaller screen the legend would hide the map that it explains. */
const WIDE_PX = 1500;

export const layers = signal<Layers>({ units: true, hospitals: true, aeds: true });

/** What the marks mean, and which of them are shown. */
export function Legend({ isPlain }: { isPlain: boolean }) {
  return (
    <details class="legend" open={innerWidth >= WIDE_PX}>
      <summary>{t("map.legend")}</summary>
      <div class="legend-body">
        <div class="legend-row">
          {LOOKS.map((look) => (
            <span key={look} class={`look-${look}`}>
              <UnitMark look={look} /> {t(`look.${look}`)}
            </span>
          ))}
        </div>
        <div class="legend-row">
          {(["red", "orange", "yellow", "green"] as const).map((priority, index) => (
            <span key={priority}>
              <PriorityMark priority={priority} /> {t(`priority.${(index + 1) as 1 | 2 | 3 | 4}`)}
            </span>
          ))}
          <span>
            <svg class="mark hospital" viewBox="0 0 16 16" aria-hidden="true">
              <path d={HOSPITAL_PATH} />
            </svg>{" "}
            {t("map.hospital.legend")}
          </span>
        </div>
        <div class="legend-row fine">
          <span>{t("map.assumed.legend")}</span>
          <span>{t("map.stale_fix")}</span>
          <span>{t("map.line.long")}</span>
          <span>{t(isPlain ? "map.plain" : "map.basemap")}</span>
        </div>
      </div>
    </details>
  );
}

/** Which kinds of marks are painted. */
export function LayerSwitches() {
  return (
    <div class="layers">
      {(["units", "hospitals", "aeds"] as const).map((name) => (
        <label key={name} title={name === "aeds" ? t("map.layer.aeds.hint") : undefined}>
          <input
            type="checkbox"
            checked={layers.value[name]}
            onChange={(event) => (layers.value = { ...layers.value, [name]: event.currentTarget.checked })}
          />
          {t(`map.layer.${name}`)}
        </label>
      ))}
      <label title={t("coverage.hint")}>
        <input
          type="checkbox"
          id="show-coverage"
          checked={isCoverageShown.value}
          onChange={(event) => (isCoverageShown.value = event.currentTarget.checked)}
        />
        {t("coverage.switch")}
      </label>
    </div>
  );
}
