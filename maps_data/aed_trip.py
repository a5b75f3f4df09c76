"""How long it takes to have an AED at the patient's side.

Model, for a device at great-circle distance d whose position is good to u metres, on storey s:

    trip_s  = out + back + search + vertical + unlock         out, back = the ways on foot, see below
    search  = u / SPEED                                       vertical = 2 * min(STOREY_S * |s|, LIFT_S)
    total_s = trip_s / P(usable)                              risk_s   = total_s - trip_s

A bystander walks from the patient and back; a responder from where he is, and then to the patient. Where footways are known the
walk is along them (routing.travel_time.walking_roads), else it takes DETOUR * d / SPEED (routing.travel_time.walking); each walk
says which of the two it is. The patient's own storey is not known and not counted.

Dividing by P(usable) is the expected time if every trip in vain costs as much as this one and is followed by another of its
kind. `p90_s` adds what walking estimates are off in one way of ten. risk_s is shared out among what speaks against the device in
proportion to -log of its factor: the shares add up, and none depends on the order in which the doubts are named.
"""

import re
from collections.abc import Mapping, Sequence
from math import log
from typing import Final, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from maps_data.records import Aed
from maps_data.vocabulary import AedAccess
from routing.geo import Wgs84, distance_m
from routing.travel_time.port import Grade, Route
from routing.travel_time.walking import DETOUR, LIFT_S, P90_FACTOR, SPEED_MPS, STOREY_S, WalkingTimes
from routing.travel_time.walking_roads import WalkingLegs

UNKNOWN_STOREYS: Final = 1.0
"""Storeys to a device of which no storey is on record. Choice of ours."""

UNLOCK_S: Final[Mapping[AedAccess, float]] = {
    AedAccess.YES: 15.0,
    AedAccess.PERMISSIVE: 30.0,
    AedAccess.CUSTOMERS: 30.0,
    AedAccess.UNKNOWN: 60.0,
    AedAccess.PRIVATE: 60.0,
    AedAccess.NO: 60.0,
}
"""Taking it out of its box, and asking whoever keeps it. Choices of ours."""

WALK_S_PER_M: Final = DETOUR / SPEED_MPS
_STOREY: Final = re.compile(r"-?\d+(?:\.\d+)?")


class Walk(NamedTuple):
    """The way to a device on foot and on to the patient; one in ten takes more than `p90_factor` times as long."""

    out_s: float
    back_s: float
    source: str
    grade: Grade
    p90_factor: float


class Fixed(NamedTuple):
    """Seconds that a device costs from wherever one comes."""

    search_s: float
    vertical_s: float
    unlock_s: float

    @property
    def all_s(self) -> float:
        return self.search_s + self.vertical_s + self.unlock_s


class Eta(NamedTuple):
    """Expected seconds of each part; `total_s` is the sum of all but `p90_s`, which one way in ten exceeds."""

    walk_out_s: float
    search_s: float
    vertical_s: float
    unlock_s: float
    walk_back_s: float
    risk_s: float
    total_s: float
    p90_s: float


class Footways(Protocol):
    """Ways on foot from a place to others and back."""

    @property
    def source(self) -> str: ...
    def there_and_back(self, point: Wgs84, lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike) -> WalkingLegs: ...
    def route(self, origin: Wgs84, destination: Wgs84) -> Route | None: ...


def fixed_of(aed: Aed) -> Fixed:
    """Finding it, the stairs there and back, taking it out."""
    return Fixed(aed.uncertainty_m / SPEED_MPS, vertical_s(aed.level), UNLOCK_S[aed.access])


def vertical_s(level: str | None) -> float:
    """Seconds up and down again to an OSM `level` (`-1`, `0`, `1;2`: the first counts)."""
    storey = _STOREY.match(level) if level else None
    storeys = abs(float(storey[0])) if storey else UNKNOWN_STOREYS
    return 2 * min(STOREY_S * storeys, LIFT_S)


def estimated_walk(out_m: float, back_m: float) -> Walk:
    """The estimate over two great-circle distances."""
    return Walk(out_m * WALK_S_PER_M, back_m * WALK_S_PER_M, WalkingTimes.source, WalkingTimes.grade, P90_FACTOR)


def eta_of(fixed: Fixed, walk: Walk, p_usable: float) -> Eta:
    """The parts of the time for a device that is usable with `p_usable`, and their sum."""
    walk_s = walk.out_s + walk.back_s
    trip_s = walk_s + fixed.all_s
    total_s = trip_s / p_usable
    return Eta(
        walk.out_s,
        fixed.search_s,
        fixed.vertical_s,
        fixed.unlock_s,
        walk.back_s,
        total_s - trip_s,
        total_s,
        total_s + (walk.p90_factor - 1) * walk_s,
    )


def shares_of(risk_s: float, factors: Sequence[float]) -> list[float]:
    """`risk_s` shared out among the factors (each in (0, 1)) of P(usable), seconds each."""
    weights = [-log(factor) for factor in factors]
    return [risk_s * weight / sum(weights) for weight in weights]


def walks(origin: Wgs84, to: Sequence[Wgs84], patient: Wgs84 | None, footways: Footways | None) -> list[Walk]:
    """The walk from `origin` to each of `to` and on to the `patient` (None: back to the origin)."""
    if not to:
        return []
    if footways is None:
        out_m = [distance_m(origin, point) for point in to]
        back_m = out_m if patient is None else [distance_m(patient, point) for point in to]
        return [estimated_walk(*legs) for legs in zip(out_m, back_m, strict=True)]
    lat_deg, lon_deg = [point.lat_deg for point in to], [point.lon_deg for point in to]
    out = footways.there_and_back(origin, lat_deg, lon_deg)
    back = out if patient is None else footways.there_and_back(patient, lat_deg, lon_deg)
    is_network = out.is_network & back.is_network
    p90_factor = np.maximum(out.p90_factor, back.p90_factor)
    rows = zip(*(array.tolist() for array in (out.out_s, back.back_s, is_network, p90_factor)), strict=True)
    return [
        Walk(out_s, back_s, out.source, Grade.NETWORK, factor)
        if on_network
        else Walk(out_s, back_s, out.estimate_source, Grade.ESTIMATE, factor)
        for out_s, back_s, on_network, factor in rows
    ]
