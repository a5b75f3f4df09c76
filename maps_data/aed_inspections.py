"""Which AEDs to inspect first: those where a good inspection would save most people most time.

Model: benefit_i = residents_i * gain_i

    residents_i   estimated residents of the cells whose first public device, by distance from the centre, is i
    gain_i        total_s(i as it stands) - total_s(i with a good inspection today), for a trip from DISTANCE_M away

An inspection takes away the doubts that somebody at the device can settle: a check overdue or never made, pads or battery past
their dates, reports; hours stay as they are. A withdrawn device gains the time that its being usable again would have, WITHDRAWN_P
standing in for nought. Cardiac arrests are taken to be where residents are: no map of them was found.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from maps_data.aed_judgement import Standing
from maps_data.aed_lookup import NOTHING_LIVE, AedLookup, Live
from maps_data.aed_trip import estimated_walk, eta_of
from maps_data.aed_usable import NOTHING_SINCE, Doubt, probability
from maps_data.records import PopulationCell
from maps_data.vocabulary import PUBLIC_ACCESS
from routing.cells import centre
from routing.index import StaticIndex

DISTANCE_M: Final = 200.0
"""A trip of the usual length: class 1 of the placement standard is 300 m. Choice of ours."""

WITHDRAWN_P: Final = 0.1
"""Stands in for P(usable) of a device that staff took out of use: fetching it is nearly always in vain. Choice of ours."""

SETTLED: Final = frozenset(Doubt) - {
    Doubt.HOURS_UNKNOWN,
    Doubt.HOURS_UNLESS_HOLIDAY,
    Doubt.HOURS_HOLIDAY_UNSAID,
    Doubt.HOURS_MAKE_UP_WORKDAY,
}
"""The doubts that somebody at the device can settle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """A device worth going to; `benefit` is in resident-seconds."""

    standing: Standing
    doubts: tuple[Doubt, ...]
    residents: float
    gain_s: float

    @property
    def benefit(self) -> float:
        return self.residents * self.gain_s


def worklist(
    lookup: AedLookup, cells: Sequence[PopulationCell], *, at: datetime, live: Live = NOTHING_LIVE
) -> list[Inspection]:
    """Every device that somebody at it could better, by benefit, equal ones in the registry's order."""
    residents = _residents(lookup, cells)
    found = []
    for row, aed in enumerate(lookup.aeds):
        standing = lookup.standing(aed, at, live.get(aed.aed_id, NOTHING_SINCE))
        doubts = tuple(doubt for doubt in standing.doubts if doubt in SETTLED)
        if doubts or standing.live.is_withdrawn:
            found.append(
                Inspection(standing=standing, doubts=doubts, residents=residents[row], gain_s=_gain_s(standing))
            )
    return sorted(found, key=lambda one: -one.benefit)


def _gain_s(standing: Standing) -> float:
    walk = estimated_walk(DISTANCE_M, DISTANCE_M)
    good = probability(doubt for doubt in standing.doubts if doubt not in SETTLED)
    now = standing.p_usable * (WITHDRAWN_P if standing.live.is_withdrawn else 1.0)
    return eta_of(standing.fixed, walk, now).total_s - eta_of(standing.fixed, walk, good).total_s


def _residents(lookup: AedLookup, cells: Sequence[PopulationCell]) -> list[float]:
    """Estimated residents by row of the public device that is nearest to their cell's centre; nought for the others."""
    residents = [0.0] * len(lookup.aeds)
    public = [row for row, aed in enumerate(lookup.aeds) if aed.access in PUBLIC_ACCESS]
    points = [lookup.aeds[row].point for row in public]
    index = StaticIndex([point.lat_deg for point in points], [point.lon_deg for point in points])
    for cell in cells:
        nearest, _ = index.nearest(centre(cell.cell), 1)
        for place in nearest.tolist():
            residents[public[place]] += cell.population_estimate
    return residents
