import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { pick, t, tValue } from "../i18n";
import { Outcome } from "../panes/marks";
import { act, isPending } from "../room/actions";
import { COMPLAINTS } from "../room/complaints";
import { liveAssignments, openIncidents, unitOf, units, world } from "../room/world";
import type { Injection } from "../wire/drill";

const CAPABILITIES = ["emergency", "ct", "cath_lab", "thrombectomy", "icu", "operating_room"];
const STATES = ["closed", "busy", "available"];
/** Streets are closed, or driven at so many per cent of their speed. */
const SLOWED = [50, 25, 10];

interface Props {
  /** Called once the service has taken something. */
  done: () => void;
}

/** What a trainer can put in, a form each. */
export function Inject({ done, hasRoads }: Props & { hasRoads: boolean }) {
  return (
    <section class="trainer-inject">
      <h2>{t("trainer.inject")}</h2>
      <p class="muted">{t("trainer.simulated")}</p>
      <CallForm done={done} />
      <SurgeForm done={done} />
      <BreakdownForm done={done} />
      <RefusalForm done={done} />
      <HospitalForm done={done} />
      {hasRoads ? <StreetsForm done={done} /> : null}
    </section>
  );
}

interface FormProps extends Props {
  kind: Injection["kind"];
  path: string;
  /** The request's body; null while it is not complete. */
  body: Record<string, unknown> | null;
  isOpen?: boolean;
  children: ComponentChildren;
}

function Form({ kind, path, body, done, isOpen = false, children }: FormProps) {
  const place = `drill-${kind}`;
  const sent = (event: Event): void => {
    event.preventDefault();
    if (body !== null) act<Injection>(place, `/api/v1/drill/${path}`, body, done);
  };
  return (
    <details open={isOpen} data-form={kind}>
      <summary>{t(`trainer.kind.${kind}`)}</summary>
      <form onSubmit={sent}>
        {children}
        <button type="submit" class="primary" disabled={body === null || isPending(place)}>
          {t("trainer.put_in")}
        </button>
        <Outcome place={place} isQuiet />
      </form>
    </details>
  );
}

function Field({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <label>
      <span>{name}</span>
      {children}
    </label>
  );
}

interface NumberProps {
  name: string;
  value: number;
  least: number;
  most: number;
  set: (value: number) => void;
}

function NumberField({ name, value, least, most, set }: NumberProps) {
  return (
    <Field name={name}>
      <input
        type="number"
        min={least}
        max={most}
        required
        value={value}
        onInput={(event) => set(event.currentTarget.valueAsNumber)}
      />
    </Field>
  );
}

interface ChoiceProps {
  name: string;
  value: string;
  options: readonly (readonly [string, string])[];
  set: (value: string) => void;
}

function Choice({ name, value, options, set }: ChoiceProps) {
  return (
    <Field name={name}>
      <select value={value} onChange={(event) => set(event.currentTarget.value)}>
        {options.map(([code, words]) => (
          <option key={code} value={code}>
            {words}
          </option>
        ))}
      </select>
    </Field>
  );
}

/** `n` in seconds; a field that was emptied holds no number. */
function inSeconds(minutes: number): number | null {
  return Number.isFinite(minutes) ? minutes * 60 : null;
}

function complete(fields: Record<string, unknown>): Record<string, unknown> | null {
  return Object.values(fields).some((value) => value === null || value === "" || Number.isNaN(value)) ? null : fields;
}

function CallForm({ done }: Props) {
  const complaint = useSignal("cardiac_arrest");
  const address = useSignal("");
  const nPatients = useSignal(1);
  const afterMin = useSignal(0);
  const body = complete({
    complaint: complaint.value,
    address_text: address.value.trim(),
    n_patients: nPatients.value,
    after_s: inSeconds(afterMin.value),
  });
  return (
    <Form kind="call" path="calls" body={body} done={done} isOpen>
      <Choice
        name={t("trainer.complaint")}
        value={complaint.value}
        options={COMPLAINTS.map((code) => [code, tValue("complaint", code)] as const)}
        set={(value) => (complaint.value = value)}
      />
      <Field name={t("trainer.address")}>
        <input value={address.value} required maxLength={200} onInput={(event) => (address.value = event.currentTarget.value)} />
      </Field>
      <NumberField name={t("trainer.patients")} value={nPatients.value} least={1} most={500} set={(n) => (nPatients.value = n)} />
      <NumberField name={t("trainer.after")} value={afterMin.value} least={0} most={360} set={(n) => (afterMin.value = n)} />
    </Form>
  );
}

function SurgeForm({ done }: Props) {
  const nCalls = useSignal(20);
  const withinMin = useSignal(10);
  return (
    <Form kind="surge" path="surges" body={complete({ n_calls: nCalls.value, within_s: inSeconds(withinMin.value) })} done={done}>
      <NumberField name={t("trainer.n_calls")} value={nCalls.value} least={1} most={500} set={(n) => (nCalls.value = n)} />
      <NumberField name={t("trainer.within")} value={withinMin.value} least={0} most={360} set={(n) => (withinMin.value = n)} />
    </Form>
  );
}

function BreakdownForm({ done }: Props) {
  const unitId = useSignal("");
  const reason = useSignal("");
  const inService = units.value.filter((unit) => unit.duty === "in_service");
  const chosen = unitId.value || (inService[0]?.unit_id ?? "");
  const said = reason.value.trim() === "" ? {} : { reason: reason.value.trim() };
  return (
    <Form kind="breakdown" path="breakdowns" body={complete({ unit_id: chosen, ...said })} done={done}>
      <Choice
        name={t("trainer.unit")}
        value={chosen}
        options={inService.map((unit) => [unit.unit_id, `${unit.call_sign} · ${tValue("status", unit.status)}`] as const)}
        set={(value) => (unitId.value = value)}
      />
      <Field name={t("trainer.reason")}>
        <input value={reason.value} maxLength={200} onInput={(event) => (reason.value = event.currentTarget.value)} />
      </Field>
    </Form>
  );
}

function RefusalForm({ done }: Props) {
  const assignmentId = useSignal("");
  const bound = openIncidents.value.flatMap((incident) =>
    liveAssignments(incident)
      .filter((one) => one.hospital_id !== null)
      .map((one) => [one.assignment_id, `#${incident.number} ${unitOf(one.unit_id)?.call_sign ?? ""} → ${nameOf(one.hospital_id ?? "")}`] as const),
  );
  const chosen = bound.some(([id]) => id === assignmentId.value) ? assignmentId.value : (bound[0]?.[0] ?? "");
  return (
    <Form kind="refusal" path="refusals" body={complete({ assignment_id: chosen })} done={done}>
      {bound.length === 0 ? (
        <p class="muted">{t("trainer.crew.none")}</p>
      ) : (
        <Choice name={t("trainer.crew")} value={chosen} options={bound} set={(value) => (assignmentId.value = value)} />
      )}
    </Form>
  );
}

function nameOf(hospitalId: string): string {
  const hospital = world.value.hospitals[hospitalId];
  return hospital === undefined ? hospitalId : pick(hospital.name_zh, hospital.name_en ?? "");
}

function HospitalForm({ done }: Props) {
  const hospitalId = useSignal("");
  const capability = useSignal("emergency");
  const state = useSignal("closed");
  const forMin = useSignal(60);
  const known = Object.keys(world.value.hospitals).map((id) => [id, nameOf(id)] as const);
  const chosen = hospitalId.value || (known[0]?.[0] ?? "");
  const body = complete({
    hospital_id: chosen,
    capability: capability.value,
    state: state.value,
    for_s: inSeconds(forMin.value),
  });
  return (
    <Form kind="hospital" path="hospitals" body={body} done={done}>
      <Choice name={t("trainer.hospital")} value={chosen} options={known} set={(value) => (hospitalId.value = value)} />
      <Choice
        name={t("trainer.capability")}
        value={capability.value}
        options={CAPABILITIES.map((code) => [code, tValue("capability", code)] as const)}
        set={(value) => (capability.value = value)}
      />
      <Choice
        name={t("trainer.state")}
        value={state.value}
        options={STATES.map((code) => [code, tValue("capability.state", code)] as const)}
        set={(value) => (state.value = value)}
      />
      <NumberField name={t("trainer.for")} value={forMin.value} least={1} most={360} set={(n) => (forMin.value = n)} />
    </Form>
  );
}

function StreetsForm({ done }: Props) {
  const address = useSignal("");
  const radiusM = useSignal(500);
  const effect = useSignal("closed");
  const forMin = useSignal(30);
  const how = effect.value === "closed" ? { closed: true } : { speed_factor: Number(effect.value) / 100 };
  const body = complete({ address_text: address.value.trim(), radius_m: radiusM.value, for_s: inSeconds(forMin.value), ...how });
  return (
    <Form kind="traffic" path="traffic" body={body} done={done}>
      <Field name={t("trainer.around")}>
        <input value={address.value} required maxLength={200} onInput={(event) => (address.value = event.currentTarget.value)} />
      </Field>
      <NumberField name={t("trainer.radius")} value={radiusM.value} least={50} most={5000} set={(n) => (radiusM.value = n)} />
      <Choice
        name={t("trainer.state")}
        value={effect.value}
        options={[["closed", t("traffic.closed")], ...SLOWED.map((n) => [String(n), t("traffic.slow", { n })] as const)]}
        set={(value) => (effect.value = value)}
      />
      <NumberField name={t("trainer.for")} value={forMin.value} least={1} most={360} set={(n) => (forMin.value = n)} />
    </Form>
  );
}
