import { computed } from "@preact/signals";
import type { Transfer } from "../wire/reception";
import type { World } from "../wire/types";
import { act } from "./actions";
import { write } from "./draft";
import { putHandsOn } from "./hands";
import { openIntake, selectIncident } from "./selection";
import { world } from "./world";

/** Transfers that hospitals ask each other for; the control room sends the crew, and answers for whom it has on the telephone. */

/** Agreed on, and nobody moves the patient: there is no incident for it, or that one was called off. */
export function needsCrew({ state, moved_by_incident_id: by }: Transfer, of: World): boolean {
  return state === "accepted" && (by == null || of.incidents[by]?.state === "cancelled");
}

/** Newest first. */
export const transfers = computed(() =>
  Object.values(world.value.transfers ?? {}).sort((a, b) => b.asked_at.localeCompare(a.asked_at)),
);
/** Those on which somebody still has to do something. */
export const pendingTransfers = computed(() =>
  transfers.value.filter((transfer) => transfer.state === "asked" || needsCrew(transfer, world.value)),
);

export function transferPlace(transferId: string): string {
  return `transfer ${transferId}`;
}

/** What the hospital that was asked has said on the telephone. */
export function answerTransfer(transfer: Transfer, accepts: boolean, words: string): void {
  const { transfer_id: id, to_hospital_id: by } = transfer;
  const body = { accepts, ...(words === "" ? {} : { answer: words }) };
  act(transferPlace(id), `/api/v1/hospitals/${by}/transfers/${id}/answer`, body);
}

/** Opens the form with what the transfer says: from where, to where, whom. The dispatcher reads it and sends. */
export function planCrew(transfer: Transfer): void {
  const { hospitals } = world.value;
  const from = hospitals[transfer.hospital_id];
  write({
    complaint: "transfer",
    address: from?.name_zh ?? "",
    ...(from === undefined ? {} : { lat: String(from.location.lat), lon: String(from.location.lon), datum: "wgs84" as const }),
    age: transfer.age_years == null ? "" : String(transfer.age_years),
    sex: transfer.sex === "f" ? "F" : transfer.sex === "m" ? "M" : "",
    transfer: { transferId: transfer.transfer_id, toHospitalId: transfer.to_hospital_id },
  });
  openIntake();
}

/** Leaves the incident, so that the right pane shows what hospitals ask for. */
export function showTransfers(): void {
  selectIncident(null);
  putHandsOn("transfers");
}
