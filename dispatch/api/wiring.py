"""What the routes are given: one object, put together by the composition root and carried by the application."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol, cast

from fastapi import Request
from starlette.requests import HTTPConnection

from dispatch import trail
from dispatch.api.hub import Condition, Hub
from dispatch.api.map_layers import CityMaps
from dispatch.api.viewers import Viewers
from dispatch.domain.accounts import User
from dispatch.domain.commands import Command
from dispatch.domain.ids import IncidentId, TrafficId, UnitId
from dispatch.domain.roads import Traffic
from dispatch.domain.sign_on import Identity, Turn
from dispatch.domain.unit import FIX_UNUSABLE_AFTER_S, Fix
from dispatch.engine.arrest import Arrests
from dispatch.engine.clocks import SystemClock
from dispatch.engine.engine import Engine
from dispatch.engine.ports import Clock, Journal, Places, Positions, RecordsPeer, Travel
from dispatch.engine.seat import Seat
from maps_data.aed_trip import Footways
from maps_data.catalogue import Catalogue
from maps_data.demand_file import Demand
from maps_data.importers.aed_diff import Diff
from maps_data.importers.aed_formats import AedFormat
from maps_data.importers.aed_versions import Kept, Taken
from maps_data.landmarks import Gazetteer
from routing.cells import Cell
from routing.datum import Datum

STEP_SAID_S = 2.0  # clocks of machines that are kept right differ by milliseconds; a choice of ours


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
    async def take(self, bucket: str, *, per_s: float, burst: float) -> float | None: ...


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
    def sign_on(self, identity: Identity, now: datetime) -> str | None: ...
    def user_of(self, secret: str, now: datetime) -> User | None: ...
    def sign_out(self, secret: str) -> None: ...


class SignOn(Protocol):
    """An identity provider. `DependencyFailed` when it does not answer, `SignOnRefused` when nobody is signed on."""

    async def begin(self, now: datetime) -> tuple[str, Turn]: ...
    async def finish(self, code: str, turn: Turn, now: datetime) -> Identity: ...


class Vault(Protocol):
    """What seals personal data."""

    @property
    def has_missing_keys(self) -> bool: ...


class Pictures(Protocol):
    """Keeps photographs of findings, sealed. The methods block."""

    def put(self, incident_id: IncidentId, picture_id: str, jpeg: bytes) -> None: ...
    def get(self, incident_id: IncidentId, picture_id: str) -> bytes | None: ...


class Traces(Protocol):
    """Where steps of work are told, beside the log."""

    @property
    def is_undelivered(self) -> bool: ...


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


class AedData(Protocol):
    """The versions of the devices that this machine keeps, and the one that this process knows. DataError for a version that is not
    there or not whole, and for a file that cannot be used.
    """

    @property
    def version(self) -> str | None: ...
    @property
    def is_missing(self) -> bool: ...
    @property
    def exchanging(self) -> asyncio.Lock: ...
    async def kept(self) -> Sequence[Kept]: ...
    async def texts(self, version: str) -> dict[str, str]: ...
    async def difference(self, to: str | None) -> Diff: ...
    async def take(
        self, content: bytes, *, name: str, kind: AedFormat, datum: Datum, registry: str | None, dated: date | None
    ) -> Taken: ...
    async def prepare(self, version: str | None) -> str: ...
    async def point(self) -> None: ...


class Injected(Protocol):
    """Something that a trainer has put into a drill."""

    @property
    def number(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def actor(self) -> str: ...
    @property
    def planned_at(self) -> datetime: ...
    @property
    def due_at(self) -> datetime: ...
    @property
    def n_commands(self) -> int: ...
    @property
    def n_done(self) -> int: ...
    @property
    def n_refused(self) -> int: ...
    @property
    def refused(self) -> str | None: ...


class LedDrill(Protocol):
    """A drill in a trainer's hand. What it takes no more, because it has ended, is refused (`drill_ended`)."""

    @property
    def phase(self) -> str: ...
    @property
    def speed(self) -> float: ...
    @property
    def is_moving(self) -> bool: ...
    @property
    def pace(self) -> float: ...
    @property
    def started_at(self) -> datetime: ...
    @property
    def calls_to_come(self) -> int: ...
    @property
    def injections(self) -> Sequence[Injected]: ...
    @property
    def report(self) -> Mapping[str, Any] | None: ...
    @property
    def report_page(self) -> str | None: ...

    def go(self) -> None: ...
    def pause(self) -> None: ...
    def step(self, by: timedelta | None) -> None: ...
    def set_speed(self, speed: float) -> None: ...
    def end(self) -> None: ...
    def inject(self, kind: str, subject: str, orders: Sequence[tuple[datetime, Command]], actor: str) -> Injected: ...
    def surge(self, n_calls: int, within_s: float, actor: str) -> Injected: ...


@dataclass(slots=True, kw_only=True)
class Service:
    """`seat`: this process's place among several on one journal, None where there is only this one; `peer_secret` is the word by
    which the others know it; `link` binds them together, if one is set. `roads`: the road network, if there is one;
    `footways`: its ways on foot, if it has any. `allowed_origins`: of pages on other hosts that may open the stream.
    `demand`: where calls are expected from, if a file says so. `led` is the drill that is played here; then `machine_clock`
    is the clock of the machine, which is the engine's own elsewhere. `maps` is another object once other AEDs are in force:
    whoever answers takes it once, and so never mixes two of them.
    """

    engine: Engine
    journal: Journal
    positions: PositionReports
    places: PlaceReports
    arrests: Arrests
    travel: Travel
    maps: CityMaps
    gazetteer: Gazetteer
    hub: Hub
    is_development: bool
    roads: Roads | None = None
    footways: Footways | None = None
    floor: SimulatedFloor | None = None
    led: LedDrill | None = None
    machine_clock: Clock | None = None
    records: RecordsPeer | None = None
    accounts: Accounts | None = None
    sign_on: SignOn | None = None
    vault: Vault | None = None
    pictures: Pictures | None = None
    reads: Reads | None = None
    traces: Traces | None = None
    durations: trail.Durations = field(default_factory=trail.Durations)
    viewers: Viewers = field(default_factory=Viewers)
    seat: Seat | None = None
    peer_secret: str = ""
    link: Link | None = None
    allowed_origins: frozenset[str] = frozenset()
    aed_data: AedData | None = None
    demand: Demand | None = None
    is_stopping: bool = False

    @property
    def catalogue(self) -> Catalogue:
        """The city with the devices that are known now."""
        return self.maps.catalogue


def machine_now(service: Service) -> datetime:
    """The machine's time, for credentials, limits and the log of reads: a drill's may stand still or run ahead."""
    return (service.machine_clock or service.engine.clock).now()


def condition_of(service: Service) -> Condition:
    """What its heartbeats say of it."""
    led = service.led
    drill = None if led is None else {"phase": led.phase, "speed": led.speed, "pace": led.pace}
    return Condition(degraded_codes(service), drill)


def tell_condition(service: Service) -> None:
    """Queue a heartbeat for every console, at once."""
    service.hub.beat(service.engine.clock.now(), condition_of(service))


def city_maps_of(connection: HTTPConnection) -> CityMaps:
    """The city with the devices that are known now; to be asked for once by whoever answers."""
    return service_of(connection).maps


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
    if service.aed_data is not None and service.aed_data.is_missing:
        codes.append("aed_data_missing")
    if service.link is not None and not service.link.is_connected:
        codes.append("redis_unreachable")
    if service.vault is not None and service.vault.has_missing_keys:
        codes.append("keys_missing")
    clock = service.machine_clock or service.engine.clock
    if isinstance(clock, SystemClock) and abs(clock.stepped_s) > STEP_SAID_S:
        codes.append("clock_stepped")
    if _has_lost_positions(service):
        codes.append("positions_lost")
    return codes if takes_commands(service) else [*codes, "not_ready"]


def _has_lost_positions(service: Service) -> bool:
    """Whether more than half of the fleet has reported, and no longer does. Units that never have are taken to be at their bases."""
    usable_from = service.engine.clock.now() - timedelta(seconds=FIX_UNUSABLE_AFTER_S)
    old = sum(fix.fixed_at < usable_from for fix in service.positions.fixes().values())
    return 2 * old > len(service.catalogue.units)


def notice_codes(service: Service) -> list[str]:
    """What is worth knowing and degrades nothing, by the codes of `texts.NOTICES`."""
    return ["traces_unreachable"] if service.traces is not None and service.traces.is_undelivered else []
