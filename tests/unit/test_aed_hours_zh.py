"""Chinese opening hours in OSM's syntax, only where every part is understood."""

import pytest

from maps_data.importers.aed_hours_zh import osm_hours


@pytest.mark.parametrize(
    ("written", "osm"),
    [
        ("24小时", "24/7"),
        ("全天开放", "24/7"),
        ("08:00-20:00", "08:00-20:00"),
        ("8：30－18：00", "08:30-18:00"),
        ("每天 9:00~21:00", "09:00-21:00"),
        ("周一至周五 08:30-12:00，14:00-18:00", "Mo-Fr 08:30-12:00,14:00-18:00"),
        ("周一至周五 08:30-17:30；周六 09:00-12:00", "Mo-Fr 08:30-17:30; Sa 09:00-12:00"),
        ("工作日 09:00-18:00", "Mo-Fr 09:00-18:00; PH off"),
        ("Mo-Fr 08:00-18:00; PH off", "Mo-Fr 08:00-18:00; PH off"),
        ("上班时间", "上班时间"),
        ("周一至周五 08:30-17:30；其余预约", "周一至周五 08:30-17:30；其余预约"),
        ("", ""),
    ],
)
def test_hours(written: str, osm: str) -> None:
    assert osm_hours(written) == osm
