import type { IncidentState, Instant, Priority } from "./types";

/** What a list says of an incident of the last two days; null where it is not known. */
export interface DayLine {
  incident_id: string;
  number: number;
  state: IncidentState;
  priority: Priority;
  complaint: string;
  received_at: Instant;
  address_text: string | null;
  is_simulated: boolean;
  /** Every crew that was assigned, called off or not. */
  unit_ids: string[];
  /** The first crew's. */
  on_scene_at: Instant | null;
  closed_at: Instant | null;
  closing_reason: string | null;
}

/** `total` were found; `items` are those from the `first` on, counted from the oldest. */
export interface DayPage {
  total: number;
  first: number;
  items: DayLine[];
}
