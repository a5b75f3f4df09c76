/**
 * The shapes that the service sends. Field names are the service's own; nothing here is derived.
 *
 * A merge patch cannot carry null: a field that became null is gone from the world, and a field that is new with
 * null never arrives. So in `world` absent and null mean the same, and are compared with `== null`.
 */

import type { DrillPace } from "./drill";
import type { Advice } from "./posts";
import type { PremisesWarning } from "./premises";
import type { Notice, Picture, Prealert, Slot, Transfer } from "./reception";
import type { Handover, Modelled, ScaleReading } from "./treatment";

export type Instant = string;
export type Priority = "red" | "orange" | "yellow" | "green";
export type Pathway =
  | "stroke"
  | "stemi"
  | "ohca"
  | "trauma"
  | "obstetric"
  | "burn"
  | "poisoning"
  | "psychiatric"
  | "general";
export type IncidentState = "open" | "closed" | "cancelled" | "joined";
export type AssignmentStatus =
  | "offered"
  | "acknowledged"
  | "declined"
  | "reserved"
  | "en_route"
  | "on_scene"
  | "at_patient"
  | "left_scene"
  | "at_hospital"
  | "handed_over"
  | "available"
  | "cancelled";
export type UnitStatus = "standby" | "out_of_service" | AssignmentStatus;
export type UnitKind = "als" | "bls" | "neonatal" | "msu" | "mstemi";
export type Grade = "official" | "registry" | "inferred";

export interface LatLon {
  lat: number;
  lon: number;
}

export interface IncidentLocation extends LatLon {
  accuracy_m?: number | null;
  source: string;
  cell?: string | null;
}

export interface AssignmentBrief {
  assignment_id: string;
  unit_id: string;
  hospital_id?: string | null;
  status: AssignmentStatus;
  timestamps: Partial<Record<AssignmentStatus, Instant>>;
}

export interface Patient {
  patient_id: string;
  state: string;
  age_years?: number | null;
  sex?: string | null;
  triage_tag?: string | null;
  assignment_id?: string | null;
  hospital_id?: string | null;
  /** The last word to a hospital that this patient comes. */
  prealert?: Prealert | null;
  pictures?: Picture[];
  turned_away?: { hospital_id: string; reason: string; at: Instant; to_hospital_id: string | null }[];
  /** The latest score of each scale and what it says; null where the scale says nothing of it. */
  scales?: ScaleReading[];
}

export type Tag = "red" | "yellow" | "green" | "black";

/** One patient's way in a scene's plan. `bound`: under way or settled, so that only the arrival is told. */
export interface PlannedPatient {
  patient_id: string;
  tag: Tag | null;
  unit_id: string;
  call_sign: string | null;
  trip: number;
  hospital_id: string;
  leaves_at: Instant;
  arrives_at: Instant;
  received_at: Instant | null;
  bound: boolean;
}

/** What the plan took a hospital to take; `assumed` where it has not said. */
export interface PlannedHospital {
  hospital_id: string;
  name_zh: string | null;
  name_en: string | null;
  red: number;
  yellow: number;
  green: number;
  interval_s: number;
  assumed: boolean;
}

export interface CasualtyPlan {
  incident_id: string;
  computed_at: Instant;
  patients: PlannedPatient[];
  unplaced: { cause: string; tag: Tag; needs: string[]; n: number; text: string; text_en: string }[];
  hospitals: PlannedHospital[];
  unknown_needs: { need: string; n: number; text: string; text_en: string }[];
  travel_time_source: string;
  travel_time_grade: TimeGrade;
}

export interface DuplicateProposal {
  incident_id: string;
  score: number;
  distance_m?: number | null;
  age_s: number;
}

export interface Incident {
  incident_id: string;
  number: number;
  state: IncidentState;
  priority: Priority;
  pathway: Pathway;
  complaint: string;
  determinant?: string | null;
  location: IncidentLocation;
  address_text?: string | null;
  floor?: number | string | null;
  received_at: Instant;
  calls: { call_id: string; received_at: Instant; caller_phone: string | null }[];
  patients: Patient[];
  notices?: Notice[];
  assignments: AssignmentBrief[];
  units_required: number;
  units_missing: number;
  held?: { since_at: Instant; reason: string; reminders: number } | null;
  escalation: number;
  recommendation?: { unit_ids: string[]; hospital_id: string | null; seq: number } | null;
  /** That a plan distributes its patients; the whole of it is asked for. */
  casualty_plan?: { computed_at: Instant; n_planned: number; n_unplaced: number } | null;
  possible_duplicates: DuplicateProposal[];
  notes: string[];
  /** What its crews have to know of the place. */
  premises?: PremisesWarning[];
  answers?: Record<string, string>;
  is_simulated: boolean;
  version: number;
}

export interface Assignment extends AssignmentBrief {
  incident_id: string;
  patient_ids: string[];
  reoffers: number;
  override_reason?: string | null;
  disposition?: string | null;
  version: number;
}

export interface Unit {
  unit_id: string;
  call_sign: string;
  kind: UnitKind;
  negative_pressure: boolean;
  home_station_id: string;
  home: LatLon;
  /** Where it waits or is bound for; its base when absent. */
  post_id?: string | null;
  advised?: Advice | null;
  duty: "in_service" | "out_of_service";
  duty_reason?: string | null;
  /** Since when its crew asks for help. */
  distress_at?: Instant | null;
  status: UnitStatus;
  assignment_id?: string | null;
  incident_id?: string | null;
  record_class: string;
}

export interface Designation {
  kind: "stroke" | "stemi";
  since?: string | null;
  until?: string | null;
  evidence: string;
  grade: Grade;
}

export interface CapabilityStatus {
  state: "available" | "busy" | "closed" | "unknown";
  source?: string | null;
  updated_at?: Instant | null;
  expires_at?: Instant | null;
  slots_free?: number | null;
  /** Places kept for patients. */
  slots?: Slot[];
}

export interface Hospital {
  hospital_id: string;
  name_zh: string;
  name_en: string;
  level_zh?: string | null;
  location: LatLon;
  coord_quality: string;
  designations: Designation[];
  capabilities: Record<string, CapabilityStatus>;
}

/** Streets that are slow or closed for a while: an area drawn by hand, or ways of OpenStreetMap. */
export interface Traffic {
  traffic_id: string;
  way_ids: number[];
  area?: { type: "Polygon"; coordinates: [number, number][][] } | null;
  speed_factor?: number | null;
  closed: boolean;
  expires_at: Instant;
  source: string;
  reported_at: Instant;
  reported_by: string;
}

/** What is not as it should be, with a stable code and in both languages. */
export interface Degradation {
  code: string;
  text_zh: string;
  text_en: string;
}

export type TimeGrade = "network" | "estimate";

export interface World {
  incidents: Record<string, Incident>;
  assignments: Record<string, Assignment>;
  units: Record<string, Unit>;
  hospitals: Record<string, Hospital>;
  traffic?: Record<string, Traffic> | null;
  transfers?: Record<string, Transfer> | null;
  /** How the service itself stands: which travel times are in force, and what is degraded. */
  service?: { travel_times?: { source: string; grade: TimeGrade } | null; degraded?: Degradation[]; room_rules_seq?: number | null; aed_data_seq?: number | null; posts_version?: string | null } | null;
}

export interface Reason {
  code: string;
  sign: "+" | "-";
  text: string;
  text_en: string;
}

export interface Candidate {
  unit_id: string;
  call_sign: string;
  kind: UnitKind;
  travel_time_s: number;
  travel_time_grade?: TimeGrade | null;
  p90_s: number | null;
  distance_m: number | null;
  eta_at: Instant;
  cost: number;
  cost_terms: Record<string, number>;
  regret: number | null;
  /** Of the sampled worlds, in which this unit is the best for this call; null where that was not weighed. */
  best_share?: number | null;
  position: { lat: number; lon: number; source: "fix" | "station"; fixed_at: Instant | null; age_s: number | null };
  reasons: Reason[];
}

export interface HospitalCandidate {
  hospital_id: string;
  name_zh: string;
  name_en: string;
  travel_time_s: number;
  eta_at: Instant;
  cost: number;
  cost_terms: Record<string, number>;
  regret: number | null;
  designation_grade: Grade | null;
  reasons: Reason[];
}

export interface Exclusion {
  id: string;
  kind: "unit" | "hospital";
  rule: string;
  text: string;
  text_en: string;
}

export interface Recommendation {
  incident_id: string;
  computed_at: Instant;
  seq: number | null;
  units: Candidate[];
  hospital: HospitalCandidate | null;
  alternatives: Candidate[];
  hospital_alternatives: HospitalCandidate[];
  excluded: Exclusion[];
  held: boolean;
  /** The crew at a hospital for which it is held, and when it is expected at the scene. */
  awaits?: { unit_id: string; call_sign: string | null; eta_at: Instant } | null;
  /** Units that could go too, at a higher cost than those listed. */
  n_other_units: number;
  policy_version: string;
  data_version: string;
  travel_time_source: string;
  travel_time_grade: TimeGrade;
  relative_error: number | null;
  outcome?: Modelled | null;
  handovers?: Handover[];
}

/** What free units and AEDs cover; a row of `cells` is in the order of `columns`. */
export interface Coverage {
  computed_at: Instant;
  at: Instant;
  threshold_s: number;
  turnout_s: number;
  travel_time: { source: string; grade: TimeGrade; relative_error: number; off_network_share: number };
  units: { als: number; any: number };
  totals: {
    residents: number;
    als: { share: number; residents: number };
    any: { share: number; residents: number };
    aed_walk: { median_s: number | null; p90_s: number | null };
  };
  aeds: { source: string; grade: TimeGrade; network_share: number; n_devices: number; is_simulated: boolean };
  notes: { zh: string; en: string }[];
  columns: string[];
  cells: CoverageRow[];
}

/** cell, residents, als_share, any_share, als_s, any_s, aed_walk_s. */
export type CoverageRow = [string, number, number, number, number | null, number | null, number | null];

/** A way by road; of grade `estimate` a straight line. */
export interface Way {
  geometry: { type: "LineString"; coordinates: [number, number][] };
  properties: { travel_time_s: number; distance_m: number; source: string; grade: TimeGrade };
}

/** unit_id, lat, lon, age_s of the fix, heading_deg. */
export type PositionRow = [string, number, number, number, number | null];

export type Frame =
  | { type: "snapshot"; seq: number; world: World }
  | { type: "events"; from: number; to: number; events: JournalEvent[]; patch: unknown }
  | { type: "positions"; at: Instant; rows: PositionRow[] }
  | { type: "heartbeat"; seq: number; sent_at: Instant; degraded?: string[]; drill?: DrillPace };

export interface CareStamp {
  milestone: string;
  source: string;
  at: Instant | null;
  certainty: "exact" | "estimated";
  hospital_id: string | null;
  reason: string | null;
}

export interface CareInterval {
  code: string;
  text: string;
  text_en: string;
  state: "measured" | "running" | "missing" | "not_done" | "contradictory" | "not_applicable";
  started_at: Instant | null;
  length_s: number | null;
  is_disputed: boolean;
  targets: { within_s: number; edition: { text: string; text_en: string } }[];
}

/** A patient's times from onset to reperfusion; `counted` are those that the intervals are measured with. */
export interface CareClock {
  counted: CareStamp[];
  intervals: CareInterval[];
  missing: string[];
  contradictions: { kind: string; by_s: number; stamps: CareStamp[] }[];
}

export interface JournalEvent {
  seq: number;
  type: string;
  recorded_at: Instant;
  occurred_at: Instant;
  actor: string;
  data: Record<string, unknown>;
  [id: string]: unknown;
}

export interface Me {
  user: string;
  roles: string[];
  development: boolean;
  data_version: string;
  realm: string;
}
