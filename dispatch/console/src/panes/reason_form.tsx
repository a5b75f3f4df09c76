import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { t } from "../i18n";
import { Key } from "./marks";

interface Props {
  ask: string;
  /** What stands in the field at first; may be sent as it is. */
  initial: string;
  confirm: string;
  /** What stands in the empty field. */
  hint?: string;
  onReason: (reason: string) => void;
  onLeave?: () => void;
  /** False where nobody asked for the form, so that it does not take the hands away. */
  hasFocus?: boolean;
  children?: ComponentChildren;
}

/** Asks why, in place; nothing is sent before a reason stands. */
export function ReasonForm({ ask, initial, confirm, hint, onReason, onLeave, hasFocus = true, children }: Props) {
  const reason = useSignal(initial);
  const sent = (event: Event): void => {
    event.preventDefault();
    if (reason.value.trim() !== "") onReason(reason.value.trim());
  };
  return (
    <form class="reason-form" onSubmit={sent}>
      <label>
        {ask}
        {children}
        <input
          ref={hasFocus ? focusOnce : null}
          class="reason"
          placeholder={hint ?? t("advice.reason")}
          value={reason.value}
          onInput={(event) => (reason.value = event.currentTarget.value)}
        />
      </label>
      <div class="buttons">
        <button type="submit" class="small primary" disabled={reason.value.trim() === ""}>
          {confirm} <Key>Enter</Key>
        </button>
        {onLeave === undefined ? null : (
          <button type="button" class="small quiet" onClick={onLeave}>
            {t("end.abort")}
          </button>
        )}
      </div>
    </form>
  );
}

/** A stable function: it runs when the field appears, not each time that the form is painted again. */
function focusOnce(input: HTMLInputElement | null): void {
  input?.focus();
}
