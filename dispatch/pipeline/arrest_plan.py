"""A cardiac arrest as one assignment: who brings the first shock, of ambulance, bystander, owner of a device, responders and drones.

Minimised is the expected time to the first shock, E[T] of `routing/optimise/first_shock.py`, over everybody who can come and every
device that can be had. Seconds from now to the shock, and the chance that it comes about, for each way of bringing a device:

    crew        turnout + drive + TO_PATIENT + SHOCK                                   equally likely at SPREAD times that
    bystander   INSTRUCT + walk out + fixed + walk back + 2 climb + SHOCK              P_RUNNER * usable
    owner       CALL_OWNER + fixed + walk to the patient + climb + SHOCK               P_OWNER * usable
    responder   ANSWER + walk to the device + fixed + walk on + climb + SHOCK          odds * usable
                ANSWER + walk + climb + SHOCK, with a device of one's own              odds * SOUND
    drone       ANSWER + LAUNCH + flight + DROP + PICK_UP + 2 climb + SHOCK            P_FLIGHT

`usable` and `fixed` (finding, stairs, unlocking) are those of the AED lookup, and walks are its estimate; `climb` is the patient's own
floor; `odds` are (PRIOR * ODDS + accepted) / (PRIOR + answered) of that volunteer. What has been paged or sent counts with the chances
below until it is there or over. Who would bring the shock forward by less than LEAST_GAIN is not paged: the least of them goes first.

A bystander runs only if somebody stays with the patient. Nobody is paged twice for one incident. No two units are paged for one
device, but a unit may be for the one that a bystander or its owner is asked for: until one of them says yes nobody knows, and whoever
is there first brings it. (That the device is then usable for both or for neither is not counted.) Whoever is sent has it to himself.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from dispatch.domain.arrest import AedRun, ArrestUnit, Bringer, FlightConditions, RunStatus
from dispatch.domain.ids import IncidentId, RunId, UnitId
from dispatch.domain.incident import Incident
from dispatch.domain.vocabulary import Duty
from dispatch.pipeline.flight import grounded
from maps_data.aed_usable import SOUND
from routing.geo import Wgs84, distance_m
from routing.optimise.first_shock import Arrival, Way, expected_s, spread, take
from routing.travel_time.walking import DETOUR, LIFT_S, SPEED_MPS, STOREY_S

SHOCK_S: Final = 60.0
TO_PATIENT_S: Final = 126.0
INSTRUCT_S: Final = 20.0
CALL_OWNER_S: Final = 60.0
ANSWER_S: Final = 30.0
LAUNCH_S: Final = 60.0
DROP_S: Final = 30.0
PICK_UP_S: Final = 19.0
NOBODY_S: Final = 1_800.0
P_RUNNER: Final = 0.6
P_RUNNER_UNKNOWN: Final = 0.3
P_OWNER: Final = 0.4
P_FLIGHT: Final = 0.8
ODDS: Final = 0.3
PRIOR: Final = 8.0
P_UNDER_WAY: Final = 0.85
P_HAS_DEVICE: Final = 0.95
P_OVERDUE: Final = 0.2
WITHIN_M: Final = 1_800.0
LEAST_GAIN_S: Final = 5.0
MOST_RESPONDERS: Final = 8
MOST_DEVICES: Final = 12
WAYS_EACH: Final = 4
SPREAD: Final = (0.82, 1.0, 1.21)
"""These move whom is paged; sources and reasons in docs/decisions.md."""

_WALK_S_PER_M: Final = DETOUR / SPEED_MPS


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A defibrillator near the patient. `barred`: why it cannot be had now, as a code."""

    aed_id: str
    point: Wgs84
    walk_s: float
    """From the patient, one way."""
    fixed_s: float
    p_usable: float
    barred: str | None
    has_contact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrestFacts:
    """What a plan is made of. `crew_s`: until the first crew's shock is expected, None if no crew is known to come; `is_attended`: a
    crew is with the patient. `places`: the centres of the cells where volunteers lately said that they are. `claimed`: devices that
    somebody is paged or under way for, to this patient or another.
    """

    incident: Incident
    is_attended: bool
    crew_id: UnitId | None
    crew_s: float | None
    devices: Sequence[Device]
    units: Sequence[ArrestUnit]
    places: dict[UnitId, Wgs84]
    runs: Sequence[AedRun]
    claimed: frozenset[str]
    conditions: FlightConditions | None
    n_bystanders: int | None
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Somebody who is to be paged, sent or called; or, with `run_id`, who has been. `gain_s`: how much later the shock without."""

    bringer: Bringer
    unit_id: UnitId | None
    aed_id: str | None
    at_s: float
    p: float
    gain_s: float
    run_id: RunId | None = None
    status: RunStatus | None = None
    is_simulated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOver:
    """Who is not asked, or which device is not to be had (then nobody brings it), and why, as a code."""

    bringer: Bringer | None
    unit_id: UnitId | None
    aed_id: str | None
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`alone_s` is E[T] with crews only. `pages` are in order of time, those under way among them. `is_served`: a defibrillator is
    with the patient, nobody else is needed. `is_proved`: nothing better exists.
    """

    incident_id: IncidentId
    expected_s: float
    alone_s: float
    crew_id: UnitId | None
    crew_s: float | None
    pages: tuple[Page, ...]
    passed_over: tuple[PassedOver, ...]
    is_served: bool
    is_proved: bool

    @property
    def asked(self) -> tuple[Page, ...]:
        """Units that are to be paged now."""
        return tuple(page for page in self.pages if page.run_id is None and page.unit_id is not None)


def plan(facts: ArrestFacts) -> Plan:
    """The best assignment from now on, beside what is under way."""
    crew = spread(NOBODY_S if facts.crew_s is None else facts.crew_s, SPREAD if facts.crew_s is not None else (1.0,))
    settled = [_of_run(run, facts) for run in facts.runs if run.is_active]
    is_served = facts.is_attended or any(run.has_arrived for run in facts.runs)
    pages, passed, is_proved = settled, tuple(_barred_devices(facts)), True
    if not is_served:
        open_ways, refused = _ways(facts)
        pages, is_proved = _best(open_ways, settled, crew)
        passed += (*refused, *_left_out(open_ways, pages, crew))
    arrivals = [Arrival(page.at_s, page.p) for page in pages]
    return Plan(
        incident_id=facts.incident.incident_id,
        expected_s=0.0 if is_served else expected_s([*arrivals, *crew]),
        alone_s=expected_s(crew),
        crew_id=facts.crew_id,
        crew_s=facts.crew_s,
        pages=tuple(sorted(pages, key=lambda page: (page.at_s, page.bringer, page.unit_id or "", page.aed_id or ""))),
        passed_over=passed,
        is_served=is_served,
        is_proved=is_proved,
    )


# --- the choice -------------------------------------------------------------------------------------------------------


def _best(ways: Sequence[Page], settled: Sequence[Page], crew: Sequence[Arrival]) -> tuple[list[Page], bool]:
    """The settled pages and the best of `ways`, each with what it gains; whoever gains too little is left out again."""
    people = {person: n for n, person in enumerate(dict.fromkeys(map(_person, ways)))}
    devices = {device: n for n, device in enumerate(dict.fromkeys(map(_device, ways)))}
    base = [*crew, *(Arrival(page.at_s, page.p) for page in settled)]
    choices = {
        Way(way.at_s, way.p, people[_person(way)], None if way.aed_id is None else devices[_device(way)]): way
        for way in ways
    }
    taken = take(list(choices), base)
    chosen = list(taken.ways)
    while chosen:
        gains = {way: _without(way, chosen, base) for way in chosen}
        least = min(chosen, key=lambda way: (gains[way], way))
        if gains[least] >= LEAST_GAIN_S:
            break
        chosen.remove(least)
    known = [Arrival(way.at_s, way.p) for way in chosen]
    pages = [replace(choices[way], gain_s=gains[way]) for way in chosen]
    for page in settled:
        others = [*crew, *known, *(Arrival(o.at_s, o.p) for o in settled if o is not page)]
        gain_s = expected_s(others) - expected_s([*others, Arrival(page.at_s, page.p)])
        pages.append(replace(page, gain_s=gain_s))
    return pages, taken.is_proved


def _without(way: Way, chosen: Sequence[Way], base: Sequence[Arrival]) -> float:
    return expected_s([*(other for other in chosen if other is not way), *base]) - expected_s([*chosen, *base])


def _person(page: Page) -> tuple[str, str]:
    """Who is one: a unit, the one bystander, the owner of a device."""
    return (page.bringer, page.unit_id or (page.aed_id if page.bringer is Bringer.OWNER else None) or "")


def _device(page: Page) -> tuple[bool, str | None]:
    """What no two may be asked to bring: a device, for units and for those at the scene apart."""
    return (page.unit_id is not None, page.aed_id)


def _left_out(ways: Sequence[Page], pages: Sequence[Page], crew: Sequence[Arrival]) -> Iterator[PassedOver]:
    """Who could come and is not asked: too late for anything, or for too little."""
    taken, last_s = {_person(page) for page in pages}, max(arrival.at_s for arrival in crew)
    for person, way in {_person(way): way for way in reversed(ways)}.items():
        if person not in taken:
            soonest_s = min(other.at_s for other in ways if _person(other) == person)
            code = "crew_sooner" if soonest_s >= last_s else "too_little_gain"
            yield PassedOver(bringer=way.bringer, unit_id=way.unit_id, aed_id=way.aed_id, code=code)


# --- the ways ---------------------------------------------------------------------------------------------------------


def _ways(facts: ArrestFacts) -> tuple[list[Page], list[PassedOver]]:
    """All ways that are open, and who has none and why."""
    free = [device for device in facts.devices if device.barred is None and device.aed_id not in facts.claimed]
    ways, refused = [], []
    if facts.n_bystanders is not None and facts.n_bystanders < 2:
        refused.append(PassedOver(bringer=Bringer.BYSTANDER, unit_id=None, aed_id=None, code="alone"))
    elif not any(run.bringer is Bringer.BYSTANDER and run.is_active for run in facts.runs):
        ways += [_by_bystander(device, facts) for device in free[:WAYS_EACH]]
    ways += [_by_owner(device, facts) for device in free[:WAYS_EACH] if device.has_contact]
    responders: list[list[Page]] = []
    for unit in facts.units:
        if any(run.unit_id == unit.unit_id and run.is_active for run in facts.runs):
            continue
        why = _not_asked(unit, facts)
        found = [] if why else _by_unit(unit, free, facts)
        if not found:
            refused.append(_refused(unit, why or "no_device"))
        elif unit.record.drone is not None:
            ways += found
        else:
            responders.append(found)
    responders.sort(key=lambda found: (found[0].at_s / found[0].p, found[0].unit_id or ""))
    for found in responders[:MOST_RESPONDERS]:
        ways += found
    refused += [replace(_NOT_NEEDED, unit_id=found[0].unit_id) for found in responders[MOST_RESPONDERS:]]
    return ways, refused


_NOT_NEEDED: Final = PassedOver(bringer=Bringer.RESPONDER, unit_id=None, aed_id=None, code="others_nearer")


def _refused(unit: ArrestUnit, code: str) -> PassedOver:
    return PassedOver(bringer=unit.record.bringer, unit_id=unit.unit_id, aed_id=None, code=code)


def _not_asked(unit: ArrestUnit, facts: ArrestFacts) -> str | None:
    """Why a unit is out of the question."""
    earlier = [run for run in facts.runs if run.unit_id == unit.unit_id]
    if unit.run_id is not None:
        return "on_another_run"
    if unit.duty is not Duty.IN_SERVICE:
        return "off_duty"
    if earlier:
        return str(earlier[-1].status)
    if unit.record.drone is not None:
        return grounded(unit.record.drone, facts.incident.location.point, facts.conditions, facts.now)
    place = facts.places.get(unit.unit_id)
    if place is None:
        return "place_unknown"
    return "too_far" if distance_m(place, facts.incident.location.point) > WITHIN_M else None


def _by_unit(unit: ArrestUnit, free: Sequence[Device], facts: ArrestFacts) -> list[Page]:
    """The best ways of one unit, the soonest first."""
    scene, climb_s = facts.incident.location.point, climbing_s(facts.incident.floor)
    drone = unit.record.drone
    if drone is not None:
        flight_s = distance_m(drone.base, scene) / drone.cruise_mps
        at_s = ANSWER_S + LAUNCH_S + flight_s + DROP_S + PICK_UP_S + 2 * climb_s + SHOCK_S
        return [_page(unit, None, at_s, P_FLIGHT)]
    here, odds = facts.places[unit.unit_id], odds_of(unit)
    if unit.record.has_aed:
        walk_s = distance_m(here, scene) * _WALK_S_PER_M
        return [_page(unit, None, ANSWER_S + walk_s + climb_s + SHOCK_S, odds * SOUND)]
    found = []
    for device in free:
        walk_s = distance_m(here, device.point) * _WALK_S_PER_M + device.walk_s
        found.append(
            _page(
                unit,
                device.aed_id,
                ANSWER_S + walk_s + device.fixed_s + climb_s + SHOCK_S,
                odds * device.p_usable,
            )
        )
    return sorted(found, key=lambda page: (page.at_s / page.p, page.aed_id or ""))[:WAYS_EACH]


def _page(unit: ArrestUnit, aed_id: str | None, at_s: float, p: float) -> Page:
    return Page(
        bringer=unit.record.bringer,
        unit_id=unit.unit_id,
        aed_id=aed_id,
        at_s=at_s,
        p=p,
        gain_s=0.0,
        is_simulated=unit.record.record_class == "simulated",
    )


def _by_bystander(device: Device, facts: ArrestFacts) -> Page:
    climb_s = climbing_s(facts.incident.floor)
    at_s = INSTRUCT_S + 2 * device.walk_s + device.fixed_s + 2 * climb_s + SHOCK_S
    p = (P_RUNNER_UNKNOWN if facts.n_bystanders is None else P_RUNNER) * device.p_usable
    return Page(bringer=Bringer.BYSTANDER, unit_id=None, aed_id=device.aed_id, at_s=at_s, p=p, gain_s=0.0)


def _by_owner(device: Device, facts: ArrestFacts) -> Page:
    at_s = CALL_OWNER_S + device.fixed_s + device.walk_s + climbing_s(facts.incident.floor) + SHOCK_S
    return Page(
        bringer=Bringer.OWNER, unit_id=None, aed_id=device.aed_id, at_s=at_s, p=P_OWNER * device.p_usable, gain_s=0.0
    )


def at_scene(bringer: Bringer, aed_id: str, facts: ArrestFacts) -> Page | None:
    """A bystander or owner who is asked for this device; None if it is not near or cannot be had."""
    device = next((one for one in facts.devices if one.aed_id == aed_id and one.barred is None), None)
    if device is None:
        return None
    return _by_bystander(device, facts) if bringer is Bringer.BYSTANDER else _by_owner(device, facts)


def _of_run(run: AedRun, facts: ArrestFacts) -> Page:
    """A run as it counts now: what was expected of it, with the chance that its status tells."""
    left_s = (run.arrives_at - facts.now).total_seconds()
    p = {
        RunStatus.OFFERED: run.p,
        RunStatus.HAS_DEVICE: P_HAS_DEVICE,
        RunStatus.AT_PATIENT: P_HAS_DEVICE,
    }.get(run.status, P_UNDER_WAY)
    if run.overdue_at is not None and run.overdue_at <= facts.now:
        p = P_OVERDUE
    unit = next((unit for unit in facts.units if unit.unit_id == run.unit_id), None)
    return Page(
        bringer=run.bringer,
        unit_id=run.unit_id,
        aed_id=run.aed_id,
        at_s=max(left_s, SHOCK_S),
        p=p,
        gain_s=0.0,
        run_id=run.run_id,
        status=run.status,
        is_simulated=unit is not None and unit.record.record_class == "simulated",
    )


def _barred_devices(facts: ArrestFacts) -> Iterator[PassedOver]:
    for device in facts.devices:
        if device.barred is not None:
            yield PassedOver(bringer=None, unit_id=None, aed_id=device.aed_id, code=device.barred)


def odds_of(unit: ArrestUnit) -> float:
    """How likely this volunteer says yes: what was seen of him, drawn towards what is known of volunteers."""
    return (PRIOR * ODDS + unit.n_accepted) / (PRIOR + unit.n_answered)


def climbing_s(floor: int | None) -> float:
    """Up to the patient's floor, one way; the first is the ground floor, and an unknown one costs nothing."""
    if floor is None:
        return 0.0
    storeys = floor - 1 if floor > 0 else -floor
    return min(STOREY_S * storeys, LIFT_S)
