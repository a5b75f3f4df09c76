"""Small registries as the versions that a data directory keeps, for tests of exchanging them."""

from datetime import date
from pathlib import Path
from typing import Final

from maps_data.importers.aed_formats import AedFormat
from maps_data.importers.aeds import plan_import
from routing.datum import Datum

CIVIC_CENTRE: Final = (22.5431, 114.0579)
DAY: Final = date(2026, 11, 22)


def registry(name_zh: str, *, n: int = 3, first: int = 1, south_m: float = 0.0) -> str:
    """CSV of `n` devices around the civic centre, all called `name_zh`: A1, A2 ... from `first`, 50 m apart."""
    lat, lon = CIVIC_CENTRE
    rows = (
        f"A{i},{name_zh},一楼大堂,{lat - south_m / 111_195 + 0.00045 * i:.6f},{lon},24/7"
        for i in range(first, first + n)
    )
    return "id,name,address,lat,lon,opening_hours\n" + "\n".join(rows) + "\n"


def keep_version(data_dir: Path, text: str, *, is_in_force: bool = False) -> str:
    """Import `text` into a data directory; in force only if that is wanted. The version's name."""
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / "registry.csv"
    path.write_text(text, encoding="utf-8")
    plan = plan_import(path, kind=AedFormat.CSV, datum=Datum.WGS84, data_dir=data_dir, dated=DAY)
    if is_in_force:
        plan.swap_in()
    return plan.keep()
