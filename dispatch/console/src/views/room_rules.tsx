import { signal } from "@preact/signals";
import { t, tValue } from "../i18n";
import { clockTime, dateText } from "../i18n/measures";
import { Outcome } from "../panes/marks";
import { ReasonForm } from "../panes/reason_form";
import { act, isPending } from "../room/actions";
import { type Effect, type Policy, RELOCATIONS, type RoomRules, rulesOf, supervision } from "../room/supervision";
import { me } from "../room/world";
import type { Priority } from "../wire/types";

/** How the room works, as a supervisor sets it: chosen, looked at for what would come of it, then ordered with a reason. */

const PLACE = "room-rules";
const PREVIEW = "room-rules-effect";
const PRIORITIES: readonly Priority[] = ["red", "orange", "yellow", "green"];

/** What is being chosen; null while nobody is choosing. */
const chosen = signal<RoomRules | null>(null);
/** What would come of `chosen`; null until asked for, and again after every change. */
const effect = signal<Effect | null>(null);

function choose(rules: RoomRules | null): void {
  chosen.value = rules;
  effect.value = null;
}

/** Whose order is in force, and the way to give another; only supervisors may. */
export function RoomRulesPane({ policy }: { policy: Policy }) {
  const { order } = policy;
  const mayOrder = me.value?.roles.includes("supervisor") ?? false;
  return (
    <div id="room-rules">
      {order === null ? (
        <p class="muted">{t("room.configured")}</p>
      ) : (
        <p>
          {t(order.is_configured ? "room.order.configured" : "room.order", {
            who: order.set_by,
            at: `${dateText(Date.parse(order.set_at))} ${clockTime(order.set_at)}`,
            reason: order.reason,
          })}
        </p>
      )}
      {!mayOrder ? <p class="muted">{t("room.supervisors_only")}</p> : chosen.value === null ? <Begin policy={policy} /> : <Form policy={policy} rules={chosen.value} />}
    </div>
  );
}

function Begin({ policy }: { policy: Policy }) {
  const isOrdered = policy.order !== null && !policy.order.is_configured;
  return (
    <>
      <button type="button" class="small" id="room-change" onClick={() => choose(rulesOf(policy))}>
        {t("room.change")}
      </button>
      {isOrdered ? (
        <details>
          <summary>{t("room.back")}</summary>
          <ReasonForm
            ask={t("room.back.ask")}
            initial=""
            hint={t("room.why.hint")}
            confirm={t("room.back")}
            hasFocus={false}
            onReason={(reason) => give(policy, null, reason)}
          />
        </details>
      ) : null}
      <Outcome place={PLACE} />
    </>
  );
}

function Form({ policy, rules }: { policy: Policy; rules: RoomRules }) {
  const set = (change: Partial<RoomRules>): void => choose({ ...rules, ...change });
  const isSame = JSON.stringify(rules) === JSON.stringify(rulesOf(policy));
  return (
    <div class="room-form">
      <label>
        {t("shift.setting.policy")}
        <select id="room-policy" value={rules.policy} onChange={(event) => set({ policy: event.currentTarget.value })}>
          {policy.policies.map((name) => (
            <option key={name} value={name}>
              {name} · {tValue("room.policy", name)}
            </option>
          ))}
        </select>
      </label>
      <Levels name="auto_assign" ticked={rules.auto_assign} onChange={(auto_assign) => set({ auto_assign })} />
      <Levels name="forbidden" ticked={rules.divert_forbidden} onChange={(divert_forbidden) => set({ divert_forbidden })} />
      <label>
        {t("shift.setting.relocation")}
        <select
          id="room-relocation"
          value={rules.relocation}
          disabled={policy.n_posts === 0}
          onChange={(event) => set({ relocation: event.currentTarget.value as RoomRules["relocation"] })}
        >
          {RELOCATIONS.map((mode) => (
            <option key={mode} value={mode}>
              {t(`shift.relocation.${mode}`)}
            </option>
          ))}
        </select>
      </label>
      {policy.n_posts === 0 ? (
        <p class="muted">{t("room.no_posts")}</p>
      ) : (
        <label>
          {t("room.effort")}
          <select
            id="room-effort"
            value={rules.relocation_effort}
            onChange={(event) => set({ relocation_effort: event.currentTarget.value as RoomRules["relocation_effort"] })}
          >
            {(["frugal", "full"] as const).map((effort) => (
              <option key={effort} value={effort}>
                {t(`shift.effort.${effort}`)}
              </option>
            ))}
          </select>
        </label>
      )}
      <div class="buttons">
        <button
          type="button"
          class="small"
          id="room-effect-ask"
          disabled={isSame || isPending(PREVIEW)}
          onClick={() => act<Effect>(PREVIEW, "/api/v1/supervision/rules/effect", asked(policy, rules, t("room.preview")), (answer) => (effect.value = answer))}
        >
          {t("room.preview")}
        </button>
        <button type="button" class="small quiet" onClick={() => choose(null)}>
          {t("end.abort")}
        </button>
      </div>
      <Outcome place={PREVIEW} isQuiet />
      {effect.value === null ? null : (
        <>
          <p id="room-effect" role="status">
            {effectInWords(effect.value)}
          </p>
          <ReasonForm ask={t("room.why")} initial="" hint={t("room.why.hint")} confirm={t("room.give")} onReason={(reason) => give(policy, rules, reason)} />
        </>
      )}
      <Outcome place={PLACE} />
    </div>
  );
}

function Levels({ name, ticked, onChange }: { name: "auto_assign" | "forbidden"; ticked: readonly Priority[]; onChange: (ticked: Priority[]) => void }) {
  return (
    <fieldset data-levels={name}>
      <legend>{t(`shift.setting.${name}`)}</legend>
      {PRIORITIES.map((level) => (
        <label key={level} class="check">
          <input
            type="checkbox"
            checked={ticked.includes(level)}
            onChange={(event) => {
              const isOn = event.currentTarget.checked;
              onChange(PRIORITIES.filter((one) => (one === level ? isOn : ticked.includes(one))));
            }}
          />
          {tValue("priority.name", level)}
        </label>
      ))}
    </fieldset>
  );
}

function give(policy: Policy, rules: RoomRules | null, reason: string): void {
  act<Policy>(PLACE, "/api/v1/supervision/rules", asked(policy, rules, reason), (answer) => {
    choose(null);
    if (supervision.value !== null) supervision.value = { ...supervision.value, policy: answer };
  });
}

function asked(policy: Policy, rules: RoomRules | null, reason: string) {
  return { rules, reason, instead_of: policy.order?.seq ?? 0 };
}

function effectInWords(found: Effect): string {
  const parts = [
    found.recommended_anew.length > 0 ? t("room.effect.anew", { n: found.recommended_anew.length }) : "",
    found.units_assigned > 0 ? t("room.effect.assigned", { n: found.units_assigned }) : "",
    found.units_taken_away > 0 ? t("room.effect.taken", { n: found.units_taken_away }) : "",
    found.moves_ordered > 0 ? t("room.effect.ordered", { n: found.moves_ordered }) : "",
    found.moves_advised > 0 ? t("room.effect.advised", { n: found.moves_advised }) : "",
  ].filter((part) => part !== "");
  return parts.length === 0 ? t("room.effect.none") : t("room.effect", { what: parts.join(t("mark.comma")) });
}
