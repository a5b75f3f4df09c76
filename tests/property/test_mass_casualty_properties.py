"""Plans for many patients of one scene against the enumeration of everything that could be planned."""

from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as stn

from routing.optimise.casualty_plan import HORIZON_S, Bound, Fleet, Houses, Patients, Plan, Tag
from routing.optimise.mass_casualty import GRAIN_S, HOLD_S, plan, waiting_cost


@st.composite
def scenes(draw: st.DrawFn) -> tuple[Patients, Fleet, Houses]:
    """At most 4 patients, 3 units with a few trips, 2 hospitals that receive every hour or two."""
    p, n, h = draw(st.integers(1, 4)), draw(st.integers(0, 3)), draw(st.integers(1, 2))

    def whole(low: int, high: int, *shape: int) -> np.ndarray:
        return draw(stn.arrays(np.int64, shape, elements=st.integers(low, high)))

    bound = {}
    if n and draw(st.booleans()):
        bound[0] = Bound(unit=0, hospital=0, arrives_s=draw(st.integers(0, HORIZON_S)))
    return (
        Patients(tag=whole(0, 3, p), needs=draw(stn.arrays(np.bool_, (p, 1))), bound=bound),
        Fleet(leaves_s=whole(0, 8_000, n), round_trip_s=whole(0, 2, n) * 5_000),
        Houses(
            drive_s=whole(0, 3_000, h),
            offers=draw(stn.arrays(np.bool_, (h, 1))),
            beds=whole(0, 2, h, 3),
            ready_s=whole(0, 7_000, h),
            interval_s=whole(3_600, 9_000, h),
        ),
    )


def seat_times(patients: Patients, fleet: Fleet) -> list[int]:
    """When seats leave, by the definition."""
    times = []
    for unit, (leaves_s, round_trip_s) in enumerate(
        zip(fleet.leaves_s.tolist(), fleet.round_trip_s.tolist(), strict=True)
    ):
        is_bound = any(bound.unit == unit for bound in patients.bound.values())
        for trip in range(20 if round_trip_s else 1):
            at_s = leaves_s + trip * round_trip_s
            if not (is_bound and trip == 0):
                times.append(-(-at_s // GRAIN_S) * GRAIN_S)
    return sorted(time for time in times if time <= HORIZON_S)


def free_slots(patients: Patients, houses: Houses) -> list[tuple[int, int]]:
    """Hospital and time of every slot that no bound patient has."""
    slots = [
        (h, slot_s)
        for h in range(len(houses.drive_s))
        for slot_s in range(int(houses.ready_s[h]), HORIZON_S + 1, int(houses.interval_s[h]))
    ]
    for bound in patients.bound.values():
        own = [slot for slot in slots if slot[0] == bound.hospital and slot[1] >= bound.arrives_s]
        slots = [slot for slot in slots if slot not in own[:1]]
    return slots


def can_be_driven(deadlines: list[int], seats: list[int]) -> bool:
    """Hall's condition: for every instant, no more slots must be made with seats up to then than there are."""
    return all(sum(d <= limit for d in deadlines) <= sum(s <= limit for s in seats) for limit in deadlines)


def least_cost(patients: Patients, fleet: Fleet, houses: Houses) -> int:
    seats, slots = seat_times(patients, fleet), free_slots(patients, houses)
    waiting = [i for i, tag in enumerate(patients.tag.tolist()) if tag != Tag.BLACK and i not in patients.bound]
    beds = houses.beds.copy()
    for i, bound in patients.bound.items():
        if patients.tag[i] != Tag.BLACK:
            beds[bound.hospital, patients.tag[i]] -= 1
    choices = [[None, *(slot for slot in slots if houses.offers[slot[0]][patients.needs[i]].all())] for i in waiting]
    found = []
    for choice in product(*choices):
        taken = [slot for slot in choice if slot is not None]
        if len(set(taken)) < len(taken):
            continue
        load = Counter((slot[0], int(patients.tag[i])) for i, slot in zip(waiting, choice, strict=True) if slot)
        if any(count > beds[key] for key, count in load.items()):
            continue
        if can_be_driven([slot_s - int(houses.drive_s[h]) for h, slot_s in taken], seats):
            received = [HOLD_S if slot is None else slot[1] for slot in choice]
            found.append(
                sum(int(waiting_cost(Tag(int(patients.tag[i])), t)) for i, t in zip(waiting, received, strict=True))
            )
    return min(found)


def require_lawful(patients: Patients, fleet: Fleet, houses: Houses, made: Plan) -> None:
    """Every placement keeps the model's rules, and nobody is lost."""
    seats, slots, load = set(), set(), Counter[tuple[int, int]]()
    free = free_slots(patients, houses)
    for i, way in made.placements.items():
        tag = int(patients.tag[i])
        assert tag != Tag.BLACK
        assert i not in patients.bound
        assert houses.offers[way.hospital][patients.needs[i]].all()
        ready_s = fleet.leaves_s[way.unit] + way.trip * fleet.round_trip_s[way.unit]
        assert ready_s <= way.leaves_s < ready_s + GRAIN_S
        assert way.arrives_s == way.leaves_s + houses.drive_s[way.hospital] <= way.received_s
        assert (way.hospital, way.received_s) in free
        seats.add((way.unit, way.trip))
        slots.add((way.hospital, way.received_s))
        load[way.hospital, tag] += 1
    assert len(seats) == len(slots) == len(made.placements)
    assert all(count <= houses.beds[key] for key, count in load.items())
    n_waiting = sum(tag != Tag.BLACK and i not in patients.bound for i, tag in enumerate(patients.tag.tolist()))
    assert len(made.placements) + made.n_held == n_waiting


@pytest.mark.slow
@given(scenes())
def test_no_plan_is_better(scene: tuple[Patients, Fleet, Houses]) -> None:
    made = plan(*scene)
    require_lawful(*scene, made)
    assert made.cost == least_cost(*scene)
    assert made == plan(*scene)


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_the_cost_of_a_great_plan_is_that_of_its_placements(seed: int) -> None:
    """80 patients: what the flow says it costs is what its patients wait."""
    chance = np.random.default_rng(seed)
    patients = Patients(tag=chance.integers(0, 4, 80), needs=chance.random((80, 2)) < 0.2, bound={})
    fleet = Fleet(leaves_s=chance.integers(300, 4_000, 30), round_trip_s=chance.integers(0, 2, 30) * 3_000)
    houses = Houses(
        drive_s=chance.integers(300, 2_400, 8),
        offers=chance.random((8, 2)) < 0.6,
        beds=chance.integers(0, 6, (8, 3)),
        ready_s=chance.integers(0, 900, 8),
        interval_s=chance.integers(240, 900, 8),
    )
    made = plan(patients, fleet, houses)
    require_lawful(patients, fleet, houses, made)
    placed = sum(int(waiting_cost(Tag(int(patients.tag[i])), way.received_s)) for i, way in made.placements.items())
    assert made.cost == placed + sum(int(waiting_cost(s.tag, HOLD_S)) * s.n for s in made.shortfalls)
