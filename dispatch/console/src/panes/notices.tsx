import { useSignal } from "@preact/signals";
import { t, tValue } from "../i18n";
import { shortTime } from "../i18n/measures";
import { isPending } from "../room/actions";
import { issueNotice, noticePlace, retryNotice, withdrawNotice } from "../room/notices";
import type { Notice } from "../wire/reception";
import type { Incident, Patient } from "../wire/types";
import { hospitalName } from "./reception";
import { Outcome } from "./marks";
import { ReasonForm } from "./reason_form";

/** What hospitals' systems have been told of a patient and what they have acknowledged; until then it has to be told by voice. */
export function Notices({ incident, patient }: { incident: Incident; patient: Patient }) {
  const place = noticePlace(patient.patient_id);
  const canIssue = incident.state === "open" && patient.hospital_id != null;
  return (
    <div class="notices">
      {(incident.notices ?? [])
        .filter((notice) => notice.patient_id === patient.patient_id)
        .map((notice) => (
          <Told key={notice.notice_id} notice={notice} />
        ))}
      {canIssue ? (
        <button
          type="button"
          class="small quiet"
          data-notice="issue"
          disabled={isPending(place)}
          onClick={() => issueNotice(incident.incident_id, patient.patient_id)}
        >
          {t("notice.issue")}
        </button>
      ) : null}
      <Outcome place={place} isQuiet />
    </div>
  );
}

function Told({ notice }: { notice: Notice }) {
  const isWithdrawing = useSignal(false);
  const place = noticePlace(notice.notice_id);
  const parts = [
    hospitalName(notice.hospital_id),
    t("notice.since", { at: shortTime(notice.issued_at) }),
    notice.attempts > 0 ? t("notice.attempts", { n: notice.attempts }) : "",
    notice.state === "pending" && notice.outcome != null ? tValue("notice.outcome", notice.outcome) : "",
    notice.ended_at == null ? "" : shortTime(notice.ended_at),
    notice.reason ?? "",
  ];
  return (
    <div data-notice={notice.state}>
      <strong>
        {tValue("notice.kind", notice.kind)} {tValue("notice.state", notice.state)}
      </strong>{" "}
      <small>{parts.filter(Boolean).join(" · ")}</small>
      {notice.state === "pending" ? (
        <div class="next">
          <button type="button" class="small" data-notice="retry" disabled={isPending(place)} onClick={() => retryNotice(notice.notice_id)}>
            {t("notice.retry")}
          </button>
          <button type="button" class="small quiet" data-notice="withdraw" onClick={() => (isWithdrawing.value = true)}>
            {t("notice.withdraw")}
          </button>
        </div>
      ) : null}
      {isWithdrawing.value && notice.state === "pending" ? (
        <ReasonForm
          ask={t("notice.withdraw.ask")}
          initial=""
          confirm={t("notice.withdraw")}
          onReason={(reason) => withdrawNotice(notice.notice_id, reason)}
          onLeave={() => (isWithdrawing.value = false)}
        />
      ) : null}
      <Outcome place={place} isQuiet />
    </div>
  );
}
