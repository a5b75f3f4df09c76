/** Where units wait, as the service sends it. */

import type { Instant, LatLon } from "./types";

/** A station, or a place at the kerb where a vehicle may stand. */
export interface Post {
  post_id: string;
  kind: "station" | "kerbside";
  name: string;
  location: LatLon;
  record_class: string;
  evidence: string;
}

export interface Posts {
  items: Post[];
  next: string | null;
  demand: { source: "residents" | "calls"; record_class: string; version: string | null };
}

/** Where a unit should wait instead. `gain`: the share of all demand that it would add to what is expected to be covered. */
export interface Advice {
  post_id: string;
  reason: "freed" | "move_up" | "ordered";
  gain?: number | null;
  travel_time_s?: number | null;
  distance_m?: number | null;
  advised_at?: Instant | null;
}
