"""What counts as personal: every member that could name somebody is decided upon, and erasing keeps the world lawful."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest

from dispatch.domain.events import EVENT_TYPES
from dispatch.domain.events_privacy import IncidentErased
from dispatch.domain.evolve import fold
from dispatch.domain.ids import IncidentId
from dispatch.domain.incident import Location
from dispatch.domain.invariants import contradictions
from dispatch.domain.personal import EVENT_MEMBERS, subject_of, without_person
from dispatch.domain.world import World
from tests.fakes.example_events import EXAMPLES, recorded
from tests.fakes.story import Story

OF_NOBODY = {
    # Whom and what the city has, and what was said of devices, roads, hospitals and flights.
    *("CatalogueAdopted", "PostsAdopted", "RelocationAdvised", "RelocationAdviceWithdrawn", "UnitRelocated"),
    *(
        "AedDataAdopted",
        "AedReported",
        "AedFetchStarted",
        "AedFetchMoved",
        "AedFetchEnded",
        "AedReportsReviewed",
        "AedInspected",
    ),
    *("TrafficReported", "TrafficEnded", "TravelTimesAdopted", "TravelTimesDegraded", "FlightConditionsReported"),
    *("HospitalStatusReported", "CasualtyCapacityReported"),
    # Crews and volunteers, by the identifier of their unit.
    *("UnitDutyChanged", "CrewDistressEnded", "ArrestUnitRegistered", "ArrestUnitDutyChanged"),
    # Decisions, and the words of the service itself.
    *("IncidentHeld", "IncidentErased", "PremisesErased", "RoomRulesSet"),
}
"""Types of events that hold words and yet nothing of callers and patients."""
CODED = {
    *(("IncidentOpened", "determinant"), ("IncidentRetriaged", "determinant")),
    *(("AedRunOffered", "aed_id"), ("AedRunStatusChanged", "aed_id")),
    ("PictureKept", "picture_id"),
}
"""Members in the codes of a protocol or register, and drawn numbers."""
BY_TYPE = {type(event).__name__: event for event in EXAMPLES}


def may_name_somebody(hint: Any) -> bool:
    """Whether values of this type hold words in somebody's own choice, or a place."""
    if hint is str or hint is Location:
        return True
    if get_origin(hint) in {Union, UnionType, tuple, frozenset}:
        return any(map(may_name_somebody, get_args(hint)))
    if isinstance(hint, type) and is_dataclass(hint) and not issubclass(hint, Enum):
        return any(map(may_name_somebody, get_type_hints(hint).values()))
    return False


def members() -> Iterator[tuple[str, str]]:
    for name, kind in EVENT_TYPES.items():
        for member, hint in get_type_hints(kind).items():
            if may_name_somebody(hint):
                yield name, member


@pytest.mark.parametrize(("name", "member"), sorted(members()))
def test_every_member_that_could_name_somebody_is_decided_upon(name: str, member: str) -> None:
    is_personal = member in EVENT_MEMBERS.get(EVENT_TYPES[name], {})
    assert is_personal or name in OF_NOBODY or (name, member) in CODED
    assert not (is_personal and name in OF_NOBODY)


@pytest.mark.parametrize("kind", EVENT_MEMBERS)
def test_what_is_personal_has_a_member_and_a_key(kind: type[Any]) -> None:
    assert set(EVENT_MEMBERS[kind]) <= {field.name for field in fields(kind)}
    assert subject_of(BY_TYPE[kind.__name__])


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_erasing_twice_is_erasing_once(name: str) -> None:
    erased = without_person(BY_TYPE[name])
    assert without_person(erased) is erased
    assert type(erased) is type(BY_TYPE[name])
    assert subject_of(erased) == subject_of(BY_TYPE[name])


def test_an_erased_place_is_known_to_some_kilometres() -> None:
    opened = without_person(BY_TYPE["IncidentOpened"])
    assert (opened.location.source, opened.location.accuracy_m) == ("erased", 4_000.0)
    assert opened.location.point != BY_TYPE["IncidentOpened"].location.point
    assert abs(opened.location.point.lat_deg - BY_TYPE["IncidentOpened"].location.point.lat_deg) < 0.05


def test_drives_and_distances_to_an_erased_place_are_told_to_ten_minutes_and_some_kilometres() -> None:
    # With several exact ones, from units, hospitals or incidents whose places are known, the place could be found again.
    plan = without_person(BY_TYPE["CasualtyPlanMade"]).plan
    known = BY_TYPE["CasualtyPlanMade"].plan
    assert [(p.patient_id, p.unit_id, p.hospital_id) for p in plan.patients] == [
        (p.patient_id, p.unit_id, p.hospital_id) for p in known.patients
    ]
    page = without_person(BY_TYPE["AedRunOffered"])
    instants = [at for p in plan.patients for at in (p.leaves_at, p.arrives_at, p.received_at) if at is not None]
    assert {at.timestamp() % 600 for at in [*instants, page.arrives_at]} == {0.0}
    assert (page.gain_s % 600, page.expected_s % 600) == (0.0, 0.0)
    candidates = without_person(BY_TYPE["DuplicatesProposed"]).candidates
    assert {(each.distance_m % 5_000, each.score) for each in candidates} == {(0.0, 0.5)}


@pytest.mark.parametrize("seed", range(5))
def test_a_world_that_forgets_is_the_world_of_who_never_knew(seed: int) -> None:
    """Folding whole events and then erasing, and folding erased events, end in the same world; that is what a restart relies on."""
    story = Story(seed=seed)
    known = [entry for batch in story.batches(120) for entry in batch.entries]
    everybody = sorted(story.world.incidents)
    erased = [
        recorded(IncidentErased(incident_id=IncidentId(name), transfer_ids=(), reason="x"), seq=len(known) + n)
        for n, name in enumerate(everybody, start=1)
    ]
    never_knew = [replace(entry, event=without_person(entry.event)) for entry in known]
    forgot = fold(World(), [*known, *erased])
    assert forgot == fold(World(), [*never_knew, *erased])
    assert list(contradictions(forgot)) == []
    assert {call.caller_phone for call in forgot.calls.values()} <= {None, "已抹除 / erased"}
