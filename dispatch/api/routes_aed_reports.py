"""Reports of AEDs: said by anybody, kept in the journal, read by staff, and never taken for verified."""

from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Annotated, Final, Self

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from dispatch.api import map_examples
from dispatch.api.access import AnyStaff, User, public
from dispatch.api.aed_reports import report_wire, reported_devices
from dispatch.api.aed_texts import FETCH_ENDED, FETCHING, REPORTED
from dispatch.api.answers import answer, carry_out
from dispatch.api.map_out import AedReportedOut, ReportedAedsOut
from dispatch.api.problems import Kind, ProblemError, documented, invalid_field
from dispatch.api.rate_limit import TOO_MANY_REQUESTS, reports_limited
from dispatch.api.wire_in import Identifier, Instant, Strict
from dispatch.api.wiring import city_maps_of, service_of
from dispatch.domain import commands as cmd
from dispatch.domain.aed import FetchOutcome
from dispatch.domain.commands_aeds import EndAedFetch, FetchAed, MoveAedFetch
from dispatch.domain.ids import AedFetchId
from dispatch.domain.rejections import Refusal
from dispatch.domain.vocabulary import AedReportKind
from dispatch.engine.commits import Committed
from maps_data.aed_usable import REPORT_FRESH_FOR

router = APIRouter()

AED_NOT_FOUND: Final[Kind] = (404, "aed_not_found", "没有这台 AED", "There is no such AED")
PUBLIC: Final = User(name="public", roles=frozenset())
"""Who reports; nothing more is known of him, nor kept."""


class AedSaid(StrEnum):
    """What somebody says of a device: how it is, or that he is on the way to it."""

    MISSING = AedReportKind.MISSING.value
    USED = AedReportKind.USED.value
    LOCKED = AedReportKind.LOCKED.value
    MOVED = AedReportKind.MOVED.value
    WORKS = AedReportKind.WORKS.value
    FETCHING = "fetching"
    TAKEN = "taken"
    GIVEN_UP = "given_up"


_OF_FETCHING: Final = frozenset({AedSaid.FETCHING, AedSaid.TAKEN, AedSaid.GIVEN_UP})


class AedReportIn(Strict):
    """What somebody at the place sees; `at` is when, by default now. The words go to staff only.

    `fetching` without a `fetch_id` keeps the device for who sets out for it, with one it says how far it still is (`remaining_m`);
    without movement for 20 s it is free for the next. `taken` and `given_up` end that.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [map_examples.REPORT_IN, {"kind": "works"}, {"kind": "fetching"}]},
    )
    kind: AedSaid
    text: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    at: Instant | None = None
    fetch_id: Identifier | None = None
    remaining_m: Annotated[int, Field(ge=0, le=20_000)] | None = None

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if self.kind not in _OF_FETCHING:
            given, others = ("fetch_id", "remaining_m"), "a report of what was seen"
        else:
            given, others = ("text", "at"), "fetching"
        wrong = [name for name in given if getattr(self, name) is not None]
        if wrong:
            raise PydanticCustomError(
                "conflict", "{field} does not go with {kind}", {"field": wrong[0], "kind": others}
            )
        if self.kind in {AedSaid.TAKEN, AedSaid.GIVEN_UP} and self.fetch_id is None:
            raise PydanticCustomError("missing", "fetch_id is needed", {})
        if self.fetch_id is not None and self.kind is AedSaid.FETCHING and self.remaining_m is None:
            raise PydanticCustomError("missing", "remaining_m is needed", {})
        return self


@router.get(
    "/aeds/reports",
    summary="Reported AEDs",
    response_model=ReportedAedsOut,
    responses=documented(401, 403, 422),
)
async def list_reported(
    request: Request,
    _: AnyStaff,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    after: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """For review: the devices that somebody reported, by id, each with its latest reports and their words."""
    service = service_of(request)
    reported = reported_devices(service.engine.world, service.catalogue, service.engine.clock.now())
    page = [device for device in reported if after is None or device["aed_id"] > after]
    return answer({"items": page[:limit], "next": page[limit - 1]["aed_id"] if len(page) > limit else None})


@router.post(
    "/aeds/{aed_id:path}/reports",
    status_code=201,
    summary="Report an AED",
    response_model=AedReportedOut,
    responses=documented(
        400,
        422,
        503,
        AED_NOT_FOUND,
        TOO_MANY_REQUESTS,
        Refusal.AED_BEING_FETCHED,
        Refusal.AED_FETCH_ENDED,
        Refusal.IDEMPOTENCY_KEY_REUSED,
    ),
    dependencies=[Depends(reports_limited)],
)
@public
async def report_aed(request: Request, aed_id: str, body: AedReportIn) -> Response:
    """Say that an AED is missing, used, locked, moved, or works: shown as unverified until staff have looked into it. Or that one is
    fetching it: nobody else is sent there meanwhile. Where somebody is, is never asked.
    """
    service = service_of(request)
    now = service.engine.clock.now()
    if body.kind in _OF_FETCHING:
        return await _about_fetching(request, aed_id, body)
    seen_at = body.at or now

    def check() -> None:
        check_listed(request, aed_id)
        _check_seen(seen_at, now)

    kind = AedReportKind(body.kind)
    command = cmd.ReportAed(aed_id=aed_id, kind=kind, seen_at=seen_at, text=body.text)
    said = report_wire(kind, seen_at, now)

    def reported(_: Committed) -> dict[str, object]:
        return {"aed_id": aed_id, "report": said, "fetch": None, **REPORTED}

    return await carry_out(request, command, PUBLIC, reported, status=201, check=check)


async def _about_fetching(request: Request, aed_id: str, body: AedReportIn) -> Response:
    """Who set out for a device that the registry has lost since goes on and is heard."""
    return await carry_out(
        request,
        _fetch_command(aed_id, body),
        PUBLIC,
        partial(_fetched, request, aed_id),
        status=201,
        check=partial(check_listed, request, aed_id) if body.fetch_id is None else None,
    )


def _fetch_command(aed_id: str, body: AedReportIn) -> cmd.Command:
    if body.fetch_id is None:
        return FetchAed(aed_id=aed_id, remaining_m=body.remaining_m)
    fetch_id = AedFetchId(body.fetch_id)
    if body.kind is AedSaid.FETCHING:
        assert body.remaining_m is not None
        return MoveAedFetch(aed_id=aed_id, fetch_id=fetch_id, remaining_m=body.remaining_m)
    outcome = FetchOutcome.TAKEN if body.kind is AedSaid.TAKEN else FetchOutcome.GIVEN_UP
    return EndAedFetch(aed_id=aed_id, fetch_id=fetch_id, outcome=outcome)


def _fetched(request: Request, aed_id: str, committed: Committed) -> dict[str, object]:
    rules, fetch = service_of(request).engine.conduct.rules, committed.world.aed_fetches.get(aed_id)
    if fetch is None:
        return {"aed_id": aed_id, "report": None, "fetch": None, **FETCH_ENDED}
    until = fetch.free_at(rules.aed_fetch_stalls_after_s, rules.aed_fetch_longest_s)
    kept = {"fetch_id": fetch.fetch_id, "reserved_until": until, "remaining_m": fetch.remaining_m}
    return {"aed_id": aed_id, "report": None, "fetch": kept, **FETCHING}


def check_listed(request: Request, aed_id: str) -> None:
    """404 for a device that the catalogue does not list."""
    if aed_id not in city_maps_of(request).catalogue.aeds_by_id:
        raise ProblemError(*AED_NOT_FOUND)


def _check_seen(at: datetime, now: datetime) -> None:
    """When the reporter was there: not in the future, nor so long ago that it says nothing any more."""
    if at > now:
        raise invalid_field("/at", "in_future", "所见时间不能在将来", "nobody can have been there in the future")
    if now - at > REPORT_FRESH_FOR:
        raise invalid_field("/at", "too_old", "只收一周内的所见", "what was seen more than a week ago is not taken")
