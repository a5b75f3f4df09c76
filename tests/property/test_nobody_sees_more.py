"""Whatever people do, in whatever order: no hospital, crew, trainer or administrator is sent a word about what is not theirs.

The machine of the engine is played again while every kind of viewer listens. Whose a thing is, is reckoned here from the world alone,
without the code under test. Names, telephone numbers, addresses and remarks carry marks that are looked for in all that is sent.
"""

import itertools
import re

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from dispatch.domain import commands as cmd
from dispatch.domain.assignment import AssignmentStatus
from dispatch.domain.evolve import evolve
from dispatch.domain.ids import HospitalId, IncidentId, PatientId, UnitId
from dispatch.domain.incident import Location
from dispatch.domain.post import RelocationMode
from dispatch.domain.vocabulary import Complaint, Priority
from dispatch.domain.world import World
from dispatch.engine.commits import Told
from dispatch.pipeline.policies import POLICIES
from dispatch.projections.sight import Breadth, Sight
from routing.geo import Wgs84
from tests.fakes.machine_city import N_HOSPITALS, N_UNITS
from tests.property.test_engine_machine import DispatchRoom, as_json, merged, spots

WARDS = [Sight(Breadth.OWN_PATIENTS, hospital_id=HospitalId(f"H{i}")) for i in range(N_HOSPITALS)]
CREWS = [Sight(Breadth.OWN_INCIDENTS, unit_id=UnitId(f"U{i}")) for i in range(N_UNITS)]
UNBOUND = [Sight(Breadth.OWN_PATIENTS), Sight(Breadth.OWN_INCIDENTS), Sight(Breadth.NOTHING)]
TRAINER = Sight(Breadth.IMPERSONAL)
MARK = re.compile(r"mark-(\d+)-")
ID = re.compile(r"(?:inc|pat)-drill-machine-\w+")
GONE = {AssignmentStatus.CANCELLED, AssignmentStatus.DECLINED}


def ids_of(world: World, sight: Sight) -> set[str]:
    """Ids of incidents and patients that are the viewer's in this world."""
    own = [
        assignment
        for assignment in world.assignments.values()
        if assignment.status not in GONE
        and (
            (sight.unit_id is not None and assignment.unit_id == sight.unit_id)
            or (sight.hospital_id is not None and assignment.hospital_id == sight.hospital_id)
        )
    ]
    incidents: set[str] = {assignment.incident_id for assignment in own}
    if sight.unit_id is not None:
        patients: set[str] = {p for i in incidents for p in world.incidents[IncidentId(i)].patient_ids}
    else:
        bound = [p for p in world.patients.values() if sight.hospital_id and p.hospital_id == sight.hospital_id]
        patients = {patient.patient_id for patient in bound}
        incidents |= {patient.incident_id for patient in bound}
    return incidents | patients


def ids_of_places(world: World, sight: Sight) -> set[str]:
    """Of those for whom the viewer's hospital keeps a place: they may come."""
    hospital = world.hospitals.get(sight.hospital_id) if sight.hospital_id is not None else None
    return {subject for slot in (hospital.slots if hospital else ()) for subject in (slot.patient_id, slot.incident_id)}


class Onlookers(DispatchRoom):
    # What the engine's own machine looks after is not looked after again.
    nothing_contradicts = journal_folds_to_the_world = consoles_see_the_world = None
    the_engine_takes_a_crew_off_an_incident_at_most_once = only_free_units_are_told_where_to_wait = None
    patients_and_crews_agree_on_who_is_with_whom = every_patient_of_a_large_scene_is_planned_or_named = None
    nobody_waits_beside_a_free_unit = no_place_is_kept_for_nobody = None

    @initialize(
        auto=st.sampled_from([frozenset(), frozenset(Priority)]),
        policy=st.sampled_from(sorted(POLICIES)),
        relocate=st.sampled_from(RelocationMode),
    )
    def open_the_room(self, auto: frozenset[Priority], policy: str, relocate: RelocationMode) -> None:
        self.counter = itertools.count(1)
        self.marked: dict[str, IncidentId] = {}
        self.boards = {sight: as_json(sight.board(World())) for sight in (*WARDS, *CREWS, *UNBOUND, TRAINER)}
        self.ever: dict[Sight, set[str]] = {sight: set() for sight in self.boards}
        self.sent: list[tuple[Sight, str]] = []
        super().open_the_room(auto, policy, relocate)

    def _hear(self, told: Told) -> None:
        super()._hear(told)
        # Who is sent, and called off by the same command, has been told both: between them the incident was his own.
        worlds = list(itertools.accumulate(told.entries, evolve, initial=told.before))
        for sight in self.boards:
            patch = as_json(sight.patch(told.before, told.world, told.entries))
            self.boards[sight] = merged(self.boards[sight], patch)
            for world in worlds:
                self.ever[sight] |= ids_of(world, sight) | ids_of_places(world, sight)
            events = sight.events(told.world, told.entries)
            self.sent.append((sight, msgspec.json.encode([events, patch]).decode()))

    def _mark(self, what: str) -> str:
        number = next(self.counter)
        return f"mark-{number}-{what}"

    @rule(spot=spots, complaint=st.sampled_from([Complaint.STROKE, Complaint.TRAUMA_FALL]), n=st.integers(1, 3))
    def call_with_particulars(self, spot: Wgs84, complaint: Complaint, n: int) -> None:
        marks = [self._mark(what) for what in ("phone", "address", "answer")]
        known = set(self.engine.world.incidents)
        self._do(
            cmd.ReceiveCall(
                received_at=self.clock.now(),
                complaint=complaint,
                location=Location(point=spot, accuracy_m=10.0, source="caller", cell="89411caa05bffff"),
                caller_phone=marks[0],
                address_text=marks[1],
                answers=(("awake", marks[2]),),
                patients=(cmd.PatientDetails(age_years=61),) * n,
            )
        )
        (opened,) = set(self.engine.world.incidents) - known
        self.marked |= dict.fromkeys(marks, opened)

    @rule(which=st.integers(0, 99))
    def remark(self, which: int) -> None:
        known = sorted(self.engine.world.incidents)
        if known:
            incident_id = known[which % len(known)]
            text = self._mark("note")
            self.marked[text] = incident_id
            self._do(cmd.AddNote(incident_id=incident_id, text=text))

    @invariant()
    def nobody_was_sent_what_is_not_theirs(self) -> None:
        for sight, text in self.sent:
            marks = {mark for mark in self.marked if mark in text}
            if sight.unit_id is None:
                assert not MARK.search(text), (sight, text)
            else:
                assert {self._home(mark) for mark in marks} <= self.ever[sight], (sight, text)
            if sight is not TRAINER:
                assert set(ID.findall(text)) <= self.ever[sight], (sight, text)
        self.sent.clear()

    def _home(self, mark: str) -> str:
        """The incident that a mark belongs to, or the one into which that was joined and which the viewer has."""
        incident = self.engine.world.incidents[self.marked[mark]]
        return incident.joined_into or incident.incident_id

    @invariant()
    def what_is_shown_is_what_is_theirs_now(self) -> None:
        world = self.engine.world
        for sight, shown in self.boards.items():
            assert shown == as_json(sight.board(world)), sight
            if sight is not TRAINER:
                assert isinstance(shown, dict)
                ids = ids_of(world, sight)
                assert set(shown["incidents"]) <= ids
                patients = {p["patient_id"] for i in shown["incidents"].values() for p in i["patients"]}
                assert {PatientId(patient_id) for patient_id in patients} <= ids

    @invariant()
    def without_persons_there_are_no_persons(self) -> None:
        shown = self.boards[TRAINER]
        assert isinstance(shown, dict)
        assert not {"calls", "patients", "location", "address_text", "notes", "answers"} & {
            member for incident in shown["incidents"].values() for member in incident
        }


Onlookers.TestCase.settings = settings(max_examples=30, stateful_step_count=20)


@pytest.mark.slow
class TestOnlookers(Onlookers.TestCase):
    """The machine as a test."""
