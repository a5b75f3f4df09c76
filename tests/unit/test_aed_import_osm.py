"""AEDs out of OpenStreetMap: an extract and an Overpass answer say the same of the same device."""

import json
from datetime import date
from pathlib import Path

import osmium
import pytest

from maps_data.catalogue import load_catalogue
from maps_data.importers.aed_formats import AedFormat
from maps_data.importers.aeds import Plan, plan_import
from maps_data.records import Aed
from maps_data.tables import DataError
from maps_data.vocabulary import AedAccess
from routing.datum import Datum

TAGS = {
    "emergency": "defibrillator",
    "name": "市民中心",
    "name:en": "Civic Centre",
    "access": "permissive",
    "indoor": "yes",
    "level": "1",
    "defibrillator:location": "B区大堂",
    "defibrillator:location:en": "Lobby of wing B",
    "opening_hours": "Mo-Fr 08:00-18:00; PH off",
    "emergency:phone": "+86 755 0000000",
    "check_date": "2026-05-01",
    "image": "https://example.org/aed.jpg",
}
NAMELESS = {"emergency": "defibrillator", "access": "designated", "survey:date": "2025"}


def plan(path: Path, tmp_path: Path, datum: Datum = Datum.WGS84) -> Plan:
    return plan_import(path, kind=AedFormat.OSM, datum=datum, data_dir=tmp_path / "data", dated=date(2026, 11, 1))


def overpass(path: Path) -> Path:
    elements = [
        {"type": "node", "id": 7, "lat": 22.5431, "lon": 114.0579, "tags": TAGS},
        {"type": "way", "id": 8, "center": {"lat": 22.55, "lon": 114.06}, "tags": NAMELESS},
        {"type": "way", "id": 9, "tags": NAMELESS},
        {"type": "node", "id": 10, "lat": 22.55, "lon": 114.07, "tags": {"emergency": "phone"}},
    ]
    path.write_text(json.dumps({"version": 0.6, "elements": elements}), encoding="utf-8")
    return path


def extract(path: Path) -> Path:
    with osmium.SimpleWriter(str(path)) as writer:
        writer.add_node(osmium.osm.mutable.Node(id=7, location=(114.0579, 22.5431), tags=TAGS))
        writer.add_node(osmium.osm.mutable.Node(id=10, location=(114.07, 22.55), tags={"emergency": "phone"}))
        writer.add_way(osmium.osm.mutable.Way(id=9, nodes=[7, 10], tags=NAMELESS))
    return path


def imported(of: Plan, tmp_path: Path) -> dict[str, Aed]:
    of.swap_in()
    return dict(load_catalogue(data_dir=tmp_path / "data").aeds_by_id)


@pytest.mark.parametrize("made", [lambda p: overpass(p / "aeds.json"), lambda p: extract(p / "aeds.osm.pbf")])
def test_a_mapped_device_keeps_all_that_its_tags_say(tmp_path: Path, made: object) -> None:
    assert callable(made)
    aed = imported(plan(made(tmp_path), tmp_path), tmp_path)["node/7"]
    assert (aed.name_zh, aed.name_en, aed.location_zh, aed.location_en) == (
        "市民中心",
        "Civic Centre",
        "B区大堂",
        "Lobby of wing B",
    )
    assert (aed.access, aed.indoor, aed.level) == (AedAccess.PERMISSIVE, True, "1")
    assert (aed.opening_hours, aed.contact) == ("Mo-Fr 08:00-18:00; PH off", "+86 755 0000000")
    assert (aed.last_checked, aed.photo_url) == (date(2026, 5, 1), "https://example.org/aed.jpg")
    assert (aed.source, aed.source_ids) == ("OpenStreetMap", ("registry:node/7",))
    assert (aed.point.lat_deg, aed.point.lon_deg) == (22.5431, 114.0579)


def test_an_area_has_a_point_only_where_overpass_gives_its_centre(tmp_path: Path) -> None:
    of = plan(overpass(tmp_path / "aeds.json"), tmp_path)
    assert [rejected.row.fields["id"] for rejected in of.rejected] == ["way/9"]
    area = imported(of, tmp_path)["way/8"]
    # A value that OSM's wiki does not know, and a date that is no day, say nothing.
    assert (area.name_zh, area.access, area.last_checked) == ("AED", AedAccess.UNKNOWN, None)


def test_osm_is_always_in_wgs84(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="OSM data is always in wgs84"):
        plan(overpass(tmp_path / "aeds.json"), tmp_path, Datum.GCJ02)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("aeds.json", b"{}", "neither .pbf nor .osm nor an Overpass answer"),
        pytest.param(
            "aeds.json", b'{"nested":' + b"[" * 10_000, "neither .pbf nor .osm nor an Overpass answer", id="nested"
        ),
        ("aeds.osm.pbf", b"no PBF", "cannot be read as OSM data"),
    ],
)
def test_what_is_no_osm_data_is_refused(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=sentence):
        plan(tmp_path / name, tmp_path)
    with pytest.raises(DataError):
        plan(tmp_path / f"missing-{name}", tmp_path)
