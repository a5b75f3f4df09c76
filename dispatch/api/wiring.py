"""What the routes are given: one object, put together by the composition root and carried by the application."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, cast

from fastapi import Request
from starlette.requests import HTTPConnection

from dispatch.api.hub import Hub
from dispatch.domain.accounts import User
from dispatch.domain.ids import TrafficId, UnitId
from dispatch.domain.roads import Traffic
from dispatch.domain.unit import Fix
from dispatch.engine.arrest import Arrests
from dispatch.engine.engine import Engine
from dispatch.engine.ports import Journal, Places, Positions, RecordsPeer, Travel
from dispatch.engine.seat import Seat
from maps_data.aed_trip import Footways
from maps_data.catalogue import Catalogue
from maps_data.landmarks import Gazetteer
from routing.cells import Cell


class PositionReports(Positions, Protocol):
    """Positions that can be reported to."""

    def report(self, unit_id: UnitId, fix: Fix) -> bool: ...
    def drain_changed(self) -> dict[UnitId, Fix]: ...


class PlaceReports(Places, Protocol):
    """Volunteers' cells that can be reported and forgotten."""

    def report(self, unit_id: UnitId, cell: Cell, at: datetime) -> bool: ...
    def forget(self, unit_id: UnitId) -> None: ...


class SimulatedFloor(Protocol):
    """The simulated people of a development service: crews and hospitals that answer, and callers that can be turned up and down."""

    @property
    def demo_calls_per_hour(self) -> float: ...

    def set_demo_calls(self, per_hour: float) -> None: ...


class Link(Protocol):
    """What binds several processes together beside the journal."""

    @property
    def is_connected(self) -> bool: ...
    @property
    def present(self) -> tuple[str, ...]: ...
    def publish(self, fixes: Mapping[UnitId, Fix]) -> None: ...


class AppliedTraffic(Protocol):
    """What the travel times know of traffic."""

    @property
    def traffic(self) -> Mapping[TrafficId, Traffic]: ...
    @property
    def edges_changed(self) -> int: ...
    @property
    def applied_at(self) -> datetime: ...


class Roads(Protocol):
    """The road network that travel times come from, as far as traffic concerns it."""

    @property
    def source(self) -> str: ...
    @property
    def applied(self) -> AppliedTraffic | None: ...
    def unknown_ways(self, way_ids: Iterable[int]) -> frozenset[int]: ...


class Accounts(Protocol):
    """Who may sign in, and whose a session or token is. The methods block."""

    def sign_in(self, name: str, password: str, code: str | None, now: datetime) -> str | None: ...
    def user_of(self, secret: str, now: datetime) -> User | None: ...
    def sign_out(self, secret: str) -> None: ...


class Vault(Protocol):
    """What seals personal data."""

    @property
    def has_missing_keys(self) -> bool: ...


class Shown(Protocol):
    """One record of who was shown what is personal."""

    @property
    def number(self) -> int: ...


class Reads(Protocol):
    """Keeps who was shown what is personal. `note` neither blocks nor fails; `listed` blocks."""

    def note(
        self, user: str, roles: Collection[str], purpose: str, incident_ids: Collection[str], at: datetime
    ) -> None: ...
    def listed(self, *, after: int, limit: int, incident_id: str | None, user: str | None) -> Sequence[Shown]: ...


@dataclass(slots=True, kw_only=True)
class Service:
    """`seat`: this process's place among several on one journal, None where there is only this one; `peer_secret` is the word by which
    the others know it; `link` binds them together, if one is set. `roads`: the road network, if there is one; `footways`: its ways on
    foot, if it has any. `allowed_origins`: of pages on other hosts that may open the stream.
    """

    engine: Engine
    journal: Journal
    positions: PositionReports
    places: PlaceReports
    arrests: Arrests
    travel: Travel
    catalogue: Catalogue
    gazetteer: Gazetteer
    hub: Hub
    is_development: bool
    roads: Roads | None = None
    footways: Footways | None = None
    floor: SimulatedFloor | None = None
    records: RecordsPeer | None = None
    accounts: Accounts | None = None
    vault: Vault | None = None
    reads: Reads | None = None
    seat: Seat | None = None
    peer_secret: str = ""
    link: Link | None = None
    allowed_origins: frozenset[str] = frozenset()
    is_stopping: bool = False


def service_of(connection: HTTPConnection | Request) -> Service:
    return cast("Service", connection.app.state.service)


def takes_commands(service: Service) -> bool:
    """Recovered from the journal, which still answers, and not stopping."""
    has_ended = service.seat is not None and service.seat.has_ended
    return not (service.is_stopping or service.engine.failure is not None or has_ended)


def degraded_codes(service: Service) -> list[str]:
    """What is not as it should be here, by the codes of `texts.DEGRADATIONS`."""
    amiss, seat = service.travel.in_force.degradation, service.seat
    codes = [amiss.code] if amiss else []
    if seat is not None and seat.is_cut_off:
        codes.append("journal_unreachable")
    elif seat is not None and not seat.has_writer:
        codes.append("no_writer")
    if service.link is not None and not service.link.is_connected:
        codes.append("redis_unreachable")
    if service.vault is not None and service.vault.has_missing_keys:
        codes.append("keys_missing")
    return codes if takes_commands(service) else [*codes, "not_ready"]
