import { computed, signal } from "@preact/signals";
import { t } from "../i18n";
import { nowMs } from "../room/clock";
import { type Completion, completed, completions } from "../room/command/complete";
import { parse } from "../room/command/parse";
import { type Understood, understand } from "../room/command/understand";
import { searchTold } from "../room/map_wishes";
import { selectedIncident } from "../room/selection";
import { undoable } from "../room/undo";
import { world } from "../room/world";
import { Key, Outcome } from "./marks";

/** More lines than these nobody scrolls back through. */
const HISTORY_KEPT = 50;

const line = signal("");
const active = signal(0);
/** Lines that were carried out, the newest last, and how far back the arrows have gone. */
const history = signal<readonly string[]>([]);
const back = signal(0);
const lastPlace = signal<string | null>(null);
const isFocused = signal(false);

const understood = computed<Understood | null>(() =>
  line.value.trim() === "" ? null : understand(parse(line.value, world.value), world.value, selectedIncident.value, nowMs.value),
);
const offered = computed(() => (isFocused.value ? completions(line.value, world.value) : []));

/** Puts a beginning into the line and the hands on it; nothing is done before Enter. */
export function beginCommand(text: string): void {
  write(text);
  document.getElementById("command")?.focus();
}

function write(text: string): void {
  line.value = text;
  active.value = 0;
}

function carryOut(): void {
  const meant = understood.value;
  if (meant === null || meant.run === null) return;
  searchTold.value = null;
  meant.run();
  lastPlace.value = meant.place;
  history.value = [...history.value.filter((one) => one !== line.value), line.value].slice(-HISTORY_KEPT);
  back.value = 0;
  write("");
}

function recall(by: 1 | -1): void {
  back.value = Math.min(history.value.length, Math.max(0, back.value + by));
  write(history.value.at(-back.value || history.value.length) ?? "");
}

function press(event: KeyboardEvent): void {
  // An input method's Enter takes its own candidate, not our command.
  if (event.isComposing || event.keyCode === 229) return;
  const choice = offered.value[active.value];
  const isRecalling = line.value === "" || back.value > 0;
  const act: Partial<Record<string, () => void>> = {
    Enter: carryOut,
    NumpadEnter: carryOut,
    Tab: () => choice && write(completed(line.value, choice.word)),
    ArrowDown: () => (isRecalling ? recall(-1) : step(1)),
    ArrowUp: () => (isRecalling ? recall(1) : step(-1)),
  };
  const chosen = act[event.code];
  if (chosen === undefined || (event.code === "Tab" && choice === undefined)) return;
  event.preventDefault();
  chosen();
}

function step(by: 1 | -1): void {
  active.value = Math.min(Math.max(0, active.value + by), Math.max(0, offered.value.length - 1));
}

/** One line in which everything can be said, always in sight; what it would do is shown before it is done. */
export function CommandLine() {
  const options = offered.value;
  return (
    <section class="command" aria-label={t("command.title")}>
      {options.length > 0 ? <Options options={options} /> : null}
      <label for="command">
        <Key>/</Key>
        <span class="away">{t("command.title")}</span>
      </label>
      <input
        id="command"
        role="combobox"
        autocomplete="off"
        spellcheck={false}
        aria-expanded={options.length > 0}
        aria-controls="command-options"
        aria-autocomplete="list"
        aria-activedescendant={options.length > 0 ? `command-${active.value}` : undefined}
        aria-describedby="understood"
        placeholder={t("command.placeholder")}
        value={line.value}
        onInput={(event) => {
          back.value = 0;
          write(event.currentTarget.value);
        }}
        onKeyDown={press}
        onFocus={() => (isFocused.value = true)}
        onBlur={() => (isFocused.value = false)}
      />
      <p id="understood" class={understood.value?.run === null ? "muted" : ""} role="status">
        {understood.value === null ? <Rest /> : understood.value.text}
        {understood.value?.run ? <Key>Enter</Key> : null}
      </p>
    </section>
  );
}

/** What the line says while nothing is typed: what became of the last command, and what could be taken back. */
function Rest() {
  const last = undoable.value.at(-1);
  return (
    <>
      {lastPlace.value === null ? null : <Outcome place={lastPlace.value} />}
      {searchTold.value}
      {last === undefined ? null : (
        <button type="button" class="small quiet" id="undo" onClick={() => beginCommand("undo")}>
          {t("command.undo.offer", { what: last.name() })} <Key>U</Key>
        </button>
      )}
    </>
  );
}

function Options({ options }: { options: readonly Completion[] }) {
  return (
    <ul class="options" id="command-options" role="listbox" aria-label={t("command.title")}>
      {options.map((option, index) => (
        <li
          key={option.word}
          id={`command-${index}`}
          role="option"
          aria-selected={index === active.value}
          onPointerDown={(event) => {
            event.preventDefault();
            write(completed(line.value, option.word));
          }}
        >
          <strong>{option.word}</strong> <span class="muted">{option.says}</span>
          {index === active.value ? <Key>Tab</Key> : null}
        </li>
      ))}
    </ul>
  );
}
