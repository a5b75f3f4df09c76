"""Where to send who looks after the devices: worked out by hand for two cells and four devices."""

from dataclasses import replace
from datetime import date

import pytest

from maps_data.aed_inspections import DISTANCE_M, worklist
from maps_data.aed_lookup import AedLookup
from maps_data.aed_usable import FACTOR, SOUND, AedLive, Doubt
from maps_data.records import Aed, PopulationCell
from maps_data.vocabulary import AedAccess, RecordClass
from routing.cells import cell_of, centre
from routing.travel_time.walking import DETOUR, SPEED_MPS
from tests.fakes.aeds import HERE, NOW, aed

HOME = cell_of(HERE, 8)
MIDDLE = centre(HOME)


def in_cell(aed_id: str, **changes: object) -> Aed:
    return replace(aed(aed_id, **changes), point=MIDDLE)  # type: ignore[arg-type]


CELL = PopulationCell(
    cell=HOME,
    district_adcode="440304",
    district_zh="福田区",
    subdistrict_zh=None,
    land_fraction=1.0,
    population_estimate=5_000.0,
    record_class=RecordClass.ESTIMATED,
    evidence=aed("A").evidence,
)


def test_the_benefit_is_residents_times_the_time_that_a_good_inspection_takes_off() -> None:
    lookup = AedLookup([in_cell("A", battery_expiry=date(2026, 1, 1))], time_zone="Asia/Shanghai")
    (one,) = worklist(lookup, [CELL], at=NOW)
    trip_s = 2 * DISTANCE_M * DETOUR / SPEED_MPS + 15  # on the ground floor, in the open: only taking it out
    gain_s = trip_s / (SOUND * FACTOR[Doubt.BATTERY_EXPIRED]) - trip_s / SOUND
    assert (one.doubts, one.residents) == ((Doubt.BATTERY_EXPIRED,), 5_000)
    assert one.gain_s == pytest.approx(gain_s)
    assert one.benefit == pytest.approx(5_000 * gain_s)


def test_a_device_that_nothing_speaks_against_is_not_listed_nor_one_whose_hours_alone_are_unknown() -> None:
    devices = [in_cell("sound"), in_cell("hours", opening_hours=None)]
    assert worklist(AedLookup(devices, time_zone="Asia/Shanghai"), [CELL], at=NOW) == []


def test_who_serves_nobody_comes_last_and_a_private_device_serves_nobody() -> None:
    devices = [
        in_cell("private", access=AedAccess.PRIVATE, last_checked=None, battery_expiry=date(2026, 1, 1)),
        replace(in_cell("served", last_checked=date(2026, 1, 1)), point=HERE),
    ]
    found = worklist(AedLookup(devices, time_zone="Asia/Shanghai"), [CELL], at=NOW)
    assert [(one.standing.aed.aed_id, one.residents) for one in found] == [("served", 5_000), ("private", 0)]


def test_a_withdrawn_device_is_worth_more_than_a_neglected_one() -> None:
    devices = [in_cell("A", last_checked=None)]
    lookup = AedLookup(devices, time_zone="Asia/Shanghai")
    (neglected,) = worklist(lookup, [CELL], at=NOW)
    (withdrawn,) = worklist(lookup, [CELL], at=NOW, live={"A": AedLive(is_withdrawn=True)})
    assert withdrawn.benefit > neglected.benefit
