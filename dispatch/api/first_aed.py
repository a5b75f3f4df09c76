"""How far it is on foot from each cell of the city to the first AED that the public may take."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from maps_data.aed_trip import Footways
from maps_data.records import Aed
from maps_data.vocabulary import PUBLIC_ACCESS, RecordClass
from routing.geo import FloatArray, Wgs84
from routing.index import StaticIndex
from routing.travel_time.port import Grade
from routing.travel_time.walking import SPEED_MPS, WalkingTimes, walking_times_s

_FIRST_FETCH: Final = 8
_FETCH_GROWTH: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstAed:
    """From n places to the first AED that the public may take, one way on foot; `walk_s` [n], inf where there is none.

    `network_share` of the places have it along footways, the others by the estimate.
    """

    walk_s: FloatArray
    n_devices: int
    is_simulated: bool
    source: str
    grade: Grade
    network_share: float


def first_aed(aeds: Sequence[Aed], lat_deg: FloatArray, lon_deg: FloatArray, footways: Footways | None) -> FirstAed:
    """The first of these devices for each of n places, whether or not it is open now."""
    public = [aed for aed in aeds if aed.access in PUBLIC_ACCESS]
    index = StaticIndex([aed.point.lat_deg for aed in public], [aed.point.lon_deg for aed in public])
    walk_s, is_network = np.full(len(lat_deg), np.inf), np.zeros(len(lat_deg), dtype=np.bool_)
    for place, (lat, lon) in enumerate(zip(lat_deg.tolist(), lon_deg.tolist(), strict=True)):
        here = Wgs84(lat_deg=lat, lon_deg=lon)
        walk_s[place], is_network[place] = (
            _nearest(here, index) if footways is None else _along(here, index, public, footways)
        )
    return FirstAed(
        walk_s=walk_s,
        n_devices=len(public),
        is_simulated=any(aed.record_class is RecordClass.SIMULATED for aed in public),
        source=WalkingTimes.source if footways is None else footways.source,
        grade=Grade.NETWORK if is_network.any() else Grade.ESTIMATE,
        network_share=float(is_network.mean()) if len(is_network) else 0.0,
    )


def _nearest(here: Wgs84, index: StaticIndex) -> tuple[float, bool]:
    _, away_m = index.nearest(here, 1)
    return (float(walking_times_s(away_m)[0]), False) if len(away_m) else (np.inf, False)


def _along(here: Wgs84, index: StaticIndex, devices: Sequence[Aed], footways: Footways) -> tuple[float, bool]:
    """Devices are fetched by distance until nobody could walk to the next one as soon, however straight the way."""
    count = _FIRST_FETCH
    while True:
        rows, away_m = index.nearest(here, count)
        if not len(rows):
            return np.inf, False
        points = [devices[row].point for row in rows.tolist()]
        legs = footways.there_and_back(here, [point.lat_deg for point in points], [point.lon_deg for point in points])
        first = int(legs.out_s.argmin())
        if len(rows) < count or away_m[-1] / SPEED_MPS >= legs.out_s[first]:
            return float(legs.out_s[first]), bool(legs.is_network[first])
        count *= _FETCH_GROWTH
