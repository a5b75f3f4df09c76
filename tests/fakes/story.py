"""A small city that writes its own lawful journal: every batch it gives follows from the ones before.

Not a model of dispatching, only a source of valid event streams of any length, the same for the same seed.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from dispatch.domain import events as ev
from dispatch.domain.assignment import WAY, AssignmentStatus, Disposition
from dispatch.domain.choice import UnitCandidate
from dispatch.domain.evolve import evolve
from dispatch.domain.ids import AssignmentId, CallId, CommandId, HospitalId, IncidentId, PatientId, UnitId
from dispatch.domain.vocabulary import AssignmentMode, Capability, CapabilityState, Duty
from dispatch.domain.world import World
from dispatch.engine.ports import Batch
from tests.fakes import example_events as example
from tests.fakes import example_recommendation


@dataclass
class Story:
    """`world` is the fold of everything told so far; `next_batch` tells one command's events more."""

    seed: int
    units: int = 12
    hospitals: int = 3
    world: World = field(default_factory=World)
    now: datetime = example.AT
    _rng: random.Random = field(init=False)
    _commands: int = 0

    def __post_init__(self) -> None:
        self._rng = random.Random(f"{self.seed} {self.world.seq}")

    def batches(self, count: int) -> Iterator[Batch]:
        for _ in range(count):
            yield self.next_batch()

    def next_batch(self) -> Batch:
        if self.world.seq == 0:
            return self._record([self._catalogue()])
        steps: list[Callable[[], list[ev.Event]]] = [
            self._open, self._assign, self._step, self._step, self._step, self._close, self._cancel,
            self._join, self._note, self._report_hospital, self._change_duty,
        ]  # fmt: skip
        while True:
            events = self._rng.choice(steps)()
            if events:
                return self._record(events)

    def _record(self, events: list[ev.Event]) -> Batch:
        self.now += timedelta(seconds=self._rng.uniform(0.1, 30.0))
        self._commands += 1
        command = CommandId(f"cmd-test-{self.world.seq:012d}")
        entries = []
        for event in events:
            entry = example.recorded(event, seq=self.world.seq + 1, at=self.now)
            entries.append(replace(entry, command_id=command))
            self.world = evolve(self.world, entries[-1])
        return Batch(entries=tuple(entries))

    def _catalogue(self) -> ev.Event:
        units = (
            replace(example.UNIT_RECORD, unit_id=UnitId(f"unit-{n:04d}"), call_sign=f"示例 {n}")
            for n in range(self.units)
        )
        hospitals = (
            replace(example.HOSPITAL_RECORD, hospital_id=HospitalId(f"hosp-{n:04d}")) for n in range(self.hospitals)
        )
        return ev.CatalogueAdopted(data_version="sha256:0123", units=tuple(units), hospitals=tuple(hospitals))

    def _open(self) -> list[ev.Event]:
        number = self.world.incidents_opened + 1
        incident = IncidentId(f"inc-test-{number:012d}")
        opened, received, added = example.EXAMPLES[1:4]
        assert isinstance(opened, ev.IncidentOpened)
        assert isinstance(received, ev.CallReceived)
        assert isinstance(added, ev.PatientAdded)
        return [
            replace(opened, incident_id=incident, number=number, received_at=self.now, answers=()),
            replace(received, incident_id=incident, call_id=CallId(f"call-test-{number:012d}"), received_at=self.now),
            replace(added, incident_id=incident, patient_id=PatientId(f"pat-test-{number:012d}")),
        ]

    def _assign(self) -> list[ev.Event]:
        free = [unit.unit_id for unit in self.world.units.values() if unit.is_free]
        waiting = [incident for incident in self.world.open_incidents() if not incident.assignment_ids]
        if not free or not waiting:
            return []
        incident, unit_id = self._rng.choice(waiting), self._rng.choice(sorted(free))
        patients = tuple(p.patient_id for p in self.world.patients_of(incident) if p.is_uncared)
        busy = tuple(sorted(unit.unit_id for unit in self.world.units.values() if not unit.is_free))
        candidate: UnitCandidate = replace(example_recommendation.UNIT_CANDIDATE, unit_id=unit_id)
        made = replace(
            example.RECOMMENDATION,
            incident_id=incident.incident_id,
            units=(candidate,),
            alternatives=(candidate,) * min(5, len(free)),
            excluded_units=(("committed", busy),) if busy else (),
        )
        return [
            ev.RecommendationMade(incident_id=incident.incident_id, recommendation=made),
            ev.UnitAssigned(
                assignment_id=AssignmentId(f"asg-test-{self.world.seq:012d}"),
                incident_id=incident.incident_id,
                unit_id=unit_id,
                hospital_id=example.HOSPITAL,
                patient_ids=patients,
                mode=AssignmentMode.AUTOMATIC,
                is_reserved=False,
                is_recommended=True,
                override_reason=None,
            ),
        ]

    def _active(self) -> list[AssignmentId]:
        return sorted(a.assignment_id for a in self.world.assignments.values() if a.is_active)

    def _step(self) -> list[ev.Event]:
        active = self._active()
        if not active:
            return []
        assignment = self.world.assignments[self._rng.choice(active)]
        status = WAY[WAY.index(assignment.status) + 1]
        is_done = status is AssignmentStatus.AVAILABLE
        return [
            ev.AssignmentStatusChanged(
                assignment_id=assignment.assignment_id,
                incident_id=assignment.incident_id,
                unit_id=assignment.unit_id,
                status=status,
                disposition=Disposition.TRANSPORTED if is_done else None,
            )
        ]

    def _close(self) -> list[ev.Event]:
        done = [
            incident.incident_id
            for incident in self.world.open_incidents()
            if incident.assignment_ids and not any(a.is_active for a in self.world.assignments_of(incident))
        ]
        return [ev.IncidentClosed(incident_id=self._rng.choice(done), reason="done")] if done else []

    def _cancel(self) -> list[ev.Event]:
        active = self._active()
        if not active or self._rng.random() < 0.7:
            return []
        assignment = self.world.assignments[self._rng.choice(active)]
        cancelled = ev.AssignmentCancelled(
            assignment_id=assignment.assignment_id,
            incident_id=assignment.incident_id,
            unit_id=assignment.unit_id,
            reason="caller rang back",
        )
        return [cancelled]

    def _join(self) -> list[ev.Event]:
        waiting = [i.incident_id for i in self.world.open_incidents() if not i.assignment_ids]
        if len(waiting) < 2:
            return []
        one, other = self._rng.sample(waiting, 2)
        return [ev.IncidentJoined(incident_id=one, into_incident_id=other)]

    def _note(self) -> list[ev.Event]:
        waiting = self.world.open_incidents()
        if not waiting:
            return []
        return [ev.NoteAdded(incident_id=self._rng.choice(waiting).incident_id, text="门口有人等候")]

    def _report_hospital(self) -> list[ev.Event]:
        reported = next(event for event in example.EXAMPLES if isinstance(event, ev.HospitalStatusReported))
        state = self._rng.choice([CapabilityState.AVAILABLE, CapabilityState.BUSY, CapabilityState.CLOSED])
        return [
            replace(
                reported,
                hospital_id=HospitalId(f"hosp-{self._rng.randrange(self.hospitals):04d}"),
                capability=self._rng.choice(list(Capability)),
                status=replace(reported.status, state=state, updated_at=self.now),
            )
        ]

    def _change_duty(self) -> list[ev.Event]:
        free = sorted(unit.unit_id for unit in self.world.units.values() if unit.assignment_id is None)
        if not free:
            return []
        duty = Duty.OUT_OF_SERVICE if self._rng.random() < 0.2 else Duty.IN_SERVICE
        return [ev.UnitDutyChanged(unit_id=self._rng.choice(free), duty=duty, reason=None)]
