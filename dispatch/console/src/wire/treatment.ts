/** What the clinical pathways add: scales, ways to reperfusion, and who else is told. */

export interface ScaleReading {
  name: string;
  score: number;
  highest: number;
  stroke_suspected: boolean | null;
  lvo_suspected: boolean | null;
}

export interface Handover {
  to: string;
  code: string;
  text: string;
  text_en: string;
}

/** A way to reperfusion as modelled; times in seconds from `since` of the outcome. */
export interface TreatmentWay {
  way: "direct" | "transfer" | "rendezvous";
  hospital_id: string;
  name_zh: string | null;
  name_en: string | null;
  then_name_zh: string | null;
  then_name_en: string | null;
  unit_id: string | null;
  needle_s: number | null;
  reperfusion_s: number | null;
  p_outcome: number | null;
  best_share: number;
}

export interface Modelled {
  text: string;
  text_en: string;
  source: string;
  since: "onset" | "last_known_well" | "first_medical_contact" | null;
  options: TreatmentWay[];
}
