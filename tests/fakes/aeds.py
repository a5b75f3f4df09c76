"""AEDs for tests: in perfect order unless a test says what is wrong with them."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from maps_data.records import Aed, Evidence
from maps_data.vocabulary import AedAccess, RecordClass
from routing.geo import Wgs84, destination

NOW = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)  # a Monday, ten in the morning in Shenzhen
TODAY = date(2026, 11, 30)
HERE = Wgs84(lat_deg=22.5431, lon_deg=114.0579)

_EVIDENCE = Evidence(evidence_id="test", zh="测试", en="test", dated=date(2026, 11, 21), url=None)
_SOUND = Aed(
    aed_id="A",
    name_zh="甲",
    name_en="A",
    place_kind="mall",
    placement_class=None,
    point=HERE,
    uncertainty_m=0.0,
    level="0",
    indoor=True,
    location_zh="大堂",
    location_en="lobby",
    access=AedAccess.YES,
    opening_hours="24/7",
    contact=None,
    model="SIM-A",
    pads_expiry=date(2028, 1, 1),
    battery_expiry=date(2028, 1, 1),
    last_checked=date(2026, 11, 1),
    source="test",
    source_ids=(),
    photo_url=None,
    record_class=RecordClass.SIMULATED,
    evidence=_EVIDENCE,
)


def aed(aed_id: str, *, north_m: float = 0.0, east_m: float = 0.0, **changes: Any) -> Aed:
    """A device so far north and east of `HERE`: open, public, on the ground floor, checked this month, in date."""
    point = destination(destination(HERE, 0.0, north_m), 90.0, east_m)
    return replace(_SOUND, aed_id=aed_id, point=point, **changes)
