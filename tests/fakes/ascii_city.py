"""A city drawn in characters, its roads a grid, and nothing left to chance: scenarios that can be worked out by hand.

One character is one kilometre. A capital letter A to F is a base with one ALS unit (`U-A`), G to L is a hospital with a place on both
treatment maps, M to R one without, S to Z a kerbside post where people live; digits are callers. Units drive along the grid at 10 m/s,
so a kilometre takes 100 s.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import numpy as np

from dispatch.adapters.identifiers import Ulids, seeded_bytes
from dispatch.adapters.post_coverage import CoverageByCells
from dispatch.domain import events as ev
from dispatch.domain.commands import AdoptCatalogue, AdoptPosts
from dispatch.domain.events_posts import RelocationAdviceWithdrawn, RelocationAdvised, UnitRelocated
from dispatch.domain.hospital import Designation, HospitalRecord
from dispatch.domain.ids import HospitalId, Realm, UnitId
from dispatch.domain.post import PostKind, PostRecord, RelocationMode, RelocationRules
from dispatch.domain.roads import TravelTimesInForce
from dispatch.domain.rules import Rules
from dispatch.domain.unit import UnitRecord
from dispatch.domain.vocabulary import Complaint, Priority, UnitKind
from dispatch.domain.world import World
from dispatch.drills.call_log import CallLog, CallRole, LoggedCall, RecordClass
from dispatch.drills.draws import Draws
from dispatch.drills.movement import Movement, SimulatedPositions
from dispatch.drills.runner import Drill, Played, starts_at
from dispatch.engine.clocks import VirtualClock
from dispatch.engine.engine import Engine
from dispatch.engine.ports import Journal
from dispatch.pipeline.policies import POLICIES
from routing.geo import EARTH_RADIUS_M, FloatArray, Wgs84
from routing.travel_time.port import Grade, Route, Trajectory, TravelTimes
from tests.fakes.memory_journal import MemoryJournal

REALM = Realm("drill-test")
DAY = datetime(2026, 11, 30, tzinfo=UTC)
NORTH_WEST = Wgs84(lat_deg=22.6, lon_deg=114.0)
KM_NORTH_DEG = float(np.degrees(1e3 / EARTH_RADIUS_M))
KM_EAST_DEG = float(KM_NORTH_DEG / np.cos(np.radians(NORTH_WEST.lat_deg)))
SPEED_MPS = 10.0


class NoChance(Draws):
    """Every draw is its median."""

    def __init__(self) -> None:
        super().__init__(seed=0)

    def of(self, *names: str | int) -> Random:
        return _Median()


class _Median(Random):
    def gauss(self, mu: float = 0.0, sigma: float = 1.0) -> float:
        return mu

    def random(self) -> float:
        return 0.5


KERBSIDE = frozenset("STUVWXYZ")


class GridTravel:
    """Implements `dispatch.engine.ports.Travel` along the grid."""

    in_force = TravelTimesInForce(source="grid", grade=Grade.ESTIMATE)

    async def many_to_many(
        self,
        lat_deg: FloatArray,
        lon_deg: FloatArray,
        to_lat_deg: FloatArray,
        to_lon_deg: FloatArray,
        *,
        departing_at: datetime,
    ) -> TravelTimes:
        north_m = np.abs(lat_deg[:, None] - to_lat_deg[None, :]) / KM_NORTH_DEG * 1e3
        east_m = np.abs(lon_deg[:, None] - to_lon_deg[None, :]) / KM_EAST_DEG * 1e3
        distance_m = np.round(north_m + east_m)
        return TravelTimes(
            travel_time_s=distance_m / SPEED_MPS,
            distance_m=distance_m,
            source="grid",
            grade=Grade.ESTIMATE,
            relative_error=0.0,
            p90_factor=1.0,
        )

    async def earliest_s(
        self,
        lat_deg: FloatArray,
        lon_deg: FloatArray,
        to_lat_deg: FloatArray,
        to_lon_deg: FloatArray,
        *,
        departing_at: datetime,
    ) -> FloatArray:
        legs = await self.many_to_many(lat_deg, lon_deg, to_lat_deg, to_lon_deg, departing_at=departing_at)
        return np.min(legs.travel_time_s, axis=0, initial=np.inf)

    async def route(self, origin: Wgs84, destination: Wgs84, *, departing_at: datetime) -> Route | None:
        """Streets of the grid have no names and are not drawn."""
        return None

    async def trajectory(self, origin: Wgs84, destination: Wgs84, *, departing_at: datetime) -> Trajectory:
        """Slantwise through the blocks, in the time along their sides."""
        lat, lon = np.array([origin.lat_deg, destination.lat_deg]), np.array([origin.lon_deg, destination.lon_deg])
        leg = await self.many_to_many(lat[:1], lon[:1], lat[1:], lon[1:], departing_at=departing_at)
        time_s = np.array([0.0, float(leg.travel_time_s[0, 0])])
        return Trajectory(lat_deg=lat, lon_deg=lon, time_s=time_s, distance_m=float(leg.distance_m[0, 0]))


def places(drawing: str) -> dict[str, Wgs84]:
    """Where each character of the drawing stands; `.` is open ground."""
    rows = [row.split() for row in drawing.strip().splitlines()]
    return {
        name: Wgs84(lat_deg=NORTH_WEST.lat_deg - y * KM_NORTH_DEG, lon_deg=NORTH_WEST.lon_deg + x * KM_EAST_DEG)
        for y, row in enumerate(rows)
        for x, name in enumerate(row)
        if name != "."
    }


def roster(at: dict[str, Wgs84]) -> AdoptCatalogue:
    """The drawing's units and hospitals."""
    units = [
        UnitRecord(
            unit_id=UnitId(f"U-{name}"),
            call_sign=f"救{name}",
            kind=UnitKind.ALS,
            negative_pressure=False,
            home_station_id=name,
            home=point,
            record_class="simulated",
        )
        for name, point in at.items()
        if name in "ABCDEF"
    ]
    both = tuple(Designation(kind=kind, grade="inferred", evidence="drawn") for kind in ("stroke", "stemi"))
    hospitals = [
        HospitalRecord(
            hospital_id=HospitalId(name),
            name_zh=f"{name}医院",
            name_en=f"Hospital {name}",
            level_zh="三级甲等",
            point=point,
            coord_quality="poi",
            designations=both if name in "GHIJKL" else (),
        )
        for name, point in at.items()
        if name in "GHIJKLMNOPQR"
    ]
    return AdoptCatalogue(data_version="drawing", units=tuple(units), hospitals=tuple(hospitals))


def clock_time(text: str) -> datetime:
    """`08:00:00` on the day of the scenario."""
    return DAY + timedelta(
        seconds=sum(int(part) * unit for part, unit in zip(text.split(":"), (3600, 60, 1), strict=True))
    )


def caller(
    name: str,
    rings: str,
    point: Wgs84,
    complaint: Complaint = Complaint.ABDOMINAL,
    priority: Priority | None = Priority.YELLOW,
    *,
    on_scene_s: float = 600.0,
    hospital_s: float = 1200.0,
    is_transported: bool | None = True,
    **changes: object,
) -> LoggedCall:
    """A row of the log; `changes` are its other fields."""
    fields: dict[str, object] = {
        "role": CallRole.CALL,
        "record_class": RecordClass.INJECTED_SYNTHETIC,
        "entered_at": None,
        "accuracy_m": 10.0,
        "address_text": None,
        "determinant": None,
        "age_years": 50,
        "sex": None,
        "n_patients": 1,
        "triage_tag": None,
        "field_impression": None,
        "mci_id": None,
        "duplicate_of": None,
        "is_ambulance_needed": True,
    }
    return LoggedCall(
        call_id=name,
        received_at=clock_time(rings),
        point=point,
        complaint=complaint,
        priority=priority,
        is_transported=is_transported,
        on_scene_s=on_scene_s,
        hospital_s=hospital_s,
        **(fields | changes),  # type: ignore[arg-type]
    )


def log_of(calls: Sequence[LoggedCall]) -> CallLog:
    ordered = tuple(sorted(calls, key=lambda call: call.received_at))
    return CallLog(
        path=Path("drawn.calls.csv"),
        sha256="0" * 64,
        calls=ordered,
        n_rows=len(calls),
        skipped={},
        record_classes={"injected_synthetic": len(calls)},
        n_resampled=0,
        negative_durations=0,
    )


EVERYTHING_BY_ITSELF = Rules(auto_assign=frozenset(Priority), relocation=RelocationRules(mode=RelocationMode.AUTOMATIC))


def rules_for(policy: str) -> Rules:
    """The engine does everything by itself; units are told where to wait under a policy that has them wait elsewhere."""
    if POLICIES[policy].relocates:
        return EVERYTHING_BY_ITSELF
    return replace(EVERYTHING_BY_ITSELF, relocation=RelocationRules(mode=RelocationMode.OFF))


def posts(at: dict[str, Wgs84]) -> AdoptPosts | None:
    """The bases and kerbside posts of a drawing that has kerbside posts; else none."""
    if not KERBSIDE & at.keys():
        return None
    records = tuple(
        PostRecord(
            post_id=name,
            kind=PostKind.KERBSIDE if name in KERBSIDE else PostKind.STATION,
            name=name,
            point=at[name],
            record_class="simulated",
            evidence="drawn",
        )
        for name in sorted(KERBSIDE | set("ABCDEF"))
        if name in at
    )
    return AdoptPosts(posts_version="drawing", posts=records)


class Scene:
    """A drawn city with its engine and the people of a drill, ready to run."""

    def __init__(
        self,
        drawing: str,
        calls: Callable[[dict[str, Wgs84]], Iterable[LoggedCall]],
        *,
        draws: Draws | None = None,
        policy: str = "joint",
        journal: Journal | None = None,
        rules: Rules | None = None,
        residents: Mapping[str, float] | None = None,
        demand: Mapping[str, float] | None = None,
    ) -> None:
        """`residents` live at kerbside posts; as many at each, unless said. They stand for `demand`, unless it is given."""
        self.at = places(drawing)
        log = log_of(list(calls(self.at)))
        self.clock, self.movement, self.journal = VirtualClock(starts_at(log)), Movement(), journal or MemoryJournal()
        travel = GridTravel()
        self.engine = Engine(
            realm=REALM,
            world=World(),
            journal=self.journal,
            clock=self.clock,
            ids=Ulids(REALM, self.clock, seeded_bytes(1)),
            travel=travel,
            positions=SimulatedPositions(self.movement, self.clock),
            rules=rules or rules_for(policy),
            policy=POLICIES[policy],
            coverage=self._coverage(travel, residents or {}, demand),
        )
        self.drill = Drill(
            engine=self.engine,
            travel=travel,
            movement=self.movement,
            log=log,
            roster=roster(self.at),
            draws=draws or NoChance(),
            posts=posts(self.at),
        )

    def _coverage(
        self, travel: GridTravel, residents: Mapping[str, float], demand: Mapping[str, float] | None
    ) -> CoverageByCells:
        names = [name for name in self.at if name in KERBSIDE] or list(self.at)[:1]
        where = [self.at[name] for name in names]
        return CoverageByCells(
            travel,
            np.array([point.lat_deg for point in where]),
            np.array([point.lon_deg for point in where]),
            np.array([residents.get(name, 1.0) for name in names]),
            zone=ZoneInfo("Asia/Shanghai"),
            demand=None if demand is None else np.array([demand[name] for name in names]),
        )

    async def run(self) -> Played:
        return await self.drill.run()

    def timeline(self) -> str:
        """What happened to incidents and units, one line an event, as a person would write it down."""
        names: dict[str, str] = {}
        lines = [line for recorded in self.journal.read() if (line := _line(recorded, names))]
        return "\n".join(lines)


def _line(recorded: ev.Recorded, names: dict[str, str]) -> str | None:
    """One event in words; incidents are called #1, #2 in order of opening."""
    event = recorded.event
    if isinstance(event, ev.IncidentOpened):
        names[event.incident_id] = f"#{event.number}"
    words = _words(event, lambda incident_id: names[incident_id])
    return f"{recorded.occurred_at:%H:%M:%S} {words}" if words else None


def _words(event: ev.Event, name: Callable[[str], str]) -> str | None:
    match event:
        case ev.IncidentOpened():
            return f"{name(event.incident_id)} opened {event.priority} {event.pathway}"
        case ev.CallReceived():
            return f"{name(event.incident_id)} call"
        case ev.UnitAssigned():
            return f"{event.unit_id} assigned to {name(event.incident_id)} for {event.hospital_id}"
        case ev.AssignmentStatusChanged():
            return f"{event.unit_id} {event.status}" + (f" {event.disposition}" if event.disposition else "")
        case ev.AssignmentCancelled():
            return f"{event.unit_id} cancelled: {event.reason}"
        case UnitRelocated():
            return f"{event.unit_id} to wait at {event.relocation.post_id}: {event.relocation.reason}"
        case RelocationAdvised():
            return f"{event.unit_id} advised to wait at {event.relocation.post_id}: {event.relocation.reason}"
        case RelocationAdviceWithdrawn():
            return f"{event.unit_id} advised no more"
        case ev.DestinationChanged():
            return f"{event.unit_id} now for {event.hospital_id}"
        case ev.IncidentHeld() | ev.HoldEnded() | ev.HoldReminded() | ev.IncidentEscalated():
            return f"{name(event.incident_id)} {_STATES[type(event)]}"
        case ev.IncidentRetriaged():
            return f"{name(event.incident_id)} retriaged {event.priority} {event.pathway}: {event.reason}"
        case ev.PatientOutcomeRecorded():
            return f"{name(event.incident_id)} patient {event.state}"
        case ev.IncidentClosed() | ev.IncidentCancelled():
            return f"{name(event.incident_id)} ended: {event.reason}"
    return None


_STATES = {
    ev.IncidentHeld: "held",
    ev.HoldEnded: "no longer held",
    ev.HoldReminded: "still held",
    ev.IncidentEscalated: "escalated",
}
