"""Where and when a quality report is about: a month of the city's time, districts by cell, and how places are called."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from dispatch.reports.quality_page import Names
from maps_data.catalogue import Catalogue
from maps_data.records import PopulationCell
from routing.cells import cell_from_text, parent, resolution_of

EARLIEST_YEAR: Final = 2000
LATEST_YEAR: Final = 2999


def month_bounds(month: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """[begin, end) in UTC of a month such as `2026-10` in the city's time. ValueError when it is none."""
    first = datetime.strptime(month, "%Y-%m").replace(tzinfo=zone)
    if f"{first:%Y-%m}" != month or not EARLIEST_YEAR <= first.year <= LATEST_YEAR:
        raise ValueError(f"{month!r} is not a month like 2026-10")
    following = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    return first.astimezone(UTC), following.astimezone(UTC)


def district_finder(cells: Sequence[PopulationCell]) -> Callable[[str], str | None]:
    """From a cell (text form, finer than the city's or as fine) to the code of its district; None outside of all."""
    districts = {cell.cell: cell.district_adcode for cell in cells}
    coarse = resolution_of(cells[0].cell) if cells else 0

    def district_of(text: str) -> str | None:
        try:
            cell = cell_from_text(text)
        except ValueError:
            return None
        return districts.get(parent(cell, coarse)) if resolution_of(cell) >= coarse else None

    return district_of


def names_of(catalogue: Catalogue, month: str) -> Names:
    return Names(
        month=month,
        city=(catalogue.name_zh, catalogue.name_en),
        districts={d.adcode: (d.name_zh, d.name_en) for d in catalogue.districts},
        hospitals={h.hospital_id: (h.name_zh, h.name_en) for h in catalogue.hospitals},
    )
