import { useSignal } from "@preact/signals";
import { t, tValue } from "../i18n";
import { shortTime, stopwatch } from "../i18n/measures";
import { isPending } from "../room/actions";
import { nowMs } from "../room/clock";
import { selectIncident } from "../room/selection";
import { answerTransfer, needsCrew, planCrew, transferPlace, transfers } from "../room/transfers";
import { liveAssignments, world } from "../room/world";
import type { Transfer } from "../wire/reception";
import { Outcome } from "./marks";
import { hospitalName } from "./reception";

/** Transfers that are asked for, those on which somebody has to act first; `patientIds` leaves those of one incident. */
export function Transfers({ patientIds }: { patientIds?: readonly string[] }) {
  const shown = transfers.value.filter(({ patient_id: of }) => patientIds === undefined || (of != null && patientIds.includes(of)));
  if (shown.length === 0) return null;
  const rank = (transfer: Transfer): number => (needsCrew(transfer, world.value) ? 0 : transfer.state === "asked" ? 1 : 2);
  return (
    <section class="reception transfers" aria-label={t("ward.transfers")} id="transfers" tabIndex={-1}>
      <h3 class="group">{t("ward.transfers")}</h3>
      {shown
        .toSorted((a, b) => rank(a) - rank(b))
        .map((transfer) => (
          <Row key={transfer.transfer_id} transfer={transfer} />
        ))}
    </section>
  );
}

function Row({ transfer }: { transfer: Transfer }) {
  const { transfer_id: id, state, asked_at: askedAt } = transfer;
  const people = [
    transfer.capability == null ? "" : tValue("capability", transfer.capability),
    transfer.sex == null ? "" : tValue("ward_sex", transfer.sex),
    transfer.age_years == null ? "" : t("ward.age", { n: transfer.age_years }),
    transfer.reason,
  ];
  const isLacking = needsCrew(transfer, world.value);
  const waitsS = (nowMs.value - Date.parse(askedAt)) / 1000;
  return (
    <article class="card" data-transfer={id} data-state={state}>
      <header>
        <h4>
          {hospitalName(transfer.hospital_id)} → {hospitalName(transfer.to_hospital_id)}
        </h4>
        <span class={`word ${state}`}>{tValue("transfer", state)}</span>
      </header>
      <p>{people.filter(Boolean).join(" · ")}</p>
      <p class="muted">
        {t("reception.asked", { at: shortTime(askedAt) })}
        {state === "asked" ? ` · ${t("reception.waits", { time: stopwatch(waitsS) })}` : ""}
        {transfer.answer == null ? "" : ` · ${t("reception.said", { what: transfer.answer })}`}
      </p>
      <MovedBy transfer={transfer} />
      {isLacking ? (
        <div class="next">
          <button type="button" class="small primary" data-plan={id} onClick={() => planCrew(transfer)}>
            {t("reception.plan")}
          </button>
        </div>
      ) : null}
      {state === "asked" ? <Answer transfer={transfer} /> : null}
      <Outcome place={transferPlace(id)} isQuiet />
    </article>
  );
}

/** The incident that moves the patient, and how far its crew is. */
function MovedBy({ transfer }: { transfer: Transfer }) {
  const incident = world.value.incidents[transfer.moved_by_incident_id ?? ""];
  if (incident === undefined) return null;
  const crews = liveAssignments(incident).map((each) => `${world.value.units[each.unit_id]?.call_sign ?? each.unit_id} ${t(`status.${each.status}`)}`);
  const how = incident.state === "open" ? crews.join(t("mark.comma")) || t("queue.unassigned") : t(`incident.${incident.state}`);
  return (
    <p>
      <button type="button" class="small quiet" onClick={() => selectIncident(incident.incident_id)}>
        #{incident.number}
      </button>{" "}
      {how}
    </p>
  );
}

/** For the hospital that was asked, as it has said on the telephone; a no needs its reason. */
function Answer({ transfer }: { transfer: Transfer }) {
  const said = useSignal("");
  const isBusy = isPending(transferPlace(transfer.transfer_id));
  return (
    <div class="line">
      <input
        aria-label={t("reception.answer")}
        placeholder={t("reception.answer")}
        maxLength={2000}
        value={said.value}
        onInput={(event) => (said.value = event.currentTarget.value)}
      />
      <button type="button" class="small" disabled={isBusy} onClick={() => answerTransfer(transfer, true, said.value.trim())}>
        {t("ward.accept")}
      </button>
      <button
        type="button"
        class="small quiet"
        disabled={isBusy || said.value.trim() === ""}
        onClick={() => answerTransfer(transfer, false, said.value.trim())}
      >
        {t("ward.refuse")}
      </button>
    </div>
  );
}
