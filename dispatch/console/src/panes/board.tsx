import { computed, signal } from "@preact/signals";
import { Component } from "preact";
import { t } from "../i18n";
import { selectedUnitId, selectIncident } from "../room/selection";
import { CODE, LOOKS, lookOf, type Look } from "../room/status";
import { units } from "../room/world";
import type { Unit, UnitKind } from "../wire/types";
import { useInSight } from "./in_sight";
import { PaneHead, UnitMark } from "./marks";

const KINDS: readonly UnitKind[] = ["als", "bls", "neonatal", "msu", "mstemi"];

/** The sizes of `.chips` in the style sheet, and rows drawn beyond those in sight. How high a row is hangs on the screen. */
const GAP_PX = 3;
const EDGE_PX = 6;
const LEAST_CHIP_PX = 104;
const BEYOND = 2;

const look = signal<Look | null>(null);
const kind = signal<UnitKind | null>(null);
const typed = signal("");
const seen = signal({ top: 0, height: 0, width: 0, rowPx: 24 + GAP_PX });

const counts = computed(() => {
  const counted = Object.fromEntries(LOOKS.map((name) => [name, 0])) as Record<Look, number>;
  for (const unit of units.value) counted[lookOf(unit.status)] += 1;
  return counted;
});

/** Units at work first, then the idle ones, each in the order of their call signs: a unit moves only when that changes. */
const ordered = computed(() => {
  const isIdle = (unit: Unit): boolean => unit.incident_id == null;
  return [...units.value.filter((unit) => !isIdle(unit)), ...units.value.filter(isIdle)];
});

const shown = computed(() => {
  const wanted = typed.value.trim().toLowerCase();
  return ordered.value.filter(
    (unit) =>
      (look.value === null || lookOf(unit.status) === look.value) &&
      (kind.value === null || unit.kind === kind.value) &&
      (wanted === "" || unit.call_sign.toLowerCase().includes(wanted) || unit.unit_id.toLowerCase().includes(wanted)),
  );
});

/** Every unit with its status as colour, shape and code; filters narrow the board down. */
export function Board() {
  return (
    <section class="pane board" aria-label={t("board.title")}>
      <PaneHead title={t("board.title")} shortcut="F3">
        <Filters />
      </PaneHead>
      <Chips />
    </section>
  );
}

/** Only the rows in sight, and a few more, stand in the page: a chip costs the browser at every frame in which anything changes. */
function Chips() {
  const box = useInSight((board) => {
    const { scrollTop: top, clientHeight: height, clientWidth: width } = board;
    const rowPx = Number.parseFloat(getComputedStyle(board.firstElementChild as HTMLElement).gridAutoRows) + GAP_PX;
    seen.value = { top, height, width, rowPx };
  });
  const all = shown.value;
  const { top, height, width, rowPx } = seen.value;
  const columns = Math.max(1, Math.floor((width - 2 * EDGE_PX + GAP_PX) / (LEAST_CHIP_PX + GAP_PX)));
  const rows = Math.ceil(all.length / columns);
  const from = Math.max(0, Math.floor(top / rowPx) - BEYOND);
  const to = Math.ceil((top + height) / rowPx) + BEYOND;
  return (
    <div ref={box} class="chips" id="board" tabIndex={0} role="group" aria-label={t("board.title")}>
      <div
        class="in-sight"
        role="presentation"
        style={{
          gridTemplateColumns: `repeat(${columns}, 1fr)`,
          height: `${rows * rowPx}px`,
          paddingTop: `${Math.min(from, rows) * rowPx}px`,
        }}
      >
        {all.slice(from * columns, to * columns).map((unit) => (
          <UnitChip
            key={unit.unit_id}
            unit={unit}
            isSelected={unit.unit_id === selectedUnitId.value}
            name={t(`look.${lookOf(unit.status)}`)}
          />
        ))}
      </div>
      {all.length === 0 ? <p class="empty">{t("board.none")}</p> : null}
    </div>
  );
}

function Filters() {
  return (
    <div class="filters">
      <input
        id="find-unit"
        type="search"
        aria-label={t("board.find")}
        placeholder={t("board.find")}
        value={typed.value}
        onInput={(event) => (typed.value = event.currentTarget.value)}
      />
      <select
        aria-label={t("board.kind")}
        value={kind.value ?? ""}
        onChange={(event) => (kind.value = (event.currentTarget.value || null) as UnitKind | null)}
      >
        <option value="">{t("board.kind.all")}</option>
        {KINDS.map((name) => (
          <option key={name} value={name}>
            {t(`kind.${name}`)}
          </option>
        ))}
      </select>
      <div class="looks" role="group">
        {LOOKS.map((name) => (
          <button
            key={name}
            type="button"
            class={`quiet small look-${name}${look.value === name ? " chosen" : ""}`}
            title={t(`look.${name}`)}
            aria-pressed={look.value === name}
            data-look={name}
            onClick={() => (look.value = look.value === name ? null : name)}
          >
            <UnitMark look={name} />
            <span>{t(`look.${name}`)}</span> <b>{counts.value[name]}</b>
          </button>
        ))}
      </div>
    </div>
  );
}

interface ChipProps {
  unit: Unit;
  isSelected: boolean;
  name: string;
}

/** One unit of the board; painted again only when it, or the language, has changed. */
class UnitChip extends Component<ChipProps> {
  override shouldComponentUpdate(next: ChipProps): boolean {
    return next.unit !== this.props.unit || next.isSelected !== this.props.isSelected || next.name !== this.props.name;
  }

  override render({ unit, isSelected, name }: ChipProps) {
    const now = lookOf(unit.status);
    const press = (): void => {
      if (unit.incident_id != null) selectIncident(unit.incident_id);
      selectedUnitId.value = unit.unit_id;
    };
    return (
      <button
        type="button"
        class={`unit look-${now}${isSelected ? " selected" : ""}`}
        title={`${unit.call_sign} · ${name}`}
        data-unit={unit.unit_id}
        data-look={now}
        onClick={press}
      >
        <UnitMark look={now} />
        {unit.call_sign} <span class="code">{CODE[now]}</span>
      </button>
    );
  }
}
