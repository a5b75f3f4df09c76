import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { pick, t } from "../i18n";
import { clockTime, dateText, distance } from "../i18n/measures";
import { Outcome, problemText } from "../panes/marks";
import { ReasonForm } from "../panes/reason_form";
import { act } from "../room/actions";
import { me } from "../room/world";
import { type AedData, type Difference, OWN } from "../wire/aed_data";
import { getJson, getSlowly, postFile, Problem } from "../wire/http";

/** Which AEDs the service knows: taken from a file or an earlier version, looked at for what changes, then ordered with a reason. */

const PATH = "/api/v1/aed-data";
const PLACE = "aed-data";
const SHOWN = 10;

const data = signal<AedData | null>(null);
/** What is being looked at before it is ordered. */
const difference = signal<Difference | null>(null);
const problem = signal<Problem | null>(null);
const isReading = signal(false);

export function mayExchangeAeds(): boolean {
  return me.value?.roles.some((role) => role === "supervisor" || role === "admin") ?? false;
}

export function AedDataPane() {
  useEffect(() => void look(), []);
  const { value } = data;
  return (
    <div id="aed-data">
      {problem.value === null ? null : <p class="notice">{problemText(problem.value)}</p>}
      {value === null ? null : <Now of={value} />}
      <TakeFile />
      {difference.value === null || value === null ? null : <Ordering data={value} of={difference.value} />}
      <Outcome place={PLACE} />
      {value === null ? null : <Versions of={value} />}
    </div>
  );
}

function Now({ of: { version, n_devices: n, is_missing: isMissing, order, gone } }: { of: AedData }) {
  return (
    <>
      <p>{t("aed_data.now", { version: nameOf(version), n })}</p>
      {isMissing ? <p class="notice">{t("aed_data.missing")}</p> : null}
      {order === null ? null : (
        <p class="muted">
          {t("aed_data.order", {
            who: order.set_by,
            at: `${dateText(Date.parse(order.set_at))} ${clockTime(order.set_at)}`,
            reason: order.reason,
          })}
        </p>
      )}
      {gone.length === 0 ? null : <p id="aed-gone">{t("aed_data.gone", { ids: listed(gone.map((one) => one.aed_id)) })}</p>}
    </>
  );
}

function TakeFile() {
  const taken = (event: SubmitEvent): void => {
    event.preventDefault();
    const said = new FormData(event.currentTarget as HTMLFormElement);
    const file = said.get("file");
    if (!(file instanceof File) || file.size === 0) return;
    const asked = new URLSearchParams({ name: file.name, format: String(said.get("format")), datum: String(said.get("datum")) });
    const source = String(said.get("source")).trim();
    if (source !== "") asked.set("source", source);
    void ask(async () => {
      const packed = await new Response(file.stream().pipeThrough(new CompressionStream("gzip"))).blob();
      difference.value = await postFile<Difference>(`${PATH}/versions?${asked}`, packed);
      data.value = await getJson<AedData>(PATH);
    });
  };
  return (
    <form class="room-form" onSubmit={taken}>
      <label>
        {t("aed_data.file")}
        <input type="file" name="file" required />
      </label>
      <Choice name="format" of={["csv", "geojson", "osm"]} />
      <Choice name="datum" of={["wgs84", "gcj02", "bd09"]} />
      <label>
        {t("aed_data.source")}
        <input name="source" maxLength={100} />
      </label>
      <div class="buttons">
        <button type="submit" class="small" disabled={isReading.value}>
          {t("aed_data.take")}
        </button>
      </div>
    </form>
  );
}

/** Nothing is chosen beforehand: a guessed datum would be off by hundreds of metres. */
function Choice({ name, of }: { name: "format" | "datum"; of: readonly string[] }) {
  return (
    <label>
      {t(`aed_data.${name}`)}
      <select name={name} required>
        <option value="">{t("aed_data.choose")}</option>
        {of.map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </select>
    </label>
  );
}

function Ordering({ data: { order }, of }: { data: AedData; of: Difference }) {
  const numbers = { added: of.n_added, removed: of.n_removed, moved: of.n_moved, changed: of.n_changed, unchanged: of.n_unchanged };
  const give = (reason: string): void => {
    const asked = { version: of.version, reason, instead_of: order?.seq ?? 0, allow_removals: true };
    act(PLACE, `${PATH}/order`, asked, () => {
      difference.value = null;
      void look();
    });
  };
  return (
    <div id="aed-difference">
      <p role="status">{t("aed_data.diff", { version: nameOf(of.version), ...numbers })}</p>
      <ul>
        {of.added.length > 0 ? <li>+ {listed(of.added)}</li> : null}
        {of.removed.length > 0 ? <li>− {listed(of.removed)}</li> : null}
        {of.moved.length > 0 ? <li>↦ {listed(of.moved.map((one) => `${one.aed_id} ${distance(one.distance_m)}`))}</li> : null}
        {of.changes.length > 0 ? (
          <li>~ {listed(of.changes.map((one) => `${one.aed_id} ${one.column}: ${one.before || "∅"} → ${one.after || "∅"}`))}</li>
        ) : null}
      </ul>
      {of.n_rejected ? (
        <details>
          <summary>{t("aed_data.rejected", { n: of.n_rejected })}</summary>
          <ul>
            {of.rejected?.map((one) => (
              <li key={one.row}>{t("aed_data.row", { row: one.row, why: one.reasons.join("; ") })}</li>
            ))}
          </ul>
        </details>
      ) : null}
      {of.removes_many ? <p class="notice">{t("aed_data.removes_many")}</p> : null}
      <ReasonForm ask={t("aed_data.why")} initial="" hint={t("room.why.hint")} confirm={t("aed_data.use")} hasFocus={false} onReason={give} onLeave={() => (difference.value = null)} />
    </div>
  );
}

function Versions({ of }: { of: AedData }) {
  const all = [...of.items.map((one) => ({ version: one.version, said: one.registries.map((r) => pick(r.text_zh, r.text_en)).join("; ") })), { version: OWN, said: "" }];
  return (
    <>
      <h3>{t("aed_data.versions")}</h3>
      <ul>
        {all.map(({ version, said }) => (
          <li key={version} data-version={version}>
            {nameOf(version)} {said}{" "}
            {version === of.version ? null : (
              <button
                type="button"
                class="small quiet"
                disabled={isReading.value}
                onClick={() => void ask(async () => (difference.value = await getSlowly<Difference>(`${PATH}/difference?to=${version}`)))}
              >
                {t("aed_data.compare")}
              </button>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

async function look(): Promise<void> {
  await ask(async () => (data.value = await getJson<AedData>(PATH)));
}

async function ask(what: () => Promise<unknown>): Promise<void> {
  isReading.value = true;
  problem.value = null;
  try {
    await what();
  } catch (failure) {
    if (!(failure instanceof Problem)) throw failure;
    problem.value = failure;
  } finally {
    isReading.value = false;
  }
}

function nameOf(version: string): string {
  return version === OWN ? t("aed_data.own") : version;
}

function listed(all: readonly string[]): string {
  return all.slice(0, SHOWN).join(t("mark.comma")) + (all.length > SHOWN ? " …" : "");
}
