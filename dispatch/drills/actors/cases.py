"""What a crew will find and how long it will take: from the log where it says, drawn where it is silent."""

from dataclasses import dataclass
from typing import Protocol

from dispatch.domain.assignment import Assignment, Disposition
from dispatch.domain.ids import IncidentId, PatientId
from dispatch.drills.call_log import CallRole, LoggedCall
from dispatch.drills.draws import (
    HOSPITAL_S,
    SCENE_NOT_TRANSPORTED_S,
    SCENE_TRANSPORTED_S,
    TRANSPORTED_SHARE,
    Draws,
    disposition_without_transport,
)

LONGEST_SCENE_S = 7200.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One mission's hidden truth. `name` names its draws; `disposition` is how it ends if nobody is transported."""

    name: str
    is_transported: bool
    disposition: Disposition
    on_scene_s: float
    hospital_s: float
    is_stemi: bool = False


class CaseBook(Protocol):
    """Knows every mission's truth; crews look a page up when they are sent."""

    def case_of(self, assignment: Assignment) -> Case: ...


def drawn_case(draws: Draws, name: str, call: LoggedCall | None = None) -> Case:
    """The case of `call`; everything that it does not say (or everything, without a call) is drawn under `name`."""
    chance = draws.of("case", name)
    lot, disposition = chance.random(), disposition_without_transport(chance)
    scene_if, scene_else = SCENE_TRANSPORTED_S.of(chance), SCENE_NOT_TRANSPORTED_S.of(chance)
    hospital_s = HOSPITAL_S.of(chance)
    is_transported = lot < TRANSPORTED_SHARE
    if call is not None and call.is_transported is not None:
        is_transported = call.is_transported
    scene_s = min(scene_if if is_transported else scene_else, LONGEST_SCENE_S)
    return Case(
        name=name,
        is_transported=is_transported,
        disposition=disposition,
        on_scene_s=call.on_scene_s if call and call.on_scene_s is not None else scene_s,
        hospital_s=call.hospital_s if call and call.hospital_s is not None else hospital_s,
        is_stemi=bool(call and call.field_impression and call.field_impression.upper().startswith("STEMI")),
    )


class DrawnCases:
    """Cases without a log, for a live demonstration."""

    def __init__(self, draws: Draws) -> None:
        self._draws = draws

    def case_of(self, assignment: Assignment) -> Case:
        return drawn_case(self._draws, assignment.incident_id)


class LoggedCases:
    """Cases of a log: the call takers note which patient is which row."""

    def __init__(self, draws: Draws) -> None:
        self._draws = draws
        self._by_patient: dict[PatientId, LoggedCall] = {}
        self._by_incident: dict[IncidentId, LoggedCall] = {}

    def note(self, call: LoggedCall, incident_id: IncidentId, patient_ids: tuple[PatientId, ...]) -> None:
        """`call` opened or joined this incident and brought these patients."""
        self._by_incident.setdefault(incident_id, call)
        self._by_patient.update(dict.fromkeys(patient_ids, call))

    def case_of(self, assignment: Assignment) -> Case:
        """That of the first patient in its care; a crew with none of its own at a mass-casualty incident triages and leaves empty."""
        calls = [
            self._by_patient[patient_id] for patient_id in assignment.patient_ids if patient_id in self._by_patient
        ]
        if calls:
            return drawn_case(self._draws, calls[0].call_id, calls[0])
        opening = self._by_incident.get(assignment.incident_id)
        if opening is None:
            return drawn_case(self._draws, assignment.incident_id)
        if opening.mci_id is None or opening.role is not CallRole.CALL:
            return drawn_case(self._draws, opening.call_id, opening)
        case = drawn_case(self._draws, f"{opening.call_id}/without patient")
        return Case(
            name=case.name,
            is_transported=False,
            disposition=Disposition.NO_PATIENT,
            on_scene_s=case.on_scene_s,
            hospital_s=case.hospital_s,
        )
