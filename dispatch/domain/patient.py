"""Patients and what was found about them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from dispatch.domain.ids import AssignmentId, HospitalId, IncidentId, PatientId
from dispatch.domain.reception import Prealert, PrealertState, TurnedAway
from dispatch.domain.vocabulary import Sex, TriageTag


class FindingKind(StrEnum):
    SCALE = "scale"
    ECG_12_LEAD = "ecg_12_lead"
    VITALS = "vitals"
    GLUCOSE_MMOL_L = "glucose_mmol_l"
    TRIAGE_TAG = "triage_tag"
    INJURY = "injury"
    PREGNANCY_WEEKS = "pregnancy_weeks"
    ONSET = "onset"
    LAST_KNOWN_WELL = "last_known_well"


FindingScalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One observation: a number or word under `value`, or named parts of it (`{"name": "cpss", "score": 3}`) under `parts`."""

    kind: FindingKind
    observed_at: datetime
    observer: str
    value: FindingScalar = None
    parts: tuple[tuple[str, FindingScalar], ...] = ()

    def part(self, name: str) -> FindingScalar:
        return next((value for key, value in self.parts if key == name), None)


class PictureKind(StrEnum):
    ECG_12_LEAD = "ecg_12_lead"


MOST_PICTURES: Final = 6
"""Of one patient; a choice of ours: an ECG, repeated as it changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A photograph that a crew has taken of a finding; what it shows is kept sealed beside the journal, not in it."""

    picture_id: str
    kind: PictureKind
    taken_at: datetime
    taken_by: str


class PatientState(StrEnum):
    WAITING = "waiting"
    ATTENDED = "attended"
    IN_TRANSPORT = "in_transport"
    AT_HOSPITAL = "at_hospital"
    HANDED_OVER = "handed_over"
    TREATED_ON_SCENE = "treated_on_scene"
    REFUSED = "refused"
    NOT_FOUND = "not_found"
    DECEASED = "deceased"
    HANDED_TO_OTHER = "handed_to_other"


_URGENCY = {
    TriageTag.RED: 0,
    TriageTag.YELLOW: 1,
    None: 1,
    TriageTag.GREEN: 2,
    TriageTag.BLACK: 3,
}
PATIENT_ENDED = frozenset(
    {
        PatientState.HANDED_OVER,
        PatientState.TREATED_ON_SCENE,
        PatientState.REFUSED,
        PatientState.NOT_FOUND,
        PatientState.DECEASED,
        PatientState.HANDED_TO_OTHER,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    patient_id: PatientId
    incident_id: IncidentId
    state: PatientState = PatientState.WAITING
    age_years: int | None = None
    sex: Sex | None = None
    triage_tag: TriageTag | None = None
    assignment_id: AssignmentId | None = None
    hospital_id: HospitalId | None = None
    findings: tuple[Finding, ...] = ()
    is_outcome_recorded: bool = False
    """Somebody recorded the outcome itself; it does not follow from what the crew did."""
    prealert: Prealert | None = None
    turned_away: tuple[TurnedAway, ...] = ()
    pictures: tuple[Picture, ...] = ()
    version: int = 0

    @property
    def urgency(self) -> int:
        """By triage tag, 0 for red; who has none counts as yellow."""
        return _URGENCY[self.triage_tag]

    @property
    def is_uncared(self) -> bool:
        """Nobody's patient yet, and not ended."""
        return self.assignment_id is None and self.state not in PATIENT_ENDED

    @property
    def pending_prealert(self) -> Prealert | None:
        """The word to the hospital for which the patient is bound, as long as nobody there has acknowledged it."""
        sent = self.prealert
        is_open = sent is not None and sent.state is PrealertState.SENT and sent.hospital_id == self.hospital_id
        return sent if is_open and self.state not in PATIENT_ENDED | {PatientState.AT_HOSPITAL} else None

    def is_turned_away_by(self, hospital_id: HospitalId) -> bool:
        return any(refusal.hospital_id == hospital_id for refusal in self.turned_away)
