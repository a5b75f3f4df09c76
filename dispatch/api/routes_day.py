"""The incidents of a day, however many: found by what a person remembers of them, and read a page at a time."""

import asyncio
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from dispatch.api.access import Watching
from dispatch.api.answers import answer
from dispatch.api.journal_since import seq_before
from dispatch.api.problems import documented
from dispatch.api.reads import note_reads, purpose_of
from dispatch.api.wire_in import Instant
from dispatch.api.wire_out import Open
from dispatch.api.wiring import Service, service_of
from dispatch.domain.events import Recorded
from dispatch.domain.events_privacy import IncidentErased
from dispatch.domain.incident import IncidentState
from dispatch.domain.vocabulary import Priority
from dispatch.engine.commits import Told
from dispatch.engine.ports import Journal
from dispatch.projections.day_book import KEPT_FOR, DayBook, DayLine, Wanted

router = APIRouter(prefix="/api/v1", tags=["incidents"])
PAGE_EVENTS: Final = 500  # folded in one go; between them others have their turn


class Day:
    """The day book, brought up to the journal's head by whoever asks."""

    def __init__(self) -> None:
        self._book = DayBook()
        self._seq: int | None = None
        self._turn = asyncio.Lock()

    def tell(self, told: Told) -> None:
        """An engine subscriber: what is erased is gone from here at once, whether anybody asks or not."""
        for recorded in told.entries:
            if isinstance(recorded.event, IncidentErased):
                self._book.forget(recorded.event.incident_id)

    async def book(self, service: Service) -> DayBook:
        """As it stands at the journal's head. The first look of a long day takes seconds, the next ones read what is new."""
        async with self._turn:
            begins_at = service.engine.clock.now() - KEPT_FOR
            if self._seq is None:
                self._seq = await asyncio.to_thread(seq_before, service.journal, begins_at)
            while entries := await asyncio.to_thread(_page_after, service.journal, self._seq):
                for recorded in entries:
                    self._book.apply(recorded)
                self._seq = entries[-1].seq
            self._book.forget_before(begins_at)
            return self._book


def _page_after(journal: Journal, seq: int) -> list[Recorded]:
    return list(journal.read(after=seq, limit=PAGE_EVENTS))


class DayLineOut(Open):
    incident_id: str
    number: int
    state: IncidentState
    priority: Priority
    complaint: str
    received_at: datetime
    address_text: str | None
    is_simulated: bool
    unit_ids: list[str]
    on_scene_at: datetime | None
    closed_at: datetime | None
    closing_reason: str | None
    joined_into: str | None


class DayOut(Open):
    """`total`: how many were found; `items` are those of them from the `first` on, counted from the oldest, 0."""

    total: int
    first: int
    items: list[DayLineOut]


@router.get("/day", summary="The incidents of a day", response_model=DayOut, responses=documented(401, 403, 422))
async def list_day(
    request: Request,
    user: Watching,
    from_at: Instant | None = None,
    until_at: Instant | None = None,
    state: IncidentState | None = None,
    priority: Priority | None = None,
    q: Annotated[str, Query(max_length=100)] = "",
    first: Annotated[int | None, Query(ge=0, lt=2**31)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """Open and ended ones that were received from `from_at` (at most 48 hours ago) to before `until_at`, in the order in which they
    were opened; without `first` the newest. `q` is a number (`#12`: that one alone), part of an address or of a call sign, or four
    digits and more of a caller's number."""
    service = service_of(request)
    now = service.engine.clock.now()
    wanted = Wanted(
        from_at=from_at or now - KEPT_FOR,
        until_at=until_at or now + timedelta(days=1),
        state=state,
        priority=priority,
        text=q,
    )
    found = (await request.app.state.day.book(service)).find(wanted, service.engine.world.units)
    start = max(0, len(found) - limit) if first is None else first
    page = found[start : start + limit]
    note_reads(request, user, [line.incident_id for line in page], purpose_of(request))
    return answer({"total": len(found), "first": start, "items": [_wire(line) for line in page]})


def _wire(line: DayLine) -> dict[str, Any]:
    """A line without the callers' numbers: they are looked for and not listed."""
    return {name: getattr(line, name) for name in DayLineOut.model_fields}
