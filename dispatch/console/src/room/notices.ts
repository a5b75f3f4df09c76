import { act, dismiss } from "./actions";

/** What the control room does with notices to hospitals' systems. */

export function noticePlace(subject: string): string {
  return `notice ${subject}`;
}

/** Hands the patient over to the system of the hospital that he is bound for, or in. */
export function issueNotice(incidentId: string, patientId: string): void {
  told(patientId, `/api/v1/incidents/${incidentId}/patients/${patientId}/handovers`, { kind: "handover" });
}

export function retryNotice(noticeId: string): void {
  told(noticeId, `/api/v1/notices/${noticeId}/retry`, {});
}

export function withdrawNotice(noticeId: string, reason: string): void {
  told(noticeId, `/api/v1/notices/${noticeId}/withdraw`, { reason });
}

function told(subject: string, path: string, body: unknown): void {
  const place = noticePlace(subject);
  act(place, path, body, () => dismiss(place));
}
