import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { pick, t, tValue } from "../i18n";
import { isPending } from "../room/actions";
import { COMMON, findComplaints } from "../room/complaints";
import { answer, type Datum, draft, INTAKE_PLACE, isTimed, missing, pointOf, submit, takeWithoutWords, write } from "../room/draft";
import { earlierOf } from "../room/history";
import { questionsFor, raisedTo } from "../room/questions";
import { isIntakeOpen } from "../room/selection";
import { world } from "../room/world";
import { findLandmarks, type Landmark } from "../wire/landmarks";
import { EarlierList } from "./interview";
import { Key, Outcome, PaneHead, PriorityMark } from "./marks";
import { DraftPremises } from "./premises";
import { Questions } from "./questions";

const LANDMARKS_SHOWN = 6;

/** Takes a call down in the right pane; the map and the queue stay in sight and in use. */
export function Intake() {
  const sent = (event: Event): void => {
    event.preventDefault();
    submit();
  };
  return (
    <section class="pane intake" aria-label={t("intake.title")}>
      <PaneHead title={t("intake.title")}>
        <button type="button" class="small quiet" onClick={() => (isIntakeOpen.value = false)}>
          {t("intake.close")} <Key>Esc</Key>
        </button>
      </PaneHead>
      <form class="body" id="intake" onSubmit={sent} autocomplete="off">
        <ComplaintField />
        <Questions asked={questionsFor(draft.value.complaint)} answers={draft.value.answers} onReply={answer} />
        <Raised />
        <AddressField />
        <PointField />
        <DraftPremises />
        <History />
        <PeopleFields />
        {isTimed.value ? <TimeFields /> : null}
        <footer>
          <ul class="missing">
            {missing.value.map((key) => (
              <li key={key}>{t(key)}</li>
            ))}
          </ul>
          <button
            type="submit"
            class="primary wide"
            id="submit-call"
            disabled={missing.value.length > 0 || isPending(INTAKE_PLACE)}
          >
            {isPending(INTAKE_PLACE) ? t("action.pending") : t("intake.submit")} <Key>Enter</Key>
          </button>
          <Outcome place={INTAKE_PLACE} isQuiet />
        </footer>
      </form>
    </section>
  );
}

function ComplaintField() {
  const typed = useSignal("");
  const isOpen = useSignal(false);
  const active = useSignal(0);
  const input = useRef<HTMLInputElement>(null);
  // In the same turn as the key that opened the form: the next key already is the complaint's first letter.
  useLayoutEffect(() => input.current?.focus(), []);
  const found = isOpen.value ? findComplaints(typed.value) : [];
  const { complaint } = draft.value;
  const take = (code: string): void => {
    write({ complaint: code });
    isOpen.value = false;
    typed.value = "";
    // Where it is comes next, and the hands are already there.
    document.getElementById("address")?.focus();
  };
  const press = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    if (event.code === "ArrowDown" || event.code === "ArrowUp") {
      event.preventDefault();
      const step = event.code === "ArrowDown" ? 1 : -1;
      if (isOpen.value) active.value = Math.max(0, Math.min(found.length - 1, active.value + step));
      isOpen.value = true;
    } else if (event.code === "Enter" && isOpen.value) {
      event.preventDefault();
      const code = found[active.value];
      if (code !== undefined) take(code);
    } else if (event.code === "Escape" && isOpen.value) {
      event.stopPropagation();
      isOpen.value = false;
    }
  };
  return (
    <div class="field complaint">
      <label for="complaint">{t("intake.complaint")}</label>
      <input
        ref={input}
        id="complaint"
        role="combobox"
        aria-expanded={isOpen.value}
        aria-controls="complaint-options"
        aria-autocomplete="list"
        aria-activedescendant={isOpen.value && found[active.value] ? `complaint-${found[active.value]}` : undefined}
        placeholder={complaint === null ? t("intake.complaint.placeholder") : ""}
        value={isOpen.value || complaint === null ? typed.value : tValue("complaint", complaint)}
        onInput={(event) => {
          typed.value = event.currentTarget.value;
          active.value = 0;
          isOpen.value = true;
        }}
        onKeyDown={press}
        onBlur={() => (isOpen.value = false)}
      />
      {isOpen.value ? (
        <ul class="options" id="complaint-options" role="listbox">
          {found.map((code, index) => (
            <li
              key={code}
              id={`complaint-${code}`}
              role="option"
              aria-selected={index === active.value}
              onPointerDown={(event) => {
                event.preventDefault();
                take(code);
              }}
            >
              {tValue("complaint", code)}
            </li>
          ))}
          {found.length === 0 ? <li class="none">{t("intake.complaint.none")}</li> : null}
        </ul>
      ) : null}
      <div class="common">
        {COMMON.map((code) => (
          <button
            key={code}
            type="button"
            class={code === complaint ? "small chosen" : "small"}
            aria-pressed={code === complaint}
            data-complaint={code}
            onClick={() => take(code)}
          >
            {tValue("complaint", code)}
          </button>
        ))}
      </div>
    </div>
  );
}

function AddressField() {
  const found = useSignal<Landmark[]>([]);
  const active = useSignal(-1);
  const take = (landmark: Landmark): void => {
    const { lat, lon, accuracy_m: accuracyM = null } = landmark;
    write({ address: pick(landmark.name_zh, landmark.name_en), lat: lat.toFixed(6), lon: lon.toFixed(6), datum: "wgs84", accuracyM });
    found.value = [];
    active.value = -1;
  };
  const press = (event: KeyboardEvent): void => {
    const { length } = found.value;
    if (event.isComposing || length === 0) return;
    const chosen = found.value[active.value];
    if (event.code === "ArrowDown" || event.code === "ArrowUp") {
      event.preventDefault();
      active.value = Math.min(length - 1, Math.max(-1, active.value + (event.code === "ArrowDown" ? 1 : -1)));
    } else if (event.code === "Enter" && chosen !== undefined) {
      event.preventDefault();
      take(chosen);
    } else if (event.code === "Escape") {
      event.stopPropagation();
      found.value = [];
    }
  };
  const look = async (typed: string): Promise<void> => {
    write({ address: typed });
    const landmarks = await findLandmarks(typed);
    if (draft.value.address !== typed) return;
    found.value = landmarks.slice(0, LANDMARKS_SHOWN);
    active.value = -1;
  };
  return (
    <div class="field">
      <label for="address">{t("intake.address")}</label>
      <input
        id="address"
        placeholder={t("intake.address.placeholder")}
        value={draft.value.address}
        role="combobox"
        aria-expanded={found.value.length > 0}
        aria-controls="address-options"
        aria-autocomplete="list"
        aria-activedescendant={active.value < 0 ? undefined : `address-${active.value}`}
        onKeyDown={press}
        onInput={(event) => void look(event.currentTarget.value)}
        onBlur={() => (found.value = [])}
      />
      {found.value.length > 0 ? (
        <ul class="options" id="address-options" role="listbox" aria-label={t("intake.address")}>
          {found.value.map((landmark, index) => (
            <li
              key={`${landmark.name_zh}${landmark.lat}`}
              id={`address-${index}`}
              role="option"
              aria-selected={index === active.value}
              onPointerDown={(event) => {
                event.preventDefault();
                take(landmark);
              }}
            >
              {pick(landmark.name_zh, landmark.name_en)}
            </li>
          ))}
        </ul>
      ) : null}
      <small class="hint">{t("intake.place.hint")}</small>
    </div>
  );
}

/** What the answers make of the priority, before the call is even taken. */
function Raised() {
  const { complaint, answers } = draft.value;
  const raised = raisedTo(questionsFor(complaint), answers);
  if (raised === null) return null;
  return (
    <p class="notice" id="raised" role="status">
      <PriorityMark priority={raised} /> {t("intake.raised", { priority: t(`priority.name.${raised}`) })}
    </p>
  );
}

/** Who called from this number, or from this place, before; and whether the call came without words. */
function History() {
  const { phone, address, contact } = draft.value;
  const found = earlierOf({ phone, address, point: pointOf(draft.value), except: null }, world.value);
  return (
    <>
      <EarlierList found={found} />
      <div class="tell">
        {(["silent", "dropped"] as const).map((how) => (
          <button
            key={how}
            type="button"
            class={contact === how ? "small chosen" : "small"}
            aria-pressed={contact === how}
            data-contact={how}
            onClick={() => takeWithoutWords(how)}
          >
            {t(`contact.${how}`)}
          </button>
        ))}
      </div>
    </>
  );
}

function PointField() {
  const { lat, lon, datum } = draft.value;
  const coordinate = (name: "lat" | "lon", value: string) => (
    <input
      id={name}
      inputMode="decimal"
      aria-label={t(`intake.${name}`)}
      placeholder={t(`intake.${name}`)}
      value={value}
      onInput={(event) => write({ [name]: event.currentTarget.value, accuracyM: null })}
    />
  );
  return (
    <fieldset class="field point">
      <legend>{t("intake.point")}</legend>
      {coordinate("lat", lat)}
      {coordinate("lon", lon)}
      <select
        aria-label={t("intake.datum")}
        value={datum}
        onChange={(event) => write({ datum: event.currentTarget.value as Datum })}
      >
        <option value="wgs84">WGS-84</option>
        <option value="gcj02">GCJ-02</option>
        <option value="bd09">BD-09</option>
      </select>
      {lat === "" && lon === "" ? (
        <small class="hint">{t("map.pick")}</small>
      ) : (
        <button
          type="button"
          class="small quiet"
          onClick={() => write({ lat: "", lon: "", datum: "wgs84", accuracyM: null })}
        >
          {t("intake.point.clear")}
        </button>
      )}
    </fieldset>
  );
}

function PeopleFields() {
  const { phone, floor, patients, age, sex } = draft.value;
  return (
    <div class="fields">
      <div class="field wide">
        <label for="phone">{t("intake.phone")}</label>
        <input id="phone" inputMode="tel" value={phone} onInput={(event) => write({ phone: event.currentTarget.value })} />
      </div>
      <NumberField id="floor" label={t("intake.floor")} value={floor} min={-9} onValue={(text) => write({ floor: text })} />
      <NumberField
        id="patients"
        label={t("intake.patients")}
        value={patients}
        min={1}
        onValue={(text) => write({ patients: text })}
      />
      <NumberField id="age" label={t("intake.age")} value={age} min={0} onValue={(text) => write({ age: text })} />
      <div class="field">
        <label for="sex">{t("intake.sex")}</label>
        <select id="sex" value={sex} onChange={(event) => write({ sex: event.currentTarget.value as "" | "F" | "M" })}>
          <option value="">—</option>
          <option value="F">{t("incident.sex.f")}</option>
          <option value="M">{t("incident.sex.m")}</option>
        </select>
      </div>
    </div>
  );
}

function NumberField(props: { id: string; label: string; value: string; min: number; onValue: (text: string) => void }) {
  return (
    <div class="field">
      <label for={props.id}>{props.label}</label>
      <input
        id={props.id}
        type="number"
        step="1"
        min={props.min}
        value={props.value}
        onInput={(event) => props.onValue(event.currentTarget.value)}
      />
    </div>
  );
}

/** Onset and last-known-well are two facts: neither is ever filled from the other. */
function TimeFields() {
  const { onset, lastKnownWell } = draft.value;
  return (
    <div class="fields">
      <ClockField id="onset" label={t("intake.onset")} value={onset} onValue={(text) => write({ onset: text })} />
      <ClockField
        id="last-known-well"
        label={t("intake.last_known_well")}
        value={lastKnownWell}
        onValue={(text) => write({ lastKnownWell: text })}
      />
    </div>
  );
}

/** A time of day as 24-hour text: a browser's own time field would follow the computer's locale. */
function ClockField(props: { id: string; label: string; value: string; onValue: (text: string) => void }) {
  return (
    <div class="field">
      <label for={props.id}>{props.label}</label>
      <input
        id={props.id}
        inputMode="numeric"
        placeholder="14:05"
        pattern="([01]\d|2[0-3]):[0-5]\d"
        value={props.value}
        onInput={(event) => props.onValue(event.currentTarget.value)}
      />
    </div>
  );
}
