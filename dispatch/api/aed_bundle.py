"""The AEDs of an H3 cell and around it, with what a phone needs to rank them by itself when it is offline."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from dispatch.api.aed_texts import EMERGENCY, SIMULATED
from dispatch.api.aed_wire import aed_feature
from dispatch.api.map_layers import CityMaps
from maps_data.aed_judgement import Standing
from maps_data.aed_lookup import AedLookup, Live
from maps_data.aed_trip import WALK_S_PER_M
from maps_data.aed_usable import FACTOR, NOTHING_SINCE, Doubt, probability
from maps_data.records import Aed
from maps_data.vocabulary import RecordClass
from routing.cells import Cell, boundary, cell_text, centre
from routing.geo import distance_m

Wire = dict[str, Any]

AROUND_M: Final = 1_000.0
"""Somebody at the cell's edge is still told of what is beyond it. Choice of ours."""

VALID_FOR: Final = timedelta(hours=24)
"""Opening hours are worked out so far ahead; after that all of them count as unknown. Choice of ours."""

MOST_CHANGES: Final = 12


def bundle_wire(maps: CityMaps, cell: Cell, at: datetime, live: Live) -> Wire:
    """The bundle as of the instant `at`. Expected seconds of a device d metres away in a straight line:
    (2 * `walk_s_per_m` * d + `fixed_s`) / `p_usable`.
    """
    devices = _devices(maps.lookup, cell)
    wire: Wire = {
        "type": "FeatureCollection",
        "cell": cell_text(cell),
        "computed_for": at,
        "valid_until": at + VALID_FOR,
        "data_version": maps.catalogue.data_version,
        "walk_s_per_m": WALK_S_PER_M,
        "p_hours_unknown": FACTOR[Doubt.HOURS_UNKNOWN],
        "emergency": EMERGENCY,
        "features": [_feature(maps, aed, at, live) for aed in devices],
        "next": None,
    }
    if any(aed.record_class is RecordClass.SIMULATED for aed in devices):
        wire["note"] = SIMULATED
    return wire


def _devices(lookup: AedLookup, cell: Cell) -> Sequence[Aed]:
    """By row: everything within the circle through the cell's corners, and `AROUND_M` beyond."""
    middle = centre(cell)
    reach_m = max(distance_m(corner, middle) for corner in boundary(cell)) + AROUND_M
    rows, _ = lookup.index.within(middle, reach_m)
    return [lookup.aeds[row] for row in sorted(rows.tolist())]


def _feature(maps: CityMaps, aed: Aed, at: datetime, live: Live) -> Wire:
    known = live.get(aed.aed_id, NOTHING_SINCE)
    standing = maps.lookup.standing(aed, at, known)
    feature = aed_feature(standing, at, maps.today(at))
    p_usable = probability(doubt for doubt in standing.doubts if doubt not in standing.hours.doubts)
    feature["properties"]["offline"] = {
        "fixed_s": round(standing.fixed.all_s, 1),
        "p_usable": round(p_usable, 4),
        "hours": _hours_ahead(maps.lookup, aed, at, standing),
    }
    return feature


def _hours_ahead(lookup: AedLookup, aed: Aed, at: datetime, standing: Standing) -> list[Wire]:
    """`[{from, open_now}]` until `VALID_FOR`, as far as changes are known."""
    hours = standing.hours
    ahead = [{"from": at, "open_now": hours.open_now}]
    while hours.next_change_at is not None and hours.next_change_at < at + VALID_FOR and len(ahead) < MOST_CHANGES:
        change_at = hours.next_change_at
        hours = lookup.standing(aed, change_at).hours
        ahead.append({"from": change_at, "open_now": hours.open_now})
    return ahead
