/** What ambulance, room and hospital agree on, and the record that is asked for, as the service sends it. */

import type { Instant } from "./types";

export interface Prealert {
  hospital_id: string;
  state: "sent" | "acknowledged" | "turned_away";
  text?: string | null;
  sent_at: Instant;
  reminders: number;
  answered_at?: Instant | null;
  answered_by?: string | null;
}

/** A place of a capability, kept for one patient. */
export interface Slot {
  patient_id: string;
  state: "reserved" | "confirmed" | "in_use";
}

/** Word to a hospital's systems, until they have acknowledged it. */
export interface Notice {
  notice_id: string;
  patient_id: string;
  hospital_id: string;
  kind: "pre_alert" | "handover";
  state: "pending" | "acknowledged" | "refused" | "withdrawn" | "overtaken";
  issued_at: Instant;
  attempts: number;
  outcome?: string | null;
  ended_at?: Instant | null;
  reason?: string | null;
}

/** A photograph of a finding; what it shows is asked for. */
export interface Picture {
  picture_id: string;
  kind: string;
  taken_at: Instant;
  taken_by: string;
}

/** One hospital asks another to take a patient. */
export interface Transfer {
  transfer_id: string;
  hospital_id: string;
  to_hospital_id: string;
  state: "asked" | "accepted" | "refused" | "withdrawn";
  reason: string;
  capability?: string | null;
  patient_id?: string | null;
  age_years?: number | null;
  sex?: string | null;
  asked_at: Instant;
  answered_at?: Instant | null;
  answer?: string | null;
  /** The incident by which the patient is moved. */
  moved_by_incident_id?: string | null;
}

/** A health record as it was received; a section that is not there was not asked for. */
export interface ShownRecord {
  purpose: string;
  received_at: Instant;
  is_complete: boolean;
  n_other_medications: number;
  sections: Record<string, { text: string; code: string | null; since: string | null }[]>;
}
