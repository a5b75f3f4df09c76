"""Callers of a log and the call takers who enter what they say.

A row rings when the log says so and is entered when questioning has ended: at the log's own time, else after a drawn one. Only
what the log calls a duplicate (or a patient of the same mass-casualty incident) joins an incident; nothing else is joined.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dispatch.domain import events as ev
from dispatch.domain.commands import PatientDetails, ReceiveCall, RecordPatientOutcome
from dispatch.domain.ids import IncidentId
from dispatch.domain.incident import Location
from dispatch.domain.patient import PatientState
from dispatch.domain.rejections import CommandRejected, Refusal
from dispatch.domain.vocabulary import TriageTag
from dispatch.drills.actors.cases import LoggedCases
from dispatch.drills.agenda import Script
from dispatch.drills.call_log import CallRole, LoggedCall, RecordClass
from dispatch.drills.draws import CALL_TAKING_S, Draws
from dispatch.engine.commits import Committed
from dispatch.engine.engine import Engine
from routing.cells import cell_of, cell_text

ACTOR = "call_taker:simulated"
LOCATION_RESOLUTION = 9
ACCURACY_IF_UNSAID_M = 100.0
"""A point of the log without a stated uncertainty counts as known to a block. Assumed."""

_REAL = frozenset({RecordClass.REAL, RecordClass.REAL_SUBSAMPLE})
_ENDED = frozenset({Refusal.INCIDENT_NOT_OPEN, Refusal.INCIDENT_NOT_FOUND})


@dataclass(slots=True)
class Intake:
    """What was entered so far."""

    calls: int = 0
    duplicates_joined: int = 0
    patients_joined: int = 0
    joins_too_late: int = 0
    incident_of: dict[str, IncidentId] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One row with its time of entry and the row whose incident it joins."""

    entered_at: datetime
    call: LoggedCall
    joins: str | None


class LoggedCallers:
    """Plays all calls of a log in order of entry."""

    def __init__(self, *, engine: Engine, calls: Sequence[LoggedCall], cases: LoggedCases, draws: Draws) -> None:
        self._engine, self._cases = engine, cases
        self._entries = _in_order_of_entry(calls, draws)
        self.intake = Intake()

    @property
    def is_done(self) -> bool:
        return self.intake.calls == len(self._entries)

    async def script(self) -> Script:
        for entry in self._entries:
            yield entry.entered_at
            await self._enter(entry)

    async def _enter(self, entry: _Entry) -> None:
        joins = self.intake.incident_of[entry.joins] if entry.joins is not None else None
        try:
            committed = await self._engine.execute(_command(entry.call, joins), actor=ACTOR)
        except CommandRejected as rejected:
            if joins is None or rejected.refusal not in _ENDED:
                raise
            # What it joins has ended: a call taker opens a new incident (that needs nobody, for a second caller).
            self.intake.joins_too_late += 1
            joins = None
            committed = await self._engine.execute(_command(entry.call, None), actor=ACTOR)
        await self._note(entry.call, committed, joins)

    async def _note(self, call: LoggedCall, committed: Committed, joins: IncidentId | None) -> None:
        """Remember what became of the row; patients who need no ambulance are led away by others."""
        events = [recorded.event for recorded in committed.entries]
        received = next(event for event in events if isinstance(event, ev.CallReceived))
        patient_ids = tuple(event.patient_id for event in events if isinstance(event, ev.PatientAdded))
        self.intake.calls += 1
        self.intake.duplicates_joined += joins is not None and call.role is CallRole.DUPLICATE_CALL
        self.intake.patients_joined += joins is not None and call.role is CallRole.MCI_PATIENT
        self.intake.incident_of[call.call_id] = received.incident_id
        self._cases.note(call, received.incident_id, patient_ids)
        if call.role is CallRole.MCI_PATIENT and not call.is_ambulance_needed:
            is_dead = call.triage_tag is TriageTag.BLACK
            state = PatientState.DECEASED if is_dead else PatientState.HANDED_TO_OTHER
            for patient_id in patient_ids:
                command = RecordPatientOutcome(patient_id=patient_id, state=state, reason=f"triage {call.triage_tag}")
                await self._engine.execute(command, actor=ACTOR)


def _in_order_of_entry(calls: Sequence[LoggedCall], draws: Draws) -> list[_Entry]:
    """By the end of questioning; a joining call is entered no earlier than the one it joins."""
    by_id = {call.call_id: call for call in calls}
    own = {call.call_id: entered_at(call, draws) for call in calls}
    first_of_mci: dict[str, str] = {}
    for call in sorted(calls, key=lambda call: (own[call.call_id], call.call_id)):
        if call.mci_id is not None and call.role is not CallRole.DUPLICATE_CALL:
            first_of_mci.setdefault(call.mci_id, call.call_id)

    def joins(call: LoggedCall) -> str | None:
        if call.role is CallRole.DUPLICATE_CALL:
            return call.duplicate_of
        first = first_of_mci[call.mci_id] if call.role is CallRole.MCI_PATIENT and call.mci_id else call.call_id
        return None if first == call.call_id else first

    def chain(call: LoggedCall) -> list[LoggedCall]:
        """The call and what it joins, up to the one that opens the incident."""
        links = [call]
        while (original := joins(links[-1])) is not None and by_id[original] not in links:
            links.append(by_id[original])
        return links

    dated = []
    for call in calls:
        links = chain(call)
        dated.append((max(own[link.call_id] for link in links), len(links), call.call_id, call))
    dated.sort(key=lambda entry: entry[:3])
    return [_Entry(entered_at, call, joins(call)) for entered_at, _, _, call in dated]


def entered_at(call: LoggedCall, draws: Draws) -> datetime:
    """When the call is entered: as logged, else after a drawn time of questioning."""
    if call.entered_at is not None and call.entered_at >= call.received_at:
        return call.entered_at
    return call.received_at + timedelta(seconds=CALL_TAKING_S.of(draws.of("call taking", call.call_id)))


def _command(call: LoggedCall, joins: IncidentId | None) -> ReceiveCall:
    return ReceiveCall(
        received_at=call.received_at,
        complaint=call.complaint,
        location=Location(
            point=call.point,
            accuracy_m=ACCURACY_IF_UNSAID_M if call.accuracy_m is None else call.accuracy_m,
            source="caller",
            cell=cell_text(cell_of(call.point, LOCATION_RESOLUTION)),
        ),
        determinant=call.determinant,
        priority=call.priority,
        address_text=call.address_text,
        patients=_patients(call),
        incident_id=joins,
        adds_patients=call.role is CallRole.MCI_PATIENT,
        is_ambulance_needed=call.is_ambulance_needed,
        is_simulated=call.record_class not in _REAL,
    )


def _patients(call: LoggedCall) -> tuple[PatientDetails, ...]:
    """Those the row speaks of; the first caller of a mass-casualty incident cannot say, its patients have rows of their own."""
    if call.n_patients is None and call.mci_id is not None:
        return ()
    first = PatientDetails(age_years=call.age_years, sex=call.sex, triage_tag=call.triage_tag)
    others = 0 if call.n_patients is None else max(0, call.n_patients - 1)
    return (first, *(PatientDetails() for _ in range(others)))
