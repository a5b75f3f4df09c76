import { useSignal } from "@preact/signals";
import { pick, t } from "../i18n";
import { hospitalsFitting } from "../room/command/parse";
import { world } from "../room/world";
import type { Assignment, Hospital, Incident, LatLon } from "../wire/types";
import { report } from "./outbox";

const SHOWN = 6;
/** Longitudes are this much shorter than latitudes at 22.6° north. */
const COS_LAT = 0.92;

/** Where the patient goes; another hospital is chosen with the reason, near ones first. */
export function Destination(props: { assignment: Assignment; incident: Incident; hospital: Hospital | undefined }) {
  const { assignment, incident, hospital } = props;
  const typed = useSignal("");
  const reason = useSignal("");
  const wanted = typed.value.trim().toLowerCase();
  const all = wanted === "" ? Object.values(world.value.hospitals) : hospitalsFitting(wanted, world.value);
  const near = all
    .filter((one) => one.hospital_id !== assignment.hospital_id)
    .sort((a, b) => apart(a.location, incident.location) - apart(b.location, incident.location))
    .slice(0, SHOWN);
  const choose = (one: Hospital): void => {
    const body = { hospital_id: one.hospital_id, reason: reason.value.trim() };
    report(`/api/v1/assignments/${assignment.assignment_id}/destination`, body, pick(one.name_zh, one.name_en));
    reason.value = "";
  };
  return (
    <details class="destination">
      <summary>
        {t("crew.destination")}: {hospital === undefined ? "—" : pick(hospital.name_zh, hospital.name_en)}
      </summary>
      <input
        aria-label={t("crew.destination.reason")}
        placeholder={t("crew.destination.reason")}
        value={reason.value}
        onInput={(event) => (reason.value = event.currentTarget.value)}
      />
      <input
        aria-label={t("crew.destination.find")}
        placeholder={t("crew.destination.find")}
        value={typed.value}
        onInput={(event) => (typed.value = event.currentTarget.value)}
      />
      {near.map((one) => (
        <button key={one.hospital_id} type="button" disabled={reason.value.trim() === ""} onClick={() => choose(one)}>
          {pick(one.name_zh, one.name_en)}
        </button>
      ))}
    </details>
  );
}

function apart(a: LatLon, b: LatLon): number {
  return Math.hypot(a.lat - b.lat, (a.lon - b.lon) * COS_LAT);
}
