import { computed, signal } from "@preact/signals";
import type { Level } from "./alarms";

/** Sounds of alarms, made here and not loaded: a level is told by its rhythm, not by its pitch alone. */

/** When each tone of a level begins, in seconds, and its pitch; choices of ours. */
const TONES: Readonly<Record<Level, readonly (readonly [atS: number, hz: number])[]>> = {
  1: [0, 0.15, 0.3, 0.6, 0.75].map((atS, index) => [atS, index < 3 ? 784 : 988] as const),
  2: [0, 0.25, 0.5].map((atS) => [atS, 659] as const),
  3: [[0, 523]],
};
const TONE_S = 0.12;
const EDGE_S = 0.015;
const LOUDNESS = 0.25;

let context: AudioContext | null = null;
/** Browsers give no sound before a key or a button was pressed. */
export const isAllowed = signal(false);
export const isMuted = signal(false);
export const isAudible = computed(() => isAllowed.value && !isMuted.value);

/** Asks for sound at each press until it is given. */
export function awaitPress(): void {
  const ask = (): void => {
    context ??= listened(new AudioContext());
    void context.resume();
  };
  const presses = ["pointerdown", "keydown"] as const;
  for (const press of presses) document.addEventListener(press, ask);

  function listened(made: AudioContext): AudioContext {
    made.onstatechange = () => {
      isAllowed.value = made.state === "running";
      if (isAllowed.value) for (const press of presses) document.removeEventListener(press, ask);
    };
    return made;
  }
}

/** Plays a level's tones, also where alarms are muted: who presses "hear it" wants to. */
export function play(level: Level): void {
  if (context === null) return;
  for (const [atS, hz] of TONES[level]) sound(context, context.currentTime + atS, hz);
}

/** A tone whose edges are rounded, so that it does not click. */
function sound(on: AudioContext, atS: number, hz: number): void {
  const tone = on.createOscillator();
  const loudness = on.createGain();
  tone.frequency.value = hz;
  loudness.gain.setValueAtTime(0, atS);
  loudness.gain.linearRampToValueAtTime(LOUDNESS, atS + EDGE_S);
  loudness.gain.setValueAtTime(LOUDNESS, atS + TONE_S - EDGE_S);
  loudness.gain.linearRampToValueAtTime(0, atS + TONE_S);
  tone.connect(loudness).connect(on.destination);
  tone.start(atS);
  tone.stop(atS + TONE_S);
}
