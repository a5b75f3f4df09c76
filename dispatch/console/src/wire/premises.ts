import type { Instant, LatLon } from "./types";

/** What whoever comes to an address must know, until a stated day. */
export interface PremisesWarning {
  warning_id: string;
  kind: "dog" | "violence" | "access" | "hazard" | "lift" | "other";
  text: string;
  location?: (LatLon & { accuracy_m?: number | null }) | null;
  address_text?: string | null;
  reason: string;
  entered_at: Instant;
  entered_by: string;
  reviewed_at?: Instant | null;
  reviewed_by?: string | null;
  expires_at: Instant;
}

export const PREMISES_KINDS = ["dog", "violence", "access", "hazard", "lift", "other"] as const;
