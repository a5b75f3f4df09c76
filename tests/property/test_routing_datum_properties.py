"""Conversion between datums returns to the same place, anywhere in Shenzhen and in China."""

from hypothesis import given
from hypothesis import strategies as st

from routing.datum import bd09_to_wgs84, gcj02_to_wgs84, wgs84_to_bd09, wgs84_to_gcj02
from routing.geo import Wgs84, distance_m

SHENZHEN = st.builds(Wgs84, lat_deg=st.floats(22.35, 22.90), lon_deg=st.floats(113.65, 114.70))
CHINA = st.builds(Wgs84, lat_deg=st.floats(3.0, 53.0), lon_deg=st.floats(74.0, 135.0))
A_MILLIMETRE_M = 1e-3


@given(SHENZHEN | CHINA)
def test_gcj02_there_and_back(point: Wgs84) -> None:
    assert distance_m(gcj02_to_wgs84(wgs84_to_gcj02(point)), point) < A_MILLIMETRE_M


@given(SHENZHEN | CHINA)
def test_bd09_there_and_back(point: Wgs84) -> None:
    assert distance_m(bd09_to_wgs84(wgs84_to_bd09(point)), point) < A_MILLIMETRE_M
