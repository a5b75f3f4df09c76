"""Ports: what the engine needs from outside. Adapters implement them; drills and tests bring others."""

from collections.abc import Awaitable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from dispatch.domain.events import Recorded
from dispatch.domain.ids import IncidentId, NoticeId, UnitId
from dispatch.domain.post import PostRecord
from dispatch.domain.records import PeerOutcome, RecordQuery, RecordSummary
from dispatch.domain.roads import TravelTimesInForce
from dispatch.domain.unit import Fix
from dispatch.domain.world import World
from dispatch.pipeline.arrest_plan import Device
from routing.geo import BoolArray, FloatArray, Wgs84
from routing.optimise.maximal_covering import Covering
from routing.travel_time.port import Route, Trajectory, TravelTimes


class Clock(Protocol):
    """Where instants come from: the system, a paced drill or a virtual one."""

    def now(self) -> datetime:
        """The current instant, aware, UTC."""
        ...

    async def wait_until(self, at: datetime) -> None:
        """Return at `at` (at once when it has passed). Cancelling the wait is safe."""
        ...


class Positions(Protocol):
    """The latest fix of every unit that has reported one."""

    def fixes(self) -> Mapping[UnitId, Fix]: ...


class Places(Protocol):
    """Where volunteers have said that they are, as centres of coarse cells; in memory only."""

    def fresh(self, now: datetime) -> Mapping[UnitId, Wgs84]:
        """Of those who have said so lately."""
        ...


class AedsNear(Protocol):
    """The defibrillators near a patient, those that cannot be had among them."""

    def near(self, world: World, point: Wgs84, at: datetime) -> Sequence[Device]:
        """The soonest first; quick enough for the loop."""
        ...


class Travel(Protocol):
    """Travel times by road; the questions of `TravelTimeProvider`, asked without blocking the loop. Answers may take a while."""

    @property
    def in_force(self) -> TravelTimesInForce:
        """Where answers come from now, and what is amiss with them."""
        ...

    async def many_to_many(
        self,
        lat_deg: FloatArray,
        lon_deg: FloatArray,
        to_lat_deg: FloatArray,
        to_lon_deg: FloatArray,
        *,
        departing_at: datetime,
    ) -> TravelTimes:
        """Legs from each of n origins to each of m destinations, arrays [n, m]."""
        ...

    async def earliest_s(
        self,
        lat_deg: FloatArray,
        lon_deg: FloatArray,
        to_lat_deg: FloatArray,
        to_lon_deg: FloatArray,
        *,
        departing_at: datetime,
    ) -> FloatArray:
        """When the first of n origins, all setting out at once, reaches each of m destinations: seconds [m]."""
        ...

    async def route(self, origin: Wgs84, destination: Wgs84, *, departing_at: datetime) -> Route | None:
        """The fastest way, to be drawn; None where there is none."""
        ...

    async def trajectory(self, origin: Wgs84, destination: Wgs84, *, departing_at: datetime) -> Trajectory | None:
        """The fastest way, to be driven; None where there is none."""
        ...


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class PostReach:
    """What a unit at each of n posts reaches of the demand, and the drives between posts: float64[n, n].

    `is_remote` bool[n] marks posts near to few and far from all others: nobody else would come to those few in time.
    """

    covering: Covering
    is_remote: BoolArray
    drive_s: FloatArray
    distance_m: FloatArray


class PostCoverage(Protocol):
    """What posts reach, computed beforehand or once and then kept."""

    async def at(self, posts: tuple[PostRecord, ...], now: datetime) -> PostReach:
        """At the hour of `now`; posts in the order given."""
        ...


class RecordsPeer(Protocol):
    """Another system that holds health records and takes patients over. Absent unless set; its failures are outcomes."""

    async def summary(self, query: RecordQuery) -> tuple[PeerOutcome, RecordSummary | None]:
        """The summary of one patient's record; None with every outcome but `answered`."""
        ...

    async def deliver(self, bundle: dict[str, Any], notice_id: NoticeId) -> PeerOutcome:
        """Hand a bundle over, perhaps not for the first time: `notice_id` is how the other system can tell."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What was answered to a request with an idempotency key; kept as long as the journal.

    `request_digest` is the SHA-256 of method, path and body: the same key with another digest is refused.
    """

    key: str
    request_digest: bytes
    status: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one command appends: all of it or nothing. `entries` are dense and start right after the journal's head."""

    entries: tuple[Recorded, ...]
    reply: Reply | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """An awaitable of a journal that has answered at once; needs no event loop."""

    failure: Exception | None = None

    def __await__(self) -> Generator[None, None, None]:
        if self.failure is not None:
            raise self.failure
        yield from ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A world saved at `world.seq`, to shorten recovery. Losing it costs time, never data."""

    world: World


class Journal(Protocol):
    """Append-only, one total order, hash-chained. One writer; any number of readers."""

    def append(self, batch: Batch) -> Awaitable[None]:
        """Queue `batch` behind all earlier ones; the awaitable resolves once it is durable.

        Raises (from the awaitable) `JournalConflict` when the head is not `batch.entries[0].seq - 1`, `DependencyFailed` when the
        store fails; batches queued behind a failed one fail too.
        """
        ...

    async def reply_to(self, key: str) -> Reply | None:
        """The committed reply under this idempotency key."""
        ...

    def read(self, *, after: int = 0, limit: int | None = None) -> Iterable[Recorded]:
        """Committed events with `seq > after`, in order."""
        ...

    def read_incident(self, incident_id: IncidentId) -> Sequence[Recorded]:
        """All committed events that name this incident, in order."""
        ...

    def save_snapshot(self, snapshot: Snapshot) -> Awaitable[None]:
        """Keep a snapshot of a committed world, in order with the appends."""
        ...

    def latest_snapshot(self) -> Snapshot | None:
        """The newest snapshot that this version of the program can read."""
        ...

    @property
    def head_seq(self) -> int:
        """`seq` of the last committed event, 0 when there is none."""
        ...

    @property
    def head_hash(self) -> bytes:
        """Chain hash (SHA-256, 32 bytes) of the last committed event; 32 zero bytes when there is none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Where the process that writes answers the others, and the word by which it knows them."""

    address: str
    secret: str


class SharedJournal(Journal, Protocol):
    """A journal that several processes have open: one writes, the others follow. The methods here block; call them from threads."""

    @property
    def is_held(self) -> bool:
        """Whether this process writes, as far as it knows."""
        ...

    def take(self) -> bool:
        """Become the writer if there is none, or none that lives. `DependencyFailed` when the store does not answer."""
        ...

    def release(self) -> None:
        """Commit what is queued and let another process write."""
        ...

    def current_writer(self) -> Writer | None:
        """Who writes now; None while nobody does. `DependencyFailed` when the store does not answer."""
        ...


class DependencyFailed(Exception):
    """Something outside did not answer; degrade, record it and go on."""


class JournalConflict(Exception):
    """Another writer has appended: this one must stop."""
