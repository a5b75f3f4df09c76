import type { ComponentChildren } from "preact";
import "./marks.css";
import { pick, t, tValue } from "../i18n";
import { PRIORITY_PATH, UNIT_PATH } from "../map/glyphs";
import { actionAt, dismiss } from "../room/actions";
import { CODE, LEVEL, type Look } from "../room/status";
import type { Problem } from "../wire/http";
import type { CapabilityStatus, Grade, Priority } from "../wire/types";

/** The small signs that all panes share. */

export function UnitMark({ look }: { look: Look }) {
  return (
    <svg class={`mark look-${look}`} viewBox="0 0 16 16" aria-hidden="true">
      <path fill-rule="evenodd" d={UNIT_PATH[look]} />
    </svg>
  );
}

export function PriorityMark({ priority }: { priority: Priority }) {
  const level = LEVEL[priority];
  return (
    <svg class={`badge p${level}`} viewBox="0 0 16 16" role="img" aria-label={t(`priority.${level}`)}>
      <path d={PRIORITY_PATH[level]} />
      <text x="8" y="8.4">
        {level}
      </text>
    </svg>
  );
}

export function StatusText({ look }: { look: Look }) {
  return (
    <span class={`status look-${look}`}>
      <UnitMark look={look} />
      {t(`look.${look}`)} <span class="code">{CODE[look]}</span>
    </span>
  );
}

export function Key({ children }: { children: ComponentChildren }) {
  return <kbd>{children}</kbd>;
}

/** Marks a record that stands for nothing real. */
export function SimulatedMark() {
  return <span class="chip simulated">{t("mark.simulated")}</span>;
}

export function GradeMark({ grade }: { grade: Grade | "network" | "estimate" | null }) {
  const name = grade ?? "none";
  return <span class={`chip grade-${name}`}>{t(`grade.${name}`)}</span>;
}

export function PaneHead({ title, shortcut, children }: { title: string; shortcut?: string; children?: ComponentChildren }) {
  return (
    <header class="pane-head">
      <h2>{title}</h2>
      {children}
      {shortcut ? <Key>{shortcut}</Key> : null}
    </header>
  );
}

/** What became of the action that was started here. */
export function Outcome({ place, isQuiet = false }: { place: string; isQuiet?: boolean }) {
  const action = actionAt(place);
  if (action === null || (isQuiet && action.state === "committed")) return null;
  const { state, problem, again } = action;
  return (
    <p class={`outcome ${state}`} role="status" data-outcome={state}>
      <strong>{t(`action.${state}`)}</strong>
      {problem ? <span>{problemText(problem)}</span> : null}
      {again ? (
        <button type="button" class="small" onClick={again}>
          {t("action.again")}
        </button>
      ) : null}
      {state === "pending" || state === "committed" ? null : (
        <button type="button" class="small quiet" onClick={() => dismiss(place)}>
          {t("action.dismiss")}
        </button>
      )}
    </p>
  );
}

/** A refusal in words: the service says them in both languages, then which fields it means, then the code to quote. */
export function problemText(problem: Problem): string {
  if (problem.code === "network") return t("problem.network");
  const fields = problem.errors.map((error) => `${error.pointer} ${error.message}`).join("; ");
  return [pick(problem.detail, problem.detailEn), fields, `(${problem.code})`].filter(Boolean).join(" ");
}

const CAPABILITIES = ["emergency", "ct", "cath_lab", "thrombectomy", "icu", "operating_room"];

/** What a hospital last said of itself; silence is shown as not known, never as available. */
export function Capabilities({ of }: { of: Record<string, CapabilityStatus> }) {
  const rank = (name: string): number => (CAPABILITIES.indexOf(name) + 1 || CAPABILITIES.length + 1);
  const all = Object.entries(of).sort(([a], [b]) => rank(a) - rank(b));
  if (all.length === 0) return null;
  return (
    <ul class="capabilities">
      {all.map(([name, status]) => (
        <li key={name} class={status.state}>
          {tValue("capability", name)} {t(`capability.state.${status.state}`)}
        </li>
      ))}
      {all.some(([, status]) => status.source === "simulated") ? (
        <li>
          <SimulatedMark />
        </li>
      ) : null}
    </ul>
  );
}
