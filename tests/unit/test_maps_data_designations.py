"""Was a hospital on the map on a day? Yes, no, or unknown where no source reaches back so far."""

from datetime import date

import pytest

from maps_data.catalogue import Facts, embedded_city, read_facts
from maps_data.designations import designated
from maps_data.manifest import read_dataset
from maps_data.vocabulary import DesignationKind, Known


@pytest.fixture(scope="module")
def city() -> Facts:
    return read_facts(read_dataset(embedded_city()))


def answer(city: Facts, hospital_id: str, kind: DesignationKind, as_of: date) -> Known:
    hospital = next(hospital for hospital in city.hospitals if hospital.hospital_id == hospital_id)
    list_dated = city.dataset.manifest.designation_lists[kind].dated
    return designated(hospital, kind, as_of=as_of, list_dated=list_dated)


@pytest.mark.parametrize(
    ("hospital_id", "as_of", "expected"),
    [
        # Kuichong was unveiled on 2021-10-27: the one stroke hospital whose first day is known.
        ("H031", date(2021, 10, 26), Known.NO),
        ("H031", date(2021, 10, 27), Known.YES),
        # Shajing was added in April 2018 by a news item of the 9th; before that day nothing is known of it.
        ("H012", date(2018, 4, 8), Known.UNKNOWN),
        ("H012", date(2018, 4, 9), Known.YES),
        # On a registry's list that bears no date: known from the day on which it was compiled.
        ("H001", date(2026, 11, 20), Known.UNKNOWN),
        ("H001", date(2026, 11, 21), Known.YES),
        # On no list: an older list might have named it.
        ("H038", date(2026, 11, 20), Known.UNKNOWN),
        ("H038", date(2026, 11, 21), Known.NO),
    ],
)
def test_stroke_map(city: Facts, hospital_id: str, as_of: date, expected: Known) -> None:
    assert answer(city, hospital_id, DesignationKind.STROKE, as_of) is expected


def test_stemi_map(city: Facts) -> None:
    """Fuwai was named as a founder on 2016-12-21; the hospitals that are only inferred are known from the list's day."""
    stemi = DesignationKind.STEMI
    assert answer(city, "H033", stemi, date(2016, 12, 20)) is Known.UNKNOWN
    assert answer(city, "H033", stemi, date(2016, 12, 21)) is Known.YES
    assert answer(city, "H003", stemi, date(2020, 1, 1)) is Known.UNKNOWN


def test_today_the_maps_have_their_full_length(city: Facts) -> None:
    for kind, expected in ((DesignationKind.STROKE, 32), (DesignationKind.STEMI, 29)):
        today = city.dataset.manifest.valid_from
        members = [h for h in city.hospitals if answer(city, h.hospital_id, kind, today) is Known.YES]
        assert len(members) == expected
