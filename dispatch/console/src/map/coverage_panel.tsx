import { pick, t } from "../i18n";
import { clockTime, roughly, sourceText } from "../i18n/measures";
import { GradeMark, problemText, SimulatedMark } from "../panes/marks";
import {
  coverage,
  coverageKind,
  type CoverageKind,
  coverageProblem,
  isCoverageShown,
  THRESHOLDS_S,
  thresholdS,
  WALK_LIMITS_S,
} from "../room/coverage";
import type { Coverage } from "../wire/types";
import { FEW_RESIDENTS } from "./draw_coverage";

const KINDS: readonly CoverageKind[] = ["any", "als", "aed"];
/** Best first, as a legend is read. */
const LEVELS = [4, 3, 2, 1, 0] as const;

/** What the coverage layer shows, for whom, and on what it rests. */
export function CoveragePanel() {
  if (!isCoverageShown.value) return null;
  const shown = coverage.value;
  const problem = coverageProblem.value;
  return (
    <aside class="map-panel coverage" aria-label={t("coverage.title")} id="coverage">
      <h3>
        {t("coverage.title")}
        <button
          type="button"
          class="small quiet"
          aria-label={t("coverage.close")}
          onClick={() => (isCoverageShown.value = false)}
        >
          ✕
        </button>
      </h3>
      <div class="choices">
        <span role="group" aria-label={t("coverage.kind")}>
          {KINDS.map((kind) => (
            <button
              key={kind}
              type="button"
              class={coverageKind.value === kind ? "small chosen" : "small quiet"}
              aria-pressed={coverageKind.value === kind}
              data-kind={kind}
              onClick={() => (coverageKind.value = kind)}
            >
              {t(`coverage.kind.${kind}`)}
            </button>
          ))}
        </span>
        {coverageKind.value === "aed" ? null : (
          <select
            id="coverage-threshold"
            aria-label={t("coverage.threshold")}
            value={String(thresholdS.value)}
            onChange={(event) => (thresholdS.value = Number(event.currentTarget.value))}
          >
            {THRESHOLDS_S.map((seconds) => (
              <option key={seconds} value={String(seconds)}>
                {t("coverage.within", { time: roughly(seconds) })}
              </option>
            ))}
          </select>
        )}
      </div>
      {problem === null ? null : <p class="notice">{problemText(problem)}</p>}
      {shown === null ? <p class="muted">{t("coverage.loading")}</p> : <Figures shown={shown} kind={coverageKind.value} />}
    </aside>
  );
}

function Figures({ shown, kind }: { shown: Coverage; kind: CoverageKind }) {
  const { totals, travel_time: drive, aeds } = shown;
  const isOfAeds = kind === "aed";
  const grade = isOfAeds ? aeds.grade : drive.grade;
  return (
    <>
      <p class="total" aria-live="polite">
        {isOfAeds ? (
          <>
            <strong>{totals.aed_walk.median_s === null ? "–" : roughly(totals.aed_walk.median_s)}</strong>{" "}
            {t("coverage.walk.total", { p90: totals.aed_walk.p90_s === null ? "–" : roughly(totals.aed_walk.p90_s) })}
          </>
        ) : (
          <>
            <strong>{(totals[kind].share * 100).toFixed(1)}%</strong>{" "}
            {t("coverage.total", { time: roughly(shown.threshold_s), n: shown.units[kind] })}
          </>
        )}
      </p>
      <ul class="classes">
        {LEVELS.map((level) => (
          <li key={level}>
            <span class={`swatch cover-${level}`} aria-hidden="true" />
            {isOfAeds ? walkText(level) : t(`coverage.class.${level}`)}
          </li>
        ))}
      </ul>
      <p class="muted">{t("coverage.few", { n: FEW_RESIDENTS })}</p>
      <p class="muted">
        {sourceText(isOfAeds ? aeds.source : drive.source)} <GradeMark grade={grade} />{" "}
        {isOfAeds && aeds.is_simulated ? <SimulatedMark /> : null} · {t("coverage.at", { at: clockTime(shown.computed_at) })}
      </p>
      {isOfAeds || drive.off_network_share === 0 ? null : (
        <p class="muted">{t("coverage.off", { n: (drive.off_network_share * 100).toFixed(1) })}</p>
      )}
      <details>
        <summary>{t("coverage.notes")}</summary>
        {shown.notes.map((note) => (
          <p key={note.en} class="muted">
            {pick(note.zh, note.en)}
          </p>
        ))}
      </details>
    </>
  );
}

function walkText(level: (typeof LEVELS)[number]): string {
  const longest = WALK_LIMITS_S[level - 1];
  return longest === undefined
    ? t("coverage.walk.over", { time: roughly(WALK_LIMITS_S[0]) })
    : t("coverage.walk.within", { time: roughly(longest) });
}
