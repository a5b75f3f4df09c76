"""Word to a hospital's systems, pre-alert or hand-over, from when it is issued until the other system has acknowledged it.

What it says is not kept here: it follows from the journal up to `issued_seq`, so that every attempt sends the same.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from dispatch.domain.ids import HospitalId, IncidentId, NoticeId, PatientId
from dispatch.domain.records import HandoverKind, PeerOutcome

RETRY_FIRST_S: Final = 2.0
RETRY_LONGEST_S: Final = 60.0
"""Twice as long after each attempt, and a minute at most: a peer that is back is found within it, and an outage of a day leaves some
3,000 lines in the journal. A choice of ours."""


def retry_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts, 1 at least, that did not arrive."""
    doublings = min(attempts - 1, 16)  # far beyond the longest wait
    return timedelta(seconds=min(RETRY_LONGEST_S, RETRY_FIRST_S * 2**doublings))


class NoticeState(StrEnum):
    """`refused`: the other system will never take it. `overtaken`: the patient is no longer on the way there."""

    PENDING = "pending"
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    OVERTAKEN = "overtaken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """`outcome` is that of the latest attempt; None while it is under way, and when nobody was there any more to note it."""

    notice_id: NoticeId
    incident_id: IncidentId
    patient_id: PatientId
    hospital_id: HospitalId
    kind: HandoverKind
    issued_seq: int
    issued_at: datetime
    issued_by: str
    due_at: datetime
    state: NoticeState = NoticeState.PENDING
    attempts: int = 0
    attempted_at: datetime | None = None
    outcome: PeerOutcome | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None
    reason: str | None = None

    @property
    def is_pending(self) -> bool:
        return self.state is NoticeState.PENDING
