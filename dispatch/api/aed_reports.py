"""What the public says of AEDs: as everybody may see it, and all that is kept for staff."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from dispatch.domain.aed import AedReport as Said
from dispatch.domain.world import World
from maps_data.catalogue import Catalogue
from maps_data.vocabulary import AedReportKind

Wire = dict[str, Any]


def report_wire(kind: AedReportKind, seen_at: datetime, at: datetime) -> Wire:
    """A report as everybody may see it: without its words, which nobody has read over."""
    age_s = round((at - seen_at).total_seconds())
    return {"kind": kind, "at": seen_at, "age_s": age_s, "is_verified": False}


def reported_devices(world: World, catalogue: Catalogue, at: datetime) -> list[Wire]:
    """For staff: every device that somebody reported, by id, its latest reports first and with their words."""
    return list(_reported(world, catalogue, at))


def _reported(world: World, catalogue: Catalogue, at: datetime) -> Iterator[Wire]:
    for aed_id, said in sorted(world.aed_reports.items()):
        aed = catalogue.aeds_by_id.get(aed_id)
        yield {
            "aed_id": aed_id,
            "name_zh": aed.name_zh if aed else None,
            "name_en": aed.name_en if aed else None,
            "is_listed": aed is not None,
            "reports": [_for_staff(report, at) for report in said],
        }


def _for_staff(said: Said, at: datetime) -> Wire:
    return {**report_wire(said.kind, said.seen_at, at), "text": said.text}
