import type { Instant } from "./types";

/** The versions of the AED data, as `/api/v1/aed-data` tells of them. */

/** How the service names the devices of the city's own data set. */
export const OWN = "own";

export interface AedData {
  version: string;
  n_devices: number;
  is_missing: boolean;
  order: { seq: number; version: string; set_at: Instant; set_by: string; reason: string } | null;
  items: { version: string; valid_from: string; registries: { text_zh: string; text_en: string }[] }[];
  gone: { aed_id: string }[];
}

export interface Difference {
  version: string;
  n_added: number;
  n_removed: number;
  n_changed: number;
  n_moved: number;
  n_unchanged: number;
  removes_many: boolean;
  added: string[];
  removed: string[];
  moved: { aed_id: string; distance_m: number }[];
  changes: { aed_id: string; column: string; before: string; after: string }[];
  /** Only of a file that was just read. */
  n_rejected?: number;
  rejected?: { row: number; reasons: string[] }[];
}
