"""Health records while they are needed: in memory, for the patients of open incidents, and gone when the incident ends."""

from dataclasses import dataclass
from datetime import datetime

from dispatch.domain import events as ev
from dispatch.domain.ids import IncidentId, PatientId
from dispatch.domain.records import Purpose, RecordSummary
from dispatch.engine.commits import Told


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRecord:
    """A summary as it was received; the record itself may have changed since."""

    summary: RecordSummary
    purpose: Purpose
    received_at: datetime


class RecordShelf:
    """What may be shown now. Never written anywhere; after a restart it has to be asked for again."""

    def __init__(self) -> None:
        self._shown: dict[IncidentId, dict[PatientId, ShownRecord]] = {}

    def put(self, incident_id: IncidentId, patient_id: PatientId, record: ShownRecord) -> None:
        self._shown.setdefault(incident_id, {})[patient_id] = record

    def get(self, incident_id: IncidentId, patient_id: PatientId) -> ShownRecord | None:
        return self._shown.get(incident_id, {}).get(patient_id)

    def tell(self, told: Told) -> None:
        """An engine subscriber: forget what belongs to an incident that has ended."""
        for recorded in told.entries:
            if isinstance(recorded.event, ev.IncidentClosed | ev.IncidentCancelled | ev.IncidentJoined):
                self._shown.pop(recorded.event.incident_id, None)
