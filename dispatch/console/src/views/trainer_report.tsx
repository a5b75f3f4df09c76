import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t } from "../i18n";
import { stopwatch } from "../i18n/measures";
import { problemText } from "../panes/marks";
import { getJson, Problem } from "../wire/http";
import { Figure } from "./wall";

/** Of `report.json`, what a debriefing begins with. */
interface Told {
  calls: number;
  incidents: number;
  unserved: number;
  still_open: number;
  escalations: number;
  call_to_scene_time_s: { all: { p50: number | null; p90: number | null } };
}

/** What came of the drill, once it has ended; the whole of it is a page to keep. */
export function Report({ isThere }: { isThere: boolean }) {
  const told = useSignal<Told | null>(null);
  const failed = useSignal<Problem | null>(null);
  useEffect(() => {
    if (!isThere) return;
    getJson<Told>("/api/v1/drill/report").then(
      (report) => (told.value = report),
      (failure: unknown) => {
        if (!(failure instanceof Problem)) throw failure;
        failed.value = failure;
      },
    );
  }, [isThere]);
  const report = told.value;
  return (
    <section class="trainer-report" id="drill-report">
      <h2>{t("trainer.report")}</h2>
      {failed.value === null ? null : <p role="alert">{problemText(failed.value)}</p>}
      {report === null ? (
        <p role="status">{t("trainer.report.soon")}</p>
      ) : (
        <>
          <dl class="figures">
            <Figure name={t("trainer.report.calls")} value={report.calls} />
            <Figure name={t("trainer.report.incidents")} value={report.incidents} />
            <Figure name={t("trainer.report.unserved")} value={report.unserved} isAlarming={report.unserved > 0} />
            <Figure name={t("trainer.report.open")} value={report.still_open} />
            <Figure name={t("trainer.report.escalations")} value={report.escalations} />
            <Figure name={t("trainer.report.scene")} value={`${span(report.call_to_scene_time_s.all.p50)} / ${span(report.call_to_scene_time_s.all.p90)}`} />
          </dl>
          <p>
            <a href="/api/v1/drill/report.html" download="report.html">
              {t("trainer.report.page")}
            </a>
          </p>
        </>
      )}
      <p class="muted">{t("trainer.report.files")}</p>
    </section>
  );
}

function span(seconds: number | null): string {
  return seconds === null ? "—" : stopwatch(seconds);
}
