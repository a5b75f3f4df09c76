"""Events about the times of a patient's care; named in `events.Event` like all others."""

from dataclasses import dataclass
from datetime import datetime

from dispatch.domain.care import Stamp
from dispatch.domain.ids import IncidentId, PatientId


@dataclass(frozen=True, slots=True, kw_only=True)
class CareTimeRecorded:
    incident_id: IncidentId
    patient_id: PatientId
    stamp: Stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class CareTimeCorrected:
    """The stamp takes the place of the one with its key, which said `was_at`; if withdrawn, nothing does."""

    incident_id: IncidentId
    patient_id: PatientId
    stamp: Stamp
    was_at: datetime | None
    is_withdrawn: bool


CareEvent = CareTimeRecorded | CareTimeCorrected
