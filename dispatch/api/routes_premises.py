"""Warnings of premises: entered at the desk with a reason and an end, shown to whoever takes a call from there and whoever is sent."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Self

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from dispatch.api import intake
from dispatch.api.access import ControlRoom, Requires, Role, User
from dispatch.api.answers import answer, carry_out
from dispatch.api.problems import DATUM_REQUIRED, documented, invalid_field
from dispatch.api.wire_in import Instant, LocationIn, ReasonIn, ShortText, Strict, Text
from dispatch.api.wire_out import Open, Page
from dispatch.api.wiring import Service, service_of
from dispatch.domain.commands_premises import EndPremisesWarning, ReviewPremisesWarning, WarnOfPremises
from dispatch.domain.events_premises import PremisesWarned
from dispatch.domain.ids import IncidentId, WarningId
from dispatch.domain.incident import Location
from dispatch.domain.premises import EXACT_M, PremisesKind
from dispatch.domain.rejections import Refusal
from dispatch.engine.commits import Committed
from dispatch.projections.premises import premises_wire

router = APIRouter(prefix="/api/v1", tags=["premises"])
Reviewing = Annotated[User, Depends(Requires(frozenset({Role.SUPERVISOR})))]
Limit = Annotated[int, Query(ge=1, le=1000)]

LONGEST: Final = timedelta(days=366)
"""Then somebody has to look again: people move, dogs die, lifts are replaced. A choice of ours."""


class PremisesIn(Strict):
    """Where: `location`, to a hundred metres at least, `address_text`, both, or the place of an incident."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "kind": "dog",
                    "text": "院内有大型犬,先打电话请户主拴好",
                    "location": {"lat": 22.5431, "lon": 114.0579, "datum": "wgs84", "accuracy_m": 10},
                    "address_text": "福田区福中路 5 号",
                    "reason": "2026-11-20 车组被咬",
                    "expires_at": "2027-05-22T00:00:00+08:00",
                }
            ]
        },
    )
    kind: PremisesKind
    text: Text
    location: LocationIn | None = None
    address_text: ShortText | None = None
    incident_id: ShortText | None = None
    reason: Text
    expires_at: Instant

    @model_validator(mode="after")
    def _has_place(self) -> Self:
        if self.location is None and self.address_text is None and self.incident_id is None:
            raise PydanticCustomError("missing", "a location, an address text or an incident is needed")
        return self


class ReviewIn(Strict):
    """Why it still holds, and until when."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"reason": "电话核实,狗还在", "expires_at": "2027-05-22T00:00:00+08:00"}]},
    )
    reason: Text
    expires_at: Instant


class PremisesOut(Open):
    warning_id: str
    kind: PremisesKind
    text: str
    location: dict[str, Any] | None
    address_text: str | None
    reason: str
    entered_at: datetime
    entered_by: str
    reviewed_at: datetime | None
    reviewed_by: str | None
    expires_at: datetime


class PremisesListOut(Page):
    items: list[PremisesOut]


@router.get(
    "/premises", summary="Warnings of premises", response_model=PremisesListOut, responses=documented(401, 403, 422)
)
async def list_warnings(request: Request, _: ControlRoom, limit: Limit = 200, after: str | None = None) -> Response:
    """All that stand, by id."""
    premises = service_of(request).engine.world.premises
    page = [warning_id for warning_id in sorted(premises) if after is None or warning_id > after]
    items = [premises_wire(premises[warning_id]) for warning_id in page[:limit]]
    return answer({"items": items, "next": page[limit - 1] if len(page) > limit else None}, headers=_PRIVATE)


_PRIVATE: Final = {"Cache-Control": "private, no-store"}


class PlaceIn(Strict):
    """Where the caller says that they are, as far as it is known yet."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"address_text": "福田区福中路 5 号"}]},
    )
    location: LocationIn | None = None
    address_text: ShortText | None = None


@router.post(
    "/premises/at",
    summary="Warnings where a call comes from",
    response_model=PremisesListOut,
    responses=documented(400, 401, 403, 422, DATUM_REQUIRED),
)
async def warnings_at(request: Request, body: PlaceIn, _: ControlRoom) -> Response:
    """Those within 30 m, or by the text of the address, while the call is still being taken. A POST, so that no address stands in a
    log of requests."""
    location = None if body.location is None else intake.location_of(body.location, None, service_of(request).gazetteer)
    found = service_of(request).engine.world.premises_at(location, body.address_text)
    return answer({"items": [premises_wire(warning) for warning in found], "next": None}, headers=_PRIVATE)


@router.post(
    "/premises",
    status_code=201,
    summary="Warn of premises",
    response_model=PremisesOut,
    responses=documented(
        *(400, 401, 403, 422, 503, DATUM_REQUIRED),
        *(Refusal.INCIDENT_NOT_FOUND, Refusal.IDEMPOTENCY_KEY_REUSED),
    ),
)
async def warn(request: Request, body: PremisesIn, user: ControlRoom) -> Response:
    """From now on the desk is told while it takes a call from there, and the crew with its order; hospitals and the public are not."""
    service = service_of(request)
    location, address_text = _place(service, body)
    command = WarnOfPremises(
        kind=body.kind,
        text=body.text,
        reason=body.reason,
        expires_at=body.expires_at,
        location=location,
        address_text=address_text,
    )
    return await carry_out(
        request, command, user, _warned, status=201, check=lambda: _require_end(service, body.expires_at)
    )


@router.post(
    "/premises/{warning_id}/review",
    summary="Find that a warning still holds",
    response_model=PremisesOut,
    responses=documented(400, 401, 403, 422, 503, Refusal.WARNING_NOT_FOUND, Refusal.IDEMPOTENCY_KEY_REUSED),
)
async def review(request: Request, warning_id: str, body: ReviewIn, user: Reviewing) -> Response:
    """By a supervisor, with a reason and a new end."""
    service = service_of(request)
    command = ReviewPremisesWarning(warning_id=WarningId(warning_id), reason=body.reason, expires_at=body.expires_at)
    return await carry_out(
        request, command, user, _of(warning_id), check=lambda: _require_end(service, body.expires_at)
    )


@router.post(
    "/premises/{warning_id}/end",
    summary="End a warning",
    response_model=PremisesOut,
    responses=documented(400, 401, 403, 422, 503, Refusal.WARNING_NOT_FOUND, Refusal.IDEMPOTENCY_KEY_REUSED),
)
async def end(request: Request, warning_id: str, body: ReasonIn, user: ControlRoom) -> Response:
    """It does not hold, or no longer; nobody is told any more. The answer is the warning as it was."""
    command = EndPremisesWarning(warning_id=WarningId(warning_id), reason=body.reason)
    return await carry_out(
        request, command, user, lambda committed: premises_wire(committed.before.premises[WarningId(warning_id)])
    )


def _place(service: Service, body: PremisesIn) -> tuple[Location | None, str | None]:
    """Where it holds. A point that is not exact enough would warn of the neighbours, and is refused where nothing else is said."""
    location, address_text = None, body.address_text
    if body.incident_id is not None:
        incident = service.engine.world.incident(IncidentId(body.incident_id))
        location, address_text = incident.location, address_text or incident.address_text
    if body.location is not None:
        location = intake.location_of(body.location, None, service.gazetteer)
    if location is not None and location.accuracy_m > EXACT_M:
        location = None
    if location is None and address_text is None:
        zh, en = "位置须准确到 100 米以内,或写明地址", "must be exact to 100 m, or an address text be given"
        raise invalid_field("/location", "inexact", zh, en)
    return location, address_text


def _require_end(service: Service, expires_at: datetime) -> None:
    now = service.engine.clock.now()
    if expires_at <= now:
        raise invalid_field("/expires_at", "in_past", "须在将来", "must lie in the future")
    if expires_at - now > LONGEST:
        raise invalid_field("/expires_at", "too_late", "最长一年,到期复核", "within a year; then it is looked at again")


def _warned(committed: Committed) -> dict[str, Any]:
    made = [recorded.event for recorded in committed.entries]
    warned = next(event for event in made if isinstance(event, PremisesWarned))
    return premises_wire(committed.world.premises[warned.warning_id])


def _of(warning_id: str) -> Callable[[Committed], dict[str, Any]]:
    return lambda committed: premises_wire(committed.world.premises[WarningId(warning_id)])
