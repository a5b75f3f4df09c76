"""The fold, continued: notices to hospitals' systems. Ended ones go with their incident; pending ones stay until they have ended."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from dispatch.domain import events as ev
from dispatch.domain.draft import Draft
from dispatch.domain.events_records import (
    HandoverAnswered,
    HandoverAttempted,
    HandoverIssued,
    HandoverUrged,
    HandoverWithdrawn,
)
from dispatch.domain.ids import IncidentId, NoticeId
from dispatch.domain.incident import Incident
from dispatch.domain.notices import Notice, NoticeState, retry_after
from dispatch.domain.records import PeerOutcome

_ENDS: Final = {PeerOutcome.ANSWERED: NoticeState.ACKNOWLEDGED, PeerOutcome.REFUSED: NoticeState.REFUSED}


def _issued(draft: Draft, e: HandoverIssued, r: ev.Recorded) -> None:
    if e.notice_id is None:  # of a program that asked once and did not keep it
        return
    notice = Notice(
        notice_id=e.notice_id,
        incident_id=e.incident_id,
        patient_id=e.patient_id,
        hospital_id=e.hospital_id,
        kind=e.kind,
        issued_seq=r.seq,
        issued_at=r.occurred_at,
        issued_by=r.actor,
        due_at=r.occurred_at,
    )
    draft.outbox = draft.outbox.set(e.notice_id, notice)
    draft.change_incident(e.incident_id, notice_ids=(*draft.incidents[e.incident_id].notice_ids, e.notice_id))


def _attempted(draft: Draft, e: HandoverAttempted, r: ev.Recorded) -> None:
    _change(
        draft,
        e.notice_id,
        attempts=e.attempt,
        attempted_at=r.occurred_at,
        outcome=None,
        due_at=r.occurred_at + retry_after(e.attempt),
    )


def _answered(draft: Draft, e: HandoverAnswered, r: ev.Recorded) -> None:
    state = _ENDS.get(e.outcome)
    if state is None:
        _change(draft, e.notice_id, outcome=e.outcome)
    else:
        _change(draft, e.notice_id, outcome=e.outcome, state=state, ended_at=r.occurred_at, ended_by=r.actor)


def _urged(draft: Draft, e: HandoverUrged, r: ev.Recorded) -> None:
    _change(draft, e.notice_id, due_at=r.occurred_at)


def _withdrawn(draft: Draft, e: HandoverWithdrawn, r: ev.Recorded) -> None:
    state = NoticeState.OVERTAKEN if e.reason is None else NoticeState.WITHDRAWN
    _change(draft, e.notice_id, state=state, reason=e.reason, ended_at=r.occurred_at, ended_by=r.actor)


def _change(draft: Draft, notice_id: NoticeId | None, **changes: Any) -> None:
    """Change a notice, and with it the version of its incident; one that ends after its incident has left the world goes at once."""
    was = None if notice_id is None else draft.outbox.get(notice_id)
    if was is None:
        return
    now = replace(was, **changes)
    if was.incident_id in draft.incidents:
        draft.outbox = draft.outbox.set(now.notice_id, now)
        draft.change_incident(was.incident_id)
    elif now.is_pending:
        draft.outbox = draft.outbox.set(now.notice_id, now)
    else:
        draft.outbox = draft.outbox.delete(now.notice_id)


def forget_notices(draft: Draft, incident: Incident) -> None:
    """Let the notices of an incident that leaves the world go with it, save those that are still to be sent."""
    for notice_id in incident.notice_ids:
        if not draft.outbox[notice_id].is_pending:
            draft.outbox = draft.outbox.delete(notice_id)


def erase_notices(draft: Draft, incident_id: IncidentId) -> None:
    """Nothing of an erased incident is sent any more: what would be said is gone."""
    for notice in tuple(draft.outbox.values()):
        if notice.incident_id == incident_id:
            draft.outbox = draft.outbox.delete(notice.notice_id)
    if incident_id in draft.incidents:
        draft.change_incident(incident_id, notice_ids=())


HANDLERS: Final[dict[type[Any], Callable[[Draft, Any, ev.Recorded], None]]] = {
    HandoverIssued: _issued,
    HandoverAttempted: _attempted,
    HandoverAnswered: _answered,
    HandoverUrged: _urged,
    HandoverWithdrawn: _withdrawn,
}
