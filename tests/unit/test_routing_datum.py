"""Datums: the published pair, the box outside which nothing is shifted, and parsing."""

import numpy as np
import pytest

from routing.datum import (
    Bd09,
    Datum,
    Gcj02,
    bd09_to_wgs84,
    from_wgs84_arrays,
    gcj02_to_wgs84,
    to_wgs84,
    to_wgs84_arrays,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)
from routing.geo import Wgs84, distance_m

CIVIC_CENTRE = Wgs84(lat_deg=22.5431, lon_deg=114.0579)


def test_the_known_pair_there_and_back() -> None:
    shifted = wgs84_to_gcj02(CIVIC_CENTRE)
    assert (round(shifted.lat_deg, 6), round(shifted.lon_deg, 6)) == (22.540383, 114.063014)
    back = gcj02_to_wgs84(Gcj02(lat_deg=22.540383, lon_deg=114.063014))
    assert distance_m(back, CIVIC_CENTRE) < 0.1  # the pair is given to 0.1 m


def test_reading_gcj02_as_wgs84_would_be_wrong_by_hundreds_of_metres() -> None:
    shifted = wgs84_to_gcj02(CIVIC_CENTRE)
    mistaken = Wgs84(lat_deg=shifted.lat_deg, lon_deg=shifted.lon_deg)
    assert 500 < distance_m(mistaken, CIVIC_CENTRE) < 700


def test_bd09_lies_a_further_shift_away_and_comes_back() -> None:
    shifted = wgs84_to_bd09(CIVIC_CENTRE)
    mistaken = Wgs84(lat_deg=shifted.lat_deg, lon_deg=shifted.lon_deg)
    gcj02 = wgs84_to_gcj02(CIVIC_CENTRE)
    assert 600 < distance_m(mistaken, Wgs84(lat_deg=gcj02.lat_deg, lon_deg=gcj02.lon_deg)) < 1_100
    assert distance_m(bd09_to_wgs84(shifted), CIVIC_CENTRE) < 1e-3


def test_to_wgs84_takes_any_datum() -> None:
    gcj02, bd09 = wgs84_to_gcj02(CIVIC_CENTRE), wgs84_to_bd09(CIVIC_CENTRE)
    assert to_wgs84(22.5431, 114.0579, Datum.WGS84) == CIVIC_CENTRE
    assert distance_m(to_wgs84(gcj02.lat_deg, gcj02.lon_deg, Datum.GCJ02), CIVIC_CENTRE) < 1e-3
    assert distance_m(to_wgs84(bd09.lat_deg, bd09.lon_deg, Datum.BD09), CIVIC_CENTRE) < 1e-3


@pytest.mark.parametrize("datum", list(Datum))
@pytest.mark.parametrize(("lat_deg", "lon_deg"), [(48.85, 2.35), (-33.9, 151.2), (22.5, -114.0), (90.0, 180.0)])
def test_outside_china_the_datums_coincide(datum: Datum, lat_deg: float, lon_deg: float) -> None:
    assert to_wgs84(lat_deg, lon_deg, datum) == Wgs84(lat_deg=lat_deg, lon_deg=lon_deg)
    lat, lon = from_wgs84_arrays([lat_deg], [lon_deg], datum)
    assert (lat[0], lon[0]) == (lat_deg, lon_deg)


def test_arrays_may_mix_points_inside_and_outside_and_are_not_changed_in_place() -> None:
    lat, lon = np.array([22.5431, 48.85]), np.array([114.0579, 2.35])
    shifted_lat, shifted_lon = from_wgs84_arrays(lat, lon, Datum.GCJ02)
    assert lat.tolist() == [22.5431, 48.85]
    assert shifted_lat[0] != lat[0]
    assert shifted_lat[1] == lat[1]
    back_lat, back_lon = to_wgs84_arrays(shifted_lat, shifted_lon, Datum.GCJ02)
    np.testing.assert_allclose(back_lat, lat, atol=1e-9)
    np.testing.assert_allclose(back_lon, lon, atol=1e-9)


@pytest.mark.parametrize(("text", "datum"), [("wgs84", Datum.WGS84), ("GCJ02", Datum.GCJ02), ("Bd09", Datum.BD09)])
def test_datum_is_parsed_in_either_case(text: str, datum: Datum) -> None:
    assert Datum.parse(text) is datum


def test_an_unknown_datum_is_refused() -> None:
    with pytest.raises(ValueError, match="nad27"):
        Datum.parse("nad27")


@pytest.mark.parametrize("kind", [Gcj02, Bd09])
def test_points_outside_the_globe_are_refused(kind: type[Gcj02] | type[Bd09]) -> None:
    with pytest.raises(ValueError, match="lat_deg"):
        kind(lat_deg=114.0, lon_deg=22.5)
    with pytest.raises(ValueError, match="lat_deg"):
        to_wgs84(114.0, 22.5, Datum.GCJ02)
