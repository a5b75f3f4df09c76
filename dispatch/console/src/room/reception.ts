import { act, dismiss } from "./actions";

/** What the control room writes down between a crew and the hospital that it brings its patient to. */

export function wordPlace(patientId: string): string {
  return `word ${patientId}`;
}

/** Sends word ahead, or again with other words; it has to be acknowledged anew. */
export function sendWord(patientId: string, text: string, done: () => void): void {
  told(patientId, `/api/v1/patients/${patientId}/prealert`, text === "" ? {} : { text }, done);
}

/** Somebody at the hospital has said on the telephone that they stand ready. */
export function acknowledgeFor(hospitalId: string, patientId: string): void {
  told(patientId, `/api/v1/hospitals/${hospitalId}/patients/${patientId}/acknowledge`, {});
}

/** Somebody at the hospital has said on the telephone that it does not take the patient. */
export function turnAwayFor(hospitalId: string, patientId: string, reason: string, toHospitalId: string, done: () => void): void {
  const body = { reason, ...(toHospitalId === "" ? {} : { to_hospital_id: toHospitalId }) };
  told(patientId, `/api/v1/hospitals/${hospitalId}/patients/${patientId}/turn-away`, body, done);
}

function told(patientId: string, path: string, body: unknown, done: () => void = () => {}): void {
  const place = wordPlace(patientId);
  act(place, path, body, () => {
    dismiss(place);
    done();
  });
}
