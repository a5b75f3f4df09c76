import { signal } from "@preact/signals";
import { t } from "../i18n";

/** Compressions a minute: the middle of 100 to 120 (ERC Guidelines 2021, doi:10.1016/j.resuscitation.2021.02.009). */
export const PER_MINUTE = 110;
const BEEP_HZ = 880;
const BEEP_S = 0.05;
/** Beats are handed to the sound card so far ahead that a busy page does not stumble. */
const AHEAD_S = 0.5;
const LOOK_EVERY_MS = 100;

const isRunning = signal(false);
const beats = signal(0);
let sound: AudioContext | null = null;
let looking = 0;
let nextBeatS = 0;

export function Metronome() {
  return (
    <button
      type="button"
      class={isRunning.value ? "metronome on" : "metronome"}
      aria-pressed={isRunning.value}
      onClick={() => (isRunning.value ? stop() : start())}
    >
      <span class="beat" key={beats.value} aria-hidden="true" />
      {t(isRunning.value ? "aed.metronome.stop" : "aed.metronome")}
    </button>
  );
}

/** Has to be called by a press: browsers give no sound otherwise. */
function start(): void {
  isRunning.value = true;
  sound = new AudioContext();
  nextBeatS = sound.currentTime + 0.1;
  looking = window.setInterval(schedule, LOOK_EVERY_MS);
}

function stop(): void {
  isRunning.value = false;
  window.clearInterval(looking);
  void sound?.close();
  sound = null;
}

function schedule(): void {
  if (sound === null) return;
  for (; nextBeatS < sound.currentTime + AHEAD_S; nextBeatS += 60 / PER_MINUTE) {
    beep(sound, nextBeatS);
    window.setTimeout(() => (beats.value += 1), (nextBeatS - sound.currentTime) * 1000);
  }
}

function beep(on: AudioContext, atS: number): void {
  const tone = on.createOscillator();
  tone.frequency.value = BEEP_HZ;
  tone.connect(on.destination);
  tone.start(atS);
  tone.stop(atS + BEEP_S);
}
