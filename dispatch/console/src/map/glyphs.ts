import type { Look } from "../room/status";

/**
 * One outline per look of a unit and per priority, in a 16 × 16 box, used by the page and by the map alike:
 * the same mark means the same thing wherever it stands.
 */
export const UNIT_PATH: Record<Look, string> = {
  standby: "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11z",
  dispatched: "M8 1L15 8L8 15L1 8z",
  reserved: "M8 1L15 8L8 15L1 8zM8 4.2L11.8 8L8 11.8L4.2 8z",
  en_route: "M8 1.5L15 14H1z",
  on_scene: "M2.5 2.5h11v11h-11z",
  transporting: "M2 1L14.5 8L2 15z",
  at_hospital: "M5.7 1.5h4.6v4.2h4.2v4.6h-4.2v4.2H5.7v-4.2H1.5V5.7h4.2z",
  out: "M3.6 1.5L8 5.9L12.4 1.5L14.5 3.6L10.1 8L14.5 12.4L12.4 14.5L8 10.1L3.6 14.5L1.5 12.4L5.9 8L1.5 3.6z",
};

export const PRIORITY_PATH: Record<1 | 2 | 3 | 4, string> = {
  1: "M5 .5h6L15.5 5v6L11 15.5H5L.5 11V5z",
  2: "M8 0L16 8L8 16L0 8z",
  3: "M1.5 1.5h13v13h-13z",
  4: "M8 .8a7.2 7.2 0 1 0 0 14.4a7.2 7.2 0 1 0 0-14.4z",
};

export const HOSPITAL_PATH = "M6 1h4v5h5v4h-5v5H6v-5H1V6h5z";
