"""How long each step took, per assignment and per incident: a fold of the journal's events.

Intervals follow the NEMSIS v3.5 eTimes pairs: call received .01, unit notified .03, en route .05, on scene .06,
at patient .07, left scene .09, at destination .11, transfer of care .12, back in service .13. A step that was not
reported is unknown, and so is every interval that needs it; nothing is filled in.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from dispatch.domain import events as ev
from dispatch.domain.assignment import AssignmentStatus, Disposition
from dispatch.domain.ids import AssignmentId, HospitalId, IncidentId, UnitId
from dispatch.domain.vocabulary import Pathway, Priority

_ENDED = (AssignmentStatus.AVAILABLE, AssignmentStatus.DECLINED, AssignmentStatus.CANCELLED)


@dataclass(slots=True)
class ResponseTimes:
    """One unit's response: the instants of its steps and the intervals between them, in seconds."""

    assignment_id: AssignmentId
    incident_id: IncidentId
    unit_id: UnitId
    committed_at: datetime
    hospital_id: HospitalId | None
    steps: dict[AssignmentStatus, datetime] = field(default_factory=dict)
    disposition: Disposition | None = None

    @property
    def notified_at(self) -> datetime | None:
        """.03, the first page; None while the unit is only reserved."""
        return self.steps.get(AssignmentStatus.OFFERED)

    @property
    def on_scene_at(self) -> datetime | None:
        """.06; a crew that reported itself at the patient without it is on scene by then."""
        return self.steps.get(AssignmentStatus.ON_SCENE) or self.steps.get(AssignmentStatus.AT_PATIENT)

    @property
    def ended_at(self) -> datetime | None:
        """.13, or when it was declined or called off."""
        return next((self.steps[status] for status in _ENDED if status in self.steps), None)

    @property
    def turnout_time_s(self) -> float | None:
        """.03 → .05"""
        return _between(self.notified_at, self.steps.get(AssignmentStatus.EN_ROUTE))

    @property
    def travel_time_s(self) -> float | None:
        """.05 → .06"""
        return _between(self.steps.get(AssignmentStatus.EN_ROUTE), self.on_scene_at)

    @property
    def response_time_s(self) -> float | None:
        """.03 → .06"""
        return _between(self.notified_at, self.on_scene_at)

    @property
    def scene_time_s(self) -> float | None:
        """.06 → .09"""
        return _between(self.on_scene_at, self.steps.get(AssignmentStatus.LEFT_SCENE))

    @property
    def transport_time_s(self) -> float | None:
        """.09 → .11"""
        return _between(self.steps.get(AssignmentStatus.LEFT_SCENE), self.steps.get(AssignmentStatus.AT_HOSPITAL))

    @property
    def turnaround_time_s(self) -> float | None:
        """.11 → .13"""
        return _between(self.steps.get(AssignmentStatus.AT_HOSPITAL), self.ended_at)

    def busy_s(self, until: datetime) -> float:
        """Seconds for which the unit was committed, up to `until`."""
        return max(0.0, (min(self.ended_at or until, until) - self.committed_at).total_seconds())


@dataclass(slots=True)
class IncidentTimes:
    """One incident as it was opened (priority and pathway are those of the opening, so that a finding moves no class)."""

    incident_id: IncidentId
    priority: Priority
    pathway: Pathway
    received_at: datetime
    units_required: int
    pathway_now: Pathway
    assignment_ids: list[AssignmentId] = field(default_factory=list)
    n_calls: int = 0
    joined_into: IncidentId | None = None
    closed_at: datetime | None = None
    first_on_scene_at: datetime | None = None

    @property
    def call_to_scene_time_s(self) -> float | None:
        """.01 → .06 of the first unit that got there."""
        return _between(self.received_at, self.first_on_scene_at)


class Intervals:
    """Feed it `Recorded` events in order with `apply`; read `incidents` and `responses` at any time."""

    def __init__(self) -> None:
        self.incidents: dict[IncidentId, IncidentTimes] = {}
        self.responses: dict[AssignmentId, ResponseTimes] = {}

    def apply(self, recorded: ev.Recorded) -> None:
        """Take the next event of the journal."""
        at = recorded.occurred_at
        match recorded.event:
            case ev.AssignmentStatusChanged() as changed:
                self._stepped(changed.assignment_id, changed.status, at, changed.disposition)
            case ev.UnitAssigned() as assigned:
                self._assigned(assigned, at)
            case ev.AssignmentCancelled(assignment_id=assignment_id):
                self._stepped(assignment_id, AssignmentStatus.CANCELLED, at, Disposition.CANCELLED)
            case ev.AssignmentStatusCorrected() as corrected:
                self._corrected(corrected, at)
            case ev.DestinationChanged(assignment_id=assignment_id, hospital_id=hospital_id):
                self.responses[assignment_id].hospital_id = hospital_id
            case ev.IncidentOpened() as opened:
                self._opened(opened)
            case ev.CallReceived(incident_id=incident_id, received_at=received_at):
                incident = self.incidents[incident_id]
                incident.n_calls += 1
                incident.received_at = min(incident.received_at, received_at)
            case ev.IncidentRetriaged() as retriaged:
                incident = self.incidents[retriaged.incident_id]
                incident.pathway_now, incident.units_required = retriaged.pathway, retriaged.units_required
            case ev.IncidentJoined() as joined:
                self._joined(joined, at)
            case ev.IncidentClosed(incident_id=incident_id) | ev.IncidentCancelled(incident_id=incident_id):
                self.incidents[incident_id].closed_at = at

    def responses_of(self, incident: IncidentTimes) -> Iterator[ResponseTimes]:
        return (self.responses[assignment_id] for assignment_id in incident.assignment_ids)

    def _opened(self, e: ev.IncidentOpened) -> None:
        self.incidents[e.incident_id] = IncidentTimes(
            incident_id=e.incident_id,
            priority=e.priority,
            pathway=e.pathway,
            received_at=e.received_at,
            units_required=e.units_required,
            pathway_now=e.pathway,
        )

    def _assigned(self, e: ev.UnitAssigned, at: datetime) -> None:
        steps = {} if e.is_reserved else {AssignmentStatus.OFFERED: at}
        self.responses[e.assignment_id] = ResponseTimes(
            e.assignment_id, e.incident_id, e.unit_id, committed_at=at, hospital_id=e.hospital_id, steps=steps
        )
        if e.incident_id in self.incidents:
            self.incidents[e.incident_id].assignment_ids.append(e.assignment_id)

    def _stepped(
        self, assignment_id: AssignmentId, status: AssignmentStatus, at: datetime, disposition: Disposition | None
    ) -> None:
        response = self.responses[assignment_id]
        response.steps[status] = at
        response.disposition = disposition
        if status in {AssignmentStatus.ON_SCENE, AssignmentStatus.AT_PATIENT}:
            self._reached(response.incident_id)

    def _corrected(self, e: ev.AssignmentStatusCorrected, at: datetime) -> None:
        response = self.responses[e.assignment_id]
        response.steps.pop(e.was, None)
        response.steps.setdefault(e.status, at)
        response.disposition = None
        self._reached(response.incident_id)

    def _reached(self, incident_id: IncidentId) -> None:
        """Look up anew who was first on scene: a correction may have taken an arrival back."""
        incident = self.incidents.get(incident_id)
        if incident is not None:
            arrivals = [at for response in self.responses_of(incident) if (at := response.on_scene_at) is not None]
            incident.first_on_scene_at = min(arrivals, default=None)

    def _joined(self, e: ev.IncidentJoined, at: datetime) -> None:
        """The calls move; the earliest of them is when the happening became known."""
        gone, into = self.incidents[e.incident_id], self.incidents[e.into_incident_id]
        gone.joined_into, gone.closed_at = e.into_incident_id, at
        into.n_calls, gone.n_calls = into.n_calls + gone.n_calls, 0
        into.received_at = min(into.received_at, gone.received_at)


def _between(start: datetime | None, end: datetime | None) -> float | None:
    return None if start is None or end is None else (end - start).total_seconds()
