import { useSignal } from "@preact/signals";
import { t } from "../i18n";
import { Pictures } from "../panes/pictures";
import type { Incident } from "../wire/types";
import { assignment, duty, now } from "./duty";
import { report } from "./outbox";
import { smallJpeg } from "./photograph";

const VITALS = ["heart_rate_bpm", "systolic_mmhg", "spo2_percent", "respiratory_rate_per_min"] as const;
const CPSS = ["face", "arm", "speech"] as const;

/** What the crew measures and sees: vital signs, the Cincinnati scale, the reading of a 12-lead ECG. */
export function Findings({ incident }: { incident: Incident }) {
  const values = useSignal<Readonly<Record<string, string>>>({});
  const signs = useSignal<readonly string[]>([]);
  const send = (kind: string, value: unknown, name: string): void => {
    const finding = { kind, value, observed_at: now(), observer: duty.value?.unitId ?? "" };
    report(`/api/v1/incidents/${incident.incident_id}/findings`, [finding], name);
  };
  const measured = Object.fromEntries(
    Object.entries(values.value).flatMap(([name, text]) => (text.trim() === "" || !Number.isFinite(Number(text)) ? [] : [[name, Number(text)]])),
  );
  const sendScale = (): void => {
    const items = Object.fromEntries(CPSS.map((sign) => [sign, signs.value.includes(sign) ? 1 : 0]));
    send("scale", { name: "cpss", score: signs.value.length, items }, t("crew.cpss"));
  };
  return (
    <details class="findings">
      <summary>{t("crew.findings")}</summary>
      <div class="vitals">
        {VITALS.map((name) => (
          <label key={name}>
            {t(`vital.${name}`)}
            <input
              inputMode="numeric"
              value={values.value[name] ?? ""}
              onInput={(event) => (values.value = { ...values.value, [name]: event.currentTarget.value })}
            />
          </label>
        ))}
      </div>
      <button
        type="button"
        id="send-vitals"
        disabled={Object.keys(measured).length === 0}
        onClick={() => {
          send("vitals", measured, t("crew.vitals"));
          values.value = {};
        }}
      >
        {t("crew.vitals.send")}
      </button>
      <fieldset>
        <legend>{t("crew.cpss")}</legend>
        {CPSS.map((sign) => (
          <label key={sign}>
            <input
              type="checkbox"
              checked={signs.value.includes(sign)}
              onChange={() => (signs.value = signs.value.includes(sign) ? signs.value.filter((one) => one !== sign) : [...signs.value, sign])}
            />
            {t(`cpss.${sign}`)}
          </label>
        ))}
        <button type="button" id="send-cpss" onClick={sendScale}>
          {t("crew.cpss.send", { n: signs.value.length })}
        </button>
      </fieldset>
      <fieldset>
        <legend>{t("crew.ecg")}</legend>
        {(["yes", "no", "unread"] as const).map((read) => (
          <button key={read} type="button" onClick={() => send("ecg_12_lead", { stemi: read === "unread" ? null : read === "yes" }, t("crew.ecg"))}>
            {t(`ecg.${read}`)}
          </button>
        ))}
        <Photograph incident={incident} />
      </fieldset>
    </details>
  );
}

/** The ECG of the crew's patient as the camera sees it; it waits for the network like every report. */
function Photograph({ incident }: { incident: Incident }) {
  const isBad = useSignal(false);
  const ours = incident.patients.find((one) => one.assignment_id === assignment.value?.assignment_id) ?? incident.patients[0];
  if (ours === undefined) return null;
  const take = async (input: HTMLInputElement): Promise<void> => {
    const file = input.files?.[0];
    if (file === undefined) return;
    const takenAt = now();
    const jpeg = await smallJpeg(file);
    input.value = "";
    isBad.value = jpeg === null;
    if (jpeg === null) return;
    const path = `/api/v1/incidents/${incident.incident_id}/patients/${ours.patient_id}/pictures`;
    report(path, { kind: "ecg_12_lead", taken_at: takenAt, jpeg }, t("crew.ecg.photo.name"));
  };
  return (
    <>
      <label class="photograph">
        {t("crew.ecg.photo")}
        <input id="ecg-photo" type="file" accept="image/*" capture="environment" onChange={(event) => void take(event.currentTarget)} />
      </label>
      {isBad.value ? (
        <p class="warn" role="alert">
          {t("crew.ecg.photo.bad")}
        </p>
      ) : null}
      <Pictures incidentId={incident.incident_id} patientId={ours.patient_id} pictures={ours.pictures ?? []} />
    </>
  );
}
