"""The data of the devices, exchanged while the service runs: what is kept, what would change, the order, and the way back.

A file becomes a version beside those that are there; nothing is in force until somebody who has seen the difference orders it.
"""

from datetime import date, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field, StringConstraints

from dispatch.api.access import Keeping
from dispatch.api.answers import answer, carry_out
from dispatch.api.problems import DATUM_REQUIRED, Kind, ProblemError, documented
from dispatch.api.wire_in import Strict, Text, example
from dispatch.api.wire_out import Open
from dispatch.api.wiring import AedData, Service, service_of
from dispatch.domain.commands_aeds import AdoptAedData
from dispatch.domain.rejections import Refusal
from dispatch.domain.world import World
from maps_data.imported import OWN
from maps_data.importers.aed_diff import Diff
from maps_data.importers.aed_formats import AedFormat
from maps_data.tables import DataError
from routing.datum import Datum

router = APIRouter(prefix="/api/v1/aed-data", tags=["aeds"])

MOST_LISTED: Final = 100
"""Of each kind of change; the whole is in the numbers. A choice of ours, as much as a person reads."""
UNUSABLE: Final[Kind] = (
    422,
    "aed_data_unusable",
    "这份 AED 数据不能用,未做任何更改",
    "This AED data cannot be used; nothing was changed",
)
REMOVES_MANY: Final[Kind] = (
    409,
    "aed_data_removes_many",
    "将移除很多设备,数据可能不完整;确认无误请注明 allow_removals",
    "Many devices would be gone, as if the data were incomplete; say allow_removals if it is right",
)
NOT_KEPT_HERE: Final[Kind] = (409, "no_aed_data", "本服务不更换 AED 数据", "This service exchanges no AED data")

Version = Annotated[str, StringConstraints(pattern=rf"^([0-9a-f]{{12}}|{OWN})$")]
VersionAsked = Annotated[
    str,
    Query(
        pattern=rf"^([0-9a-f]{{12}}|{OWN})$", description=f"版本,{OWN} 为城市自带。 A version; {OWN}: the city's own."
    ),
]


class OrderIn(Strict):
    """`version`: one of those kept, or `own` for the city's own devices. `instead_of`: the `seq` of the order that one has seen in
    force, 0 where there was none.
    """

    model_config = example({"version": OWN, "reason": "新登记表有误", "instead_of": 0, "allow_removals": True})
    version: Version
    reason: Text
    instead_of: int = Field(ge=0)
    allow_removals: bool = False


class RegistryOut(Open):
    text_zh: str
    text_en: str


class KeptOut(Open):
    """`valid_from` is the day of the latest registry in it."""

    version: str
    valid_from: date
    written_at: datetime
    registries: list[RegistryOut]


class OrderOut(Open):
    seq: int
    version: str
    set_at: datetime
    set_by: str
    reason: str


class GoneOut(Open):
    """A device that the data does not have any more and of which something is known."""

    aed_id: str
    n_reports: int
    is_being_fetched: bool
    is_withdrawn: bool


class AedDataOut(Open):
    """`version` is what this process knows; `order` what the journal says, null where nobody has ordered anything. Where they differ
    and it `is_missing`, the version is not whole on this machine.
    """

    version: str
    data_version: str
    n_devices: int
    is_missing: bool
    order: OrderOut | None
    items: list[KeptOut]
    gone: list[GoneOut]


class MovedOut(Open):
    aed_id: str
    distance_m: float


class ChangeOut(Open):
    aed_id: str
    column: str
    before: str
    after: str


class DiffOut(Open):
    """What changes from the devices that are known here; of each kind the first 100 are listed."""

    version: str
    instead_of_version: str
    n_added: int
    n_removed: int
    n_changed: int
    n_moved: int
    n_unchanged: int
    removes_many: bool
    added: list[str]
    removed: list[str]
    moved: list[MovedOut]
    changes: list[ChangeOut]


class RejectedOut(Open):
    row: int
    reasons: list[str]


class TakenOut(DiffOut):
    """A version made of a file, in force nowhere yet, and what it would change. `rejected` rows could not be used: the first 100."""

    n_imported: int
    n_merged: int
    n_repeated: int
    n_hours_unreadable: int
    n_rejected: int
    rejected: list[RejectedOut]


@router.get(
    "", summary="AED data in force and kept", response_model=AedDataOut, responses=documented(401, 403, NOT_KEPT_HERE)
)
async def get_aed_data(request: Request, _: Keeping) -> Response:
    """Which devices are known and by whose order, the versions that there are to go to, and what is known of devices that are gone."""
    service = service_of(request)
    return answer(await _aed_data(service, service.engine.world))


@router.get(
    "/difference",
    summary="What a version would change",
    response_model=DiffOut,
    responses=documented(401, 403, 422, NOT_KEPT_HERE, UNUSABLE),
)
async def get_difference(request: Request, _: Keeping, to: VersionAsked) -> Response:
    """What would be added, removed, moved by more than 10 m and otherwise changed, if this version were ordered now."""
    return answer(await _difference(_data_of(service_of(request)), to))


@router.post(
    "/versions",
    status_code=201,
    summary="Take in a registry",
    response_model=TakenOut,
    responses=documented(401, 403, 413, 422, 503, DATUM_REQUIRED, NOT_KEPT_HERE, UNUSABLE),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def take_registry(
    request: Request,
    _: Keeping,
    name: Annotated[str, Query(min_length=1, max_length=200, examples=["aeds.csv"])],
    file_format: Annotated[AedFormat, Query(alias="format")],
    datum: Datum,
    source: Annotated[str | None, Query(min_length=1, max_length=100)] = None,
    dated: date | None = None,
) -> Response:
    """The body is the file, as it is or packed by gzip. Nothing is in force by this; the answer says what would change.

    With a `source` the file replaces only what that registry said and is merged with the others, without one it is all devices.
    """
    data = _data_of(service_of(request))
    content = await request.body()
    try:
        taken = await data.take(content, name=name, kind=file_format, datum=datum, registry=source, dated=dated)
    except DataError as error:
        raise _unusable(error) from None
    rejected = [{"row": one.row.number, "reasons": list(one.reasons)} for one in taken.rejected[:MOST_LISTED]]
    counts = {name: getattr(taken, name) for name in ("n_imported", "n_merged", "n_repeated", "n_hours_unreadable")}
    wire = {**await _difference(data, taken.version), **counts, "n_rejected": len(taken.rejected), "rejected": rejected}
    return answer(wire, 201)


@router.post(
    "/order",
    summary="Put a version in force",
    response_model=OrderOut,
    responses=documented(
        *(400, 401, 403, 422, 503, NOT_KEPT_HERE, UNUSABLE, REMOVES_MANY),
        *(Refusal.AED_DATA_CHANGED, Refusal.IDEMPOTENCY_KEY_REUSED),
    ),
)
async def order_aed_data(request: Request, body: OrderIn, user: Keeping) -> Response:
    """In force at once here, and in every other process as soon as it has read it; the same way leads back to any version kept.

    What is known of devices that remain stays. 409 when somebody else has exchanged the data meanwhile: `context` names what stands.
    """
    data, version = _data_of(service_of(request)), _version(body.version)
    async with data.exchanging:
        try:
            if not body.allow_removals and (await data.difference(version)).removes_many:
                raise ProblemError(*REMOVES_MANY)
            data_version = await data.prepare(version)
        except DataError as error:
            raise _unusable(error) from None
        command = AdoptAedData(
            version=version, data_version=data_version, reason=body.reason, instead_of=body.instead_of
        )
        done = await carry_out(request, command, user, lambda committed: _order(committed.world) or {})
        await data.point()
        return done


def _data_of(service: Service) -> AedData:
    if service.aed_data is None:
        raise ProblemError(*NOT_KEPT_HERE)
    return service.aed_data


def _version(named: str) -> str | None:
    return None if named == OWN else named


def _unusable(error: DataError) -> ProblemError:
    status, code, *_ = UNUSABLE
    return ProblemError(status, code, error.zh, error.en)


async def _aed_data(service: Service, world: World) -> dict[str, Any]:
    data = _data_of(service)
    kept = await data.kept()
    maps = service.maps
    return {
        "version": data.version or OWN,
        "data_version": maps.catalogue.data_version,
        "n_devices": len(maps.aeds),
        "is_missing": data.is_missing,
        "order": _order(world),
        "items": [
            {
                "version": one.version,
                "valid_from": one.valid_from,
                "written_at": one.written_at,
                "registries": [{"text_zh": zh, "text_en": en} for zh, en in one.registries],
            }
            for one in kept
        ],
        "gone": [_gone(world, aed_id) for aed_id in sorted(_heard_of(world) - maps.catalogue.aeds_by_id.keys())],
    }


def _order(world: World) -> dict[str, Any] | None:
    order = world.aed_data
    if order is None:
        return None
    said = {"set_at": order.set_at, "set_by": order.set_by, "reason": order.reason}
    return {"seq": order.seq, "version": order.version or OWN, **said}


def _heard_of(world: World) -> set[str]:
    """Devices of which something is known beyond the registry."""
    return {*world.aed_reports, *world.aed_fetches, *world.aed_conditions}


def _gone(world: World, aed_id: str) -> dict[str, Any]:
    condition = world.aed_conditions.get(aed_id)
    return {
        "aed_id": aed_id,
        "n_reports": len(world.aed_reports.get(aed_id, ())),
        "is_being_fetched": aed_id in world.aed_fetches,
        "is_withdrawn": condition is not None and condition.is_withdrawn,
    }


async def _difference(data: AedData, to: str) -> dict[str, Any]:
    before = data.version
    try:
        diff = await data.difference(_version(to))
    except DataError as error:
        raise _unusable(error) from None
    return {"version": to, "instead_of_version": before or OWN, **_diff(diff)}


def _diff(diff: Diff) -> dict[str, Any]:
    moved = [{"aed_id": aed_id, "distance_m": round(far_m, 1)} for aed_id, far_m in diff.moved_m.items()]
    changes = [
        {"aed_id": one.aed_id, "column": one.column, "before": one.before, "after": one.after}
        for one in diff.changes[:MOST_LISTED]
    ]
    return {
        "n_added": len(diff.added),
        "n_removed": len(diff.removed),
        "n_changed": len(diff.changed),
        "n_moved": len(moved),
        "n_unchanged": diff.n_unchanged,
        "removes_many": diff.removes_many,
        "added": list(diff.added[:MOST_LISTED]),
        "removed": list(diff.removed[:MOST_LISTED]),
        "moved": moved[:MOST_LISTED],
        "changes": changes,
    }
