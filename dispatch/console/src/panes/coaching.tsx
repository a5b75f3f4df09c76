import { signal } from "@preact/signals";
import { Metronome } from "../aed/metronome";
import { t } from "../i18n";
import { stopwatch } from "../i18n/measures";
import { addNote } from "../room/assign";
import { nowMs, serviceNowMs } from "../room/clock";
import type { Incident } from "../wire/types";

/** Who presses changes every two minutes (ERC Guidelines 2021, doi:10.1016/j.resuscitation.2021.02.009). */
const CHANGE_EVERY_S = 120;

/** When the first compression was told to this desk, by incident: whoever looks at another one meanwhile finds the time running on. */
const beganMs = signal<Readonly<Record<string, number>>>({});

/** Telephone CPR: a beat to hold to the phone, the time since the first compression, and when the presser is to change. */
export function Coaching({ incident }: { incident: Incident }) {
  const startedMs = beganMs.value[incident.incident_id];
  if (incident.pathway !== "ohca") return null;
  const begin = (): void => {
    beganMs.value = { ...beganMs.value, [incident.incident_id]: serviceNowMs() };
    addNote(incident.incident_id, t("coaching.note"));
  };
  const forS = startedMs === undefined ? 0 : Math.max(0, (nowMs.value - startedMs) / 1000);
  return (
    <div class="coaching" id="coaching">
      <Metronome />
      {startedMs === undefined ? (
        <button type="button" class="small" onClick={begin}>
          {t("coaching.begin")}
        </button>
      ) : (
        <p role="timer">
          {t("coaching.for", { time: stopwatch(forS) })} ·{" "}
          <strong class={forS % CHANGE_EVERY_S > CHANGE_EVERY_S - 10 ? "alarm" : ""}>
            {t("coaching.change", { time: stopwatch(CHANGE_EVERY_S - (forS % CHANGE_EVERY_S)) })}
          </strong>
        </p>
      )}
    </div>
  );
}
