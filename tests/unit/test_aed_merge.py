"""The same device from two registries is one; two devices of one registry are two, however close."""

import pytest

from maps_data.importers.aed_merge import merged
from maps_data.importers.aed_rows import Cells

M_NORTH = 1 / 111_195  # degrees of latitude


def entry(aed_id: str, *, north_m: float = 0.0, **said: str) -> Cells:
    plain = dict.fromkeys(("location_zh", "level", "pads_expiry", "battery_expiry", "last_checked", "contact"), "")
    lat = f"{22.5431 + north_m * M_NORTH:.6f}"
    point = {"lat": lat, "lon": "114.057900", "datum": "wgs84", "uncertainty_m": "20"}
    known = {"name_zh": "市民中心", "access": "unknown", "place_kind": "other", "source": "甲"}
    return {"aed_id": aed_id, **plain, **point, **known, **said}


def ids(first: list[Cells], second: list[Cells]) -> list[str]:
    return [device["source_ids"] for device in merged({"城": first, "osm": second})]


def test_the_same_place_and_name_is_one_device() -> None:
    assert ids([entry("A")], [entry("node/1", north_m=25, name_zh="深圳市市民中心B区")]) == ["城:A|osm:node/1"]


@pytest.mark.parametrize(
    "other",
    [
        {"north_m": 60},  # farther than both points are uncertain
        {"name_zh": "图书馆"},
        {"level": "3"},  # on another storey
        {"name_zh": "AED", "north_m": 20},  # nameless, and not at the very spot
    ],
)
def test_what_may_be_another_device_stays_another(other: dict[str, object]) -> None:
    assert ids([entry("A", level="0")], [entry("node/1", **other)]) == ["城:A", "osm:node/1"]  # type: ignore[arg-type]


def test_a_nameless_device_at_the_very_spot_is_the_same() -> None:
    assert ids([entry("A")], [entry("node/1", north_m=10, name_zh="AED")]) == ["城:A|osm:node/1"]


def test_two_devices_at_one_point_pair_one_to_one_by_where_they_hang() -> None:
    city = [entry("A", location_zh="一层大堂"), entry("B", location_zh="二层走廊")]
    osm = [entry("n/2", location_zh="二层走廊", name_zh="AED"), entry("n/1", location_zh="一层大堂", name_zh="AED")]
    assert ids(city, osm) == ["城:A|osm:n/1", "城:B|osm:n/2"]
    assert ids(city, osm[:1]) == ["城:A", "城:B|osm:n/2"]


def test_the_first_registry_speaks_and_the_other_fills_its_gaps() -> None:
    city = entry("A", last_checked="2026-01-01", pads_expiry="2027-01-01", contact="")
    osm = entry("n/1", last_checked="2026-06-01", pads_expiry="", contact="0755", access="yes", uncertainty_m="5")
    osm |= {"name_zh": "市民中心大厅", "source": "乙", "lat": "22.543200"}
    (one,) = merged({"城": [city], "osm": [osm]})
    assert (one["aed_id"], one["name_zh"]) == ("A", "市民中心")
    assert (one["contact"], one["access"]) == ("0755", "yes")
    assert (one["lat"], one["uncertainty_m"]) == ("22.543200", "5")  # the more exact point
    assert (one["last_checked"], one["pads_expiry"]) == ("2026-06-01", "2027-01-01")
    assert one["source"] == "甲 + 乙"


def test_an_id_that_two_registries_give_to_different_devices_is_told_apart() -> None:
    both = merged({"城": [entry("1")], "osm": [entry("1", north_m=500)]})
    assert [device["aed_id"] for device in both] == ["1", "osm:1"]
