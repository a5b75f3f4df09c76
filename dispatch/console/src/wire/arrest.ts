/** Who brings the first shock to a cardiac arrest, as the service answers it. */

export type Bringer = "responder" | "drone" | "bystander" | "owner";

export interface ArrestDevice {
  aed_id: string;
  name_zh: string;
  name_en: string | null;
  location_zh: string | null;
  location_en: string | null;
  contact?: string | null;
}

export interface ComingDevice {
  bringer: Bringer;
  unit_id: string | null;
  name: string | null;
  device: ArrestDevice | null;
  shock_s: number;
  shock_at: string;
  p: number;
  gain_s: number;
  run_id: string | null;
  status: string | null;
  answer_by: string | null;
  is_simulated: boolean;
}

export interface PassedOver {
  bringer: Bringer | null;
  unit_id: string | null;
  name: string | null;
  aed_id: string | null;
  code: string;
  text: string;
  text_en: string;
}

export interface ArrestPlan {
  incident_id: string;
  at: string;
  expected_s: number;
  alone_s: number;
  is_served: boolean;
  is_proved: boolean;
  crew: { unit_id: string; call_sign: string; shock_s: number; shock_at: string } | null;
  bringers: ComingDevice[];
  passed_over: PassedOver[];
}
