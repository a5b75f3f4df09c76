import { nextAlarm } from "./panes/alarms";
import { beginCommand } from "./panes/command_line";
import { accept, joinIncident, stopAsking } from "./room/assign";
import { isDayOpen, openDay } from "./room/day";
import { putHandsOn } from "./room/hands";
import { popOut } from "./room/map_wishes";
import { askingRank, isIntakeOpen, isWhyOpen, openIntake, selectedIncident, stepSelection } from "./room/selection";
import { areaDraft, leaveArea } from "./room/traffic";
import { showTransfers } from "./room/transfers";
import { showAdvised } from "./room/waiting";
import { proposedFor, world } from "./room/world";

/**
 * The keys of the console. `code`, not `key`: a Chinese input method turns "/" into "、" and swallows digits.
 *
 * While text is being typed only Escape and the function keys are ours; while an input method composes, none is.
 */
export function listenToKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = FUNCTION_KEYS[event.code] ?? (isTyping(event.target) ? undefined : PLAIN_KEYS[event.code]);
    if (act === undefined) return;
    if (event.repeat && !event.code.startsWith("Arrow")) return;
    event.preventDefault();
    act();
  });
}

const FUNCTION_KEYS: Readonly<Record<string, () => void>> = {
  Escape: leave,
  F2: showQueue,
  F3: () => focus("board"),
  F4: () => focus("detail"),
  F8: popOut,
  F9: nextAlarm,
};

const PLAIN_KEYS: Readonly<Record<string, () => void>> = {
  Slash: () => focus("command"),
  Backslash: () => focus("find-unit"),
  KeyN: openIntake,
  KeyD: () => openDay(),
  KeyJ: joinProposed,
  KeyQ: openInterview,
  KeyC: askToClose,
  KeyH: () => focus("reception"),
  KeyT: showTransfers,
  KeyM: showAdvised,
  KeyU: () => beginCommand("undo"),
  KeyW: () => (isWhyOpen.value = !isWhyOpen.value),
  ArrowDown: () => step(1),
  ArrowUp: () => step(-1),
  ...Object.fromEntries(
    [1, 2, 3].flatMap((rank) => [`Digit${rank}`, `Numpad${rank}`].map((code) => [code, () => accept(rank)])),
  ),
};

/** Leaves whatever holds the hands, the innermost first, and gives them back to the queue. */
function leave(): void {
  if (areaDraft.value !== null) leaveArea();
  else if (askingRank.value !== null) stopAsking();
  else if (isIntakeOpen.value) isIntakeOpen.value = false;
  else isDayOpen.value = false;
  showList();
}

function showQueue(): void {
  isDayOpen.value = false;
  showList();
}

/** The hands on the list that stands on the left. */
function showList(): void {
  putHandsOn(isDayOpen.value ? "day" : "queue");
}

function step(by: 1 | -1): void {
  if (isDayOpen.value) focus("day");
  else stepSelection(by);
}

/** Joins the selected incident into the likeliest that it was proposed to be the same as. */
function joinProposed(): void {
  const incident = selectedIncident.value;
  const into = incident?.state === "open" && !isIntakeOpen.value ? proposedFor(incident, world.value) : undefined;
  if (incident !== null && into !== undefined) joinIncident(incident.incident_id, into.incident_id);
}

/** Unfolds what is still to be asked, and puts the hands on its first control. */
function openInterview(): void {
  const panel = document.getElementById("interview") as HTMLDetailsElement | null;
  if (panel === null) return;
  panel.open = true;
  panel.querySelector<HTMLElement>("button[data-reply], #note")?.focus();
}

function askToClose(): void {
  document.getElementById("ask-close")?.click();
}

function focus(id: string): void {
  document.getElementById(id)?.focus();
}

function isTyping(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return target.type !== "checkbox";
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
