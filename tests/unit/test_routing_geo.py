"""Great-circle geometry: known distances, and every function agreeing with the others."""

import math

import numpy as np
import pytest

from routing.geo import (
    EARTH_RADIUS_M,
    Wgs84,
    bearing_deg,
    chord_of,
    destination,
    distance_m,
    distance_matrix_m,
    distances_m,
    interpolate,
    unit_vectors,
)

CIVIC_CENTRE = Wgs84(lat_deg=22.5431, lon_deg=114.0579)


@pytest.mark.parametrize("lat_deg", [90.1, -90.1, math.nan, math.inf])
def test_latitude_outside_the_globe_is_refused(lat_deg: float) -> None:
    with pytest.raises(ValueError, match="lat_deg"):
        Wgs84(lat_deg=lat_deg, lon_deg=114.0)


@pytest.mark.parametrize("lon_deg", [180.1, -180.1, math.nan, -math.inf])
def test_longitude_outside_the_globe_is_refused(lon_deg: float) -> None:
    with pytest.raises(ValueError, match="lon_deg"):
        Wgs84(lat_deg=22.0, lon_deg=lon_deg)


def test_points_cannot_be_given_in_the_wrong_order_by_position() -> None:
    with pytest.raises(TypeError):
        Wgs84(22.5, 114.0)  # type: ignore[misc]


def test_a_degree_of_the_equator_and_half_round_the_earth() -> None:
    origin = Wgs84(lat_deg=0, lon_deg=0)
    assert distance_m(origin, Wgs84(lat_deg=0, lon_deg=1)) == pytest.approx(EARTH_RADIUS_M * math.pi / 180)
    assert distance_m(origin, Wgs84(lat_deg=0, lon_deg=180)) == pytest.approx(EARTH_RADIUS_M * math.pi)


def test_distance_across_the_date_line_takes_the_short_way() -> None:
    west, east = Wgs84(lat_deg=10, lon_deg=179.999), Wgs84(lat_deg=10, lon_deg=-179.999)
    assert distance_m(west, east) < 250


def test_array_distances_equal_the_scalar_ones() -> None:
    lat, lon = np.array([22.5, 22.6, 22.5431]), np.array([113.9, 114.2, 114.0579])
    expected = [distance_m(Wgs84(lat_deg=a, lon_deg=o), CIVIC_CENTRE) for a, o in zip(lat, lon, strict=True)]
    np.testing.assert_allclose(distances_m(lat, lon, CIVIC_CENTRE), expected, rtol=1e-12)
    assert distances_m(lat, lon, CIVIC_CENTRE)[2] == 0.0


def test_the_matrix_has_a_row_for_each_origin() -> None:
    lat, lon = np.array([22.5, 22.6, 22.7]), np.array([113.9, 114.0, 114.1])
    matrix = distance_matrix_m(lat, lon, [22.5431, 22.6], [114.0579, 114.2])
    assert matrix.shape == (3, 2)
    np.testing.assert_array_equal(matrix[:, 0], distances_m(lat, lon, CIVIC_CENTRE))


@pytest.mark.parametrize(("toward", "expected"), [((1, 0), 0), ((0, 1), 90), ((-1, 0), 180), ((0, -1), 270)])
def test_bearing_is_clockwise_from_north(toward: tuple[float, float], expected: float) -> None:
    origin = Wgs84(lat_deg=0, lon_deg=0)
    assert bearing_deg(origin, Wgs84(lat_deg=toward[0], lon_deg=toward[1])) == pytest.approx(expected)


def test_destination_goes_as_far_and_in_the_direction_asked() -> None:
    there = destination(CIVIC_CENTRE, 37.0, 5_000.0)
    assert distance_m(CIVIC_CENTRE, there) == pytest.approx(5_000.0)
    assert bearing_deg(CIVIC_CENTRE, there) == pytest.approx(37.0)


def test_destination_wraps_at_the_date_line() -> None:
    there = destination(Wgs84(lat_deg=0, lon_deg=179.99), 90.0, 10_000.0)
    assert -180.0 <= there.lon_deg < -179.9


def test_interpolation_divides_the_distance() -> None:
    there = Wgs84(lat_deg=22.72, lon_deg=114.25)
    third = interpolate(CIVIC_CENTRE, there, 1 / 3)
    assert distance_m(CIVIC_CENTRE, third) * 3 == pytest.approx(distance_m(CIVIC_CENTRE, there))
    assert interpolate(CIVIC_CENTRE, there, 0) == CIVIC_CENTRE
    assert interpolate(CIVIC_CENTRE, there, 1) == there
    assert distance_m(interpolate(there, there, 0.5), there) < 1e-6


def test_interpolation_beyond_the_ends_is_refused() -> None:
    with pytest.raises(ValueError, match="fraction"):
        interpolate(CIVIC_CENTRE, CIVIC_CENTRE, 1.5)


def test_chords_of_unit_vectors_measure_the_same_distance() -> None:
    a, b = unit_vectors([22.5431, 22.7], [114.0579, 113.8])
    there = Wgs84(lat_deg=22.7, lon_deg=113.8)
    assert np.linalg.norm(a - b) == pytest.approx(chord_of(distance_m(CIVIC_CENTRE, there)))
    assert chord_of(1e9) == pytest.approx(2.0)  # never more than the diameter
