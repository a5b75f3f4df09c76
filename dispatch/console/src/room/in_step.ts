import { batch, effect } from "@preact/signals";
import { draft, type Draft } from "./draft";
import { followedUnitId } from "./map_wishes";
import { isIntakeOpen, selectedHospitalId, selectedIncidentId, selectedUnitId } from "./selection";

/** What a window and its map on a second screen have in common. */
interface Common {
  incidentId: string | null;
  unitId: string | null;
  hospitalId: string | null;
  followedUnitId: string | null;
  isIntakeOpen: boolean;
  draft: Draft;
}

function present(): Common {
  return {
    incidentId: selectedIncidentId.value,
    unitId: selectedUnitId.value,
    hospitalId: selectedHospitalId.value,
    followedUnitId: followedUnitId.value,
    isIntakeOpen: isIntakeOpen.value,
    draft: draft.value,
  };
}

function take(common: Common): void {
  batch(() => {
    selectedIncidentId.value = common.incidentId;
    selectedUnitId.value = common.unitId;
    selectedHospitalId.value = common.hospitalId;
    followedUnitId.value = common.followedUnitId;
    isIntakeOpen.value = common.isIntakeOpen;
    draft.value = common.draft;
  });
}

/** Keeps this window in step with those of the same desk: what is chosen in one is chosen in all. */
export function keepInStep(deskId: string, asks: boolean): void {
  const channel = new BroadcastChannel(`dispatch.desk.${deskId}`);
  let known = JSON.stringify(present());
  channel.onmessage = ({ data }: MessageEvent<string | null>) => {
    if (data === null) {
      channel.postMessage(JSON.stringify(present()));
      return;
    }
    known = data;
    take(JSON.parse(data) as Common);
  };
  effect(() => {
    const now = JSON.stringify(present());
    if (now === known) return;
    known = now;
    channel.postMessage(now);
  });
  // A window that has just opened takes over what stands on the other; null asks for it.
  if (asks) channel.postMessage(null);
}
