"""Commands about the times of a patient's care. They may come long after the incident has ended and left the world."""

from dataclasses import dataclass

from dispatch.domain.care import Stamp
from dispatch.domain.ids import IncidentId, PatientId


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCareTime:
    """Give a milestone its time. `known`: the stamps that the journal has of this patient; the caller has read them."""

    incident_id: IncidentId
    patient_id: PatientId
    stamp: Stamp
    known: tuple[Stamp, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectCareTime:
    """Replace the stamp that shares the key of `stamp`, for its reason; with `withdraws` it was never so, and nothing replaces it."""

    incident_id: IncidentId
    patient_id: PatientId
    stamp: Stamp
    known: tuple[Stamp, ...]
    withdraws: bool = False


CareCommand = RecordCareTime | CorrectCareTime
