"""The month's quality of care times, computed from the journal when it is asked for."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response

from dispatch.api.access import Auditing
from dispatch.api.answers import answer
from dispatch.api.journal_since import seq_before
from dispatch.api.problems import documented, invalid_field
from dispatch.api.wire_out import Open
from dispatch.api.wiring import Service, service_of
from dispatch.domain.events import Recorded
from dispatch.engine.ports import Journal
from dispatch.projections.quality import QualityReport, month_book, quality_report
from dispatch.reports.quality_page import as_csv, as_json, as_page
from dispatch.reports.quality_places import district_finder, month_bounds, names_of

router = APIRouter(prefix="/api/v1", tags=["reports"])


class ReportFormat(StrEnum):
    JSON = "json"
    CSV = "csv"
    HTML = "html"


class QualityOut(Open):
    """`rows`: one for each place and interval, with its targets; `editions`: what the targets are from."""

    month: str
    from_at: datetime
    to_at: datetime
    n_patients: int
    n_simulated: int
    n_corrections: int
    rows: list[dict[str, Any]]
    editions: list[dict[str, Any]]


@router.get(
    "/reports/quality",
    summary="A month's care times against their targets",
    response_model=QualityOut,
    responses={
        200: {
            "content": {"text/csv": {"schema": {"type": "string"}}, "text/html": {"schema": {"type": "string"}}},
        },
        **documented(401, 403, 422, 503),
    },
)
async def get_quality(
    request: Request,
    _: Auditing,
    month: Annotated[str, Query(pattern=r"^2\d{3}-\d{2}$", examples=["2026-10"])],
    report_format: Annotated[ReportFormat, Query(alias="format")] = ReportFormat.JSON,
) -> Response:
    """For city, districts and hospitals: how often each interval kept its targets, and what was missing or contradictory."""
    service = service_of(request)
    try:
        from_at, to_at = month_bounds(month, ZoneInfo(service.catalogue.time_zone))
    except ValueError:
        raise invalid_field("query:month", "month", "没有这个月份", "is not a month") from None
    report = await asyncio.to_thread(_report, service, from_at, to_at)
    names = names_of(service.catalogue, month)
    match report_format:
        case ReportFormat.CSV:
            headers = {"Content-Disposition": f'attachment; filename="quality-{month}.csv"'}
            return Response(as_csv(report, names), media_type="text/csv", headers=headers)
        case ReportFormat.HTML:
            page = await asyncio.to_thread(as_page, report, names)
            return Response(page, media_type="text/html")
    return answer(as_json(report, names))


def _report(service: Service, from_at: datetime, to_at: datetime) -> QualityReport:
    book = month_book(_since(service.journal, from_at), from_at, to_at)
    district_of = district_finder(service.catalogue.population_cells)
    return quality_report(book, from_at=from_at, to_at=to_at, district_of=district_of)


def _since(journal: Journal, at: datetime) -> Iterator[Recorded]:
    """Everything written down at `at` or later, to the head: a hospital's times may come long after the call."""
    yield from journal.read(after=seq_before(journal, at))
