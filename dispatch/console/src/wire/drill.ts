import type { Instant } from "./types";

/** How a drill that a trainer leads goes: `pace` seconds of it pass in one of the room, none while it stands. */
export interface DrillPace {
  phase: "ready" | "running" | "stepping" | "paused" | "ended" | "broken";
  speed: number;
  pace: number;
}

/** Something that the trainer has put into the drill. */
export interface Injection {
  number: number;
  kind: "call" | "surge" | "breakdown" | "refusal" | "hospital" | "traffic";
  subject: string;
  due_at: Instant;
  n_commands: number;
  n_done: number;
  n_refused: number;
  refused: string | null;
}

export interface LedDrill extends DrillPace {
  realm: string;
  at: Instant;
  started_at: Instant;
  calls_to_come: number;
  injections: Injection[];
  has_report: boolean;
  has_roads: boolean;
}

export interface DrillFloor {
  actors: boolean;
  demo_calls_per_hour: number;
}
