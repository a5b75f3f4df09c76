import { useSignal } from "@preact/signals";
import { t } from "../i18n";
import { unitNamed } from "../room/command/parse";
import { units } from "../room/world";
import { logOn } from "./duty";

/** Which unit this phone belongs to, who is on it, and with which vehicle. */
export function LogOn() {
  const typed = useSignal("");
  const crew = useSignal("");
  const vehicle = useSignal("");
  const chosen = unitNamed(typed.value.trim().normalize("NFKC").toLowerCase(), units.value);
  return (
    <form
      class="sheet"
      onSubmit={(event) => {
        event.preventDefault();
        if (chosen !== undefined) logOn(chosen, crew.value.trim(), vehicle.value.trim());
      }}
    >
      <h2>{t("crew.log_on")}</h2>
      <label>
        {t("crew.unit")}
        <input
          id="crew-unit"
          autocomplete="off"
          placeholder="救001"
          value={typed.value}
          onInput={(event) => (typed.value = event.currentTarget.value)}
        />
      </label>
      <label>
        {t("crew.names")}
        <input id="crew-names" value={crew.value} onInput={(event) => (crew.value = event.currentTarget.value)} />
      </label>
      <label>
        {t("crew.vehicle")}
        <input id="crew-vehicle" value={vehicle.value} onInput={(event) => (vehicle.value = event.currentTarget.value)} />
      </label>
      <button type="submit" class="thumb" disabled={chosen === undefined}>
        {chosen === undefined ? t("crew.log_on") : t("crew.log_on.as", { unit: chosen.call_sign })}
      </button>
    </form>
  );
}
