import { useSignal } from "@preact/signals";
import { t } from "../i18n";
import { roughly, shortTime } from "../i18n/measures";
import { Outcome } from "../panes/marks";
import { ReasonForm } from "../panes/reason_form";
import { isPending } from "../room/actions";
import { nowMs } from "../room/clock";
import {
  areaDraft,
  EFFECTS,
  type Effect,
  endPlaceOf,
  endTraffic,
  isTrafficOpen,
  knowsStreets,
  LASTS_MIN,
  leaveArea,
  startArea,
  submitArea,
  takeBackCorner,
  TRAFFIC_PLACE,
  trafficInForce,
} from "../room/traffic";
import type { LatLon, Traffic } from "../wire/types";
import { effectText } from "./draw_traffic";

/** Reports of traffic in force, and a form for one more. `lookAt` brings an area into sight. */
export function TrafficPanel({ lookAt }: { lookAt: (corners: readonly LatLon[]) => void }) {
  if (!isTrafficOpen.value) return null;
  const reports = trafficInForce.value;
  return (
    <aside class="map-panel traffic" aria-label={t("traffic.title")} id="traffic">
      <h3>
        {t("traffic.title")}
        <button type="button" class="small quiet" aria-label={t("traffic.close")} onClick={close}>
          ✕
        </button>
      </h3>
      {knowsStreets.value ? null : <p class="notice">{t("traffic.no_network")}</p>}
      {reports.length === 0 ? <p class="muted">{t("traffic.none")}</p> : null}
      <ul>
        {reports.map((one) => (
          <Report key={one.traffic_id} report={one} lookAt={lookAt} />
        ))}
      </ul>
      {areaDraft.value !== null ? (
        <AreaForm corners={areaDraft.value} />
      ) : (
        <button type="button" class="small" id="draw-area" disabled={!knowsStreets.value} onClick={startArea}>
          {t("traffic.draw")}
        </button>
      )}
      <Outcome place={TRAFFIC_PLACE} isQuiet />
    </aside>
  );
}

function close(): void {
  leaveArea();
  isTrafficOpen.value = false;
}

function Report({ report, lookAt }: { report: Traffic; lookAt: (corners: readonly LatLon[]) => void }) {
  const isEnding = useSignal(false);
  const ring = report.area?.coordinates[0];
  const leftS = (Date.parse(report.expires_at) - nowMs.value) / 1000;
  const place = endPlaceOf(report.traffic_id);
  return (
    <li data-traffic={report.traffic_id}>
      <strong class={report.closed ? "closed" : "slow"}>{effectText(report)}</strong>{" "}
      {ring ? null : t("traffic.ways", { n: report.way_ids.length })}
      <p class="muted">
        {report.source} · {t("traffic.until", { at: shortTime(report.expires_at), left: roughly(leftS) })}
      </p>
      <span class="buttons">
        {ring ? (
          <button type="button" class="small quiet" onClick={() => lookAt(ring.map(([lon, lat]) => ({ lat, lon })))}>
            {t("traffic.look")}
          </button>
        ) : null}
        <button
          type="button"
          class="small quiet"
          data-end={report.traffic_id}
          disabled={isPending(place)}
          onClick={() => (isEnding.value = true)}
        >
          {t("traffic.end")}
        </button>
      </span>
      {isEnding.value ? (
        <ReasonForm
          ask={t("traffic.end.ask")}
          initial={t("traffic.end.default")}
          confirm={t("traffic.end")}
          onReason={(reason) => {
            endTraffic(report.traffic_id, reason);
            isEnding.value = false;
          }}
          onLeave={() => (isEnding.value = false)}
        />
      ) : null}
      <Outcome place={place} isQuiet />
    </li>
  );
}

function AreaForm({ corners }: { corners: readonly LatLon[] }) {
  const effect = useSignal<Effect>("closed");
  const lastsMin = useSignal<number>(60);
  const source = useSignal("");
  const isReady = corners.length >= 3 && source.value.trim() !== "";
  const sent = (event: Event): void => {
    event.preventDefault();
    if (isReady) submitArea(effect.value, lastsMin.value, source.value.trim());
  };
  return (
    <form class="area-form" onSubmit={sent} autocomplete="off">
      <p>{t(corners.length < 3 ? "traffic.corners.more" : "traffic.corners", { n: corners.length })}</p>
      <label>
        {t("traffic.effect")}
        <select id="traffic-effect" value={effect.value} onChange={(event) => (effect.value = event.currentTarget.value as Effect)}>
          {EFFECTS.map((one) => (
            <option key={one} value={one}>
              {one === "closed" ? t("traffic.closed") : t("traffic.slow", { n: Math.round(Number(one) * 100) })}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("traffic.lasts")}
        <select value={String(lastsMin.value)} onChange={(event) => (lastsMin.value = Number(event.currentTarget.value))}>
          {LASTS_MIN.map((minutes) => (
            <option key={minutes} value={String(minutes)}>
              {roughly(minutes * 60)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("traffic.source")}
        <input
          id="traffic-source"
          placeholder={t("traffic.source.placeholder")}
          maxLength={200}
          value={source.value}
          onInput={(event) => (source.value = event.currentTarget.value)}
        />
      </label>
      <div class="buttons">
        <button type="submit" class="small primary" id="submit-traffic" disabled={!isReady || isPending(TRAFFIC_PLACE)}>
          {isPending(TRAFFIC_PLACE) ? t("action.pending") : t("traffic.submit")}
        </button>
        <button type="button" class="small quiet" disabled={corners.length === 0} onClick={takeBackCorner}>
          {t("traffic.undo")}
        </button>
        <button type="button" class="small quiet" onClick={leaveArea}>
          {t("end.abort")}
        </button>
      </div>
    </form>
  );
}

/** Opens the list of streets that are slow or closed, and tells how many reports are in force. */
export function TrafficButton() {
  const n = trafficInForce.value.length;
  return (
    <button
      type="button"
      class={isTrafficOpen.value ? "small chosen" : "small"}
      id="open-traffic"
      aria-expanded={isTrafficOpen.value}
      onClick={() => (isTrafficOpen.value = !isTrafficOpen.value)}
    >
      {t("traffic.open")} {n === 0 ? null : <b>{n}</b>}
    </button>
  );
}
