"""Composition of a drill: from what was asked for to the engine and the people who play it.

One place for all who play a log (`drill run`, `drill replay`, `drill audit`), so that a drill which is played again is the same
drill. What was asked for is kept beside the journal's format, in the file itself: a recipe that needs no seal, because with another
one the journal would not come out again.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from dispatch.adapters.identifiers import Ulids, seeded_bytes
from dispatch.adapters.post_coverage import coverage_of
from dispatch.adapters.posts import demand_of, posts_of
from dispatch.adapters.roster import roster_of
from dispatch.adapters.travel import InlineTravel, estimate_of
from dispatch.domain.commands import AdoptCatalogue, AdoptPosts
from dispatch.domain.ids import Realm
from dispatch.domain.post import RelocationEffort, RelocationMode, RelocationRules
from dispatch.domain.rules import Rules
from dispatch.domain.vocabulary import Priority
from dispatch.domain.world import World
from dispatch.drills import fleet as fleets
from dispatch.drills import runner
from dispatch.drills.call_log import NO_LOG, CallLog, read_call_log
from dispatch.drills.draws import DRIVE_FACTOR, Draws, Lognormal
from dispatch.drills.movement import Movement, SimulatedPositions
from dispatch.drills.pace import StepClock
from dispatch.drills.service_times import with_recorded_times
from dispatch.drills.unit_log import read_unit_log
from dispatch.engine.clocks import VirtualClock
from dispatch.engine.commits import Told
from dispatch.engine.engine import Engine
from dispatch.engine.ports import Clock, Journal, Positions
from dispatch.pipeline.policies import POLICIES, Policy
from maps_data.catalogue import Catalogue, load_catalogue
from maps_data.demand_file import Demand
from maps_data.tables import DataError
from routing.travel_time.estimate import EstimateTravelTimes
from routing.travel_time.off_network import WithOffNetwork
from routing.travel_time.road import RoadTravelTimes

REALM = Realm("drill")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What a drill is made of: all that its journal depends on, beside the program.

    `calls_sha256` is that of the call log as it was read, `demand_version` names the demand. `units` completes it; without `roads`
    travel times are estimated; without `posts` units wait at the city's bases, without `demand` calls are expected where residents
    are; without `city` it is the embedded one. Actual drives are `drive_factor` times as long as expected in the median, with
    `drive_sigma` of the logarithm. A drill that a trainer leads is `led`: it begins at `start_at`, is a realm of its own, may have no
    call log, and people at consoles are its dispatchers.
    """

    calls: Path | None
    policy: str
    seed: int
    units: Path | None = None
    fleet: Path | None = None
    fleet_size: int | None = None
    roads: Path | None = None
    posts: Path | None = None
    demand: Path | None = None
    relocation: RelocationEffort = RelocationEffort.FULL
    drive_factor: float = DRIVE_FACTOR.median
    drive_sigma: float = DRIVE_FACTOR.sigma
    city: Path | None = None
    calls_sha256: str | None = None
    demand_version: str | None = None
    led: bool = False
    start_at: datetime | None = None
    realm: str = REALM

    def found_in(self, directory: Path) -> "Recipe":
        """With those of its files that lie in `directory`, by their names, taken from there."""
        found: dict[str, Any] = {n: p for n, path in self.paths.items() if (p := directory / path.name).exists()}
        return replace(self, **found)

    @property
    def paths(self) -> dict[str, Path]:
        """The files and directories that it names, by field."""
        return {field.name: value for field in fields(self) if isinstance(value := getattr(self, field.name), Path)}

    def as_text(self) -> str:
        """As JSON."""
        return msgspec.json.encode(self, enc_hook=str).decode()

    @classmethod
    def of_text(cls, text: str) -> "Recipe":
        """ValueError for a text that is none."""
        return msgspec.json.decode(text, type=cls, dec_hook=lambda kind, value: kind(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A recipe's files, read. `n_completed` calls were completed from the unit log; `network` is None on estimated travel times."""

    recipe: Recipe
    log: CallLog
    n_completed: int
    catalogue: Catalogue
    roster: AdoptCatalogue
    posts: AdoptPosts | None
    demand: Demand | None
    estimate: EstimateTravelTimes
    network: RoadTravelTimes | None

    @property
    def recipe_as_read(self) -> Recipe:
        """With the digest of the call log, and paths that hold from anywhere."""
        paths: dict[str, Any] = {name: path.absolute() for name, path in self.recipe.paths.items()}
        version = None if self.demand is None else self.demand.version
        return replace(self.recipe, calls_sha256=self.log.sha256, demand_version=version, **paths)

    @property
    def set_up(self) -> dict[str, str | float | None]:
        """What the report tells of the recipe besides policy, log and seed."""
        return {
            "posts_version": None if self.posts is None else self.posts.posts_version,
            "demand_version": None if self.demand is None else self.demand.version,
            "relocation": str(self.recipe.relocation) if POLICIES[self.recipe.policy].relocates else None,
            "drive_factor": self.recipe.drive_factor,
            "drive_sigma": self.recipe.drive_sigma,
        }

    @property
    def is_same_call_log(self) -> bool:
        """Whether the call log is the one that the recipe was written for."""
        return self.recipe.calls_sha256 in {None, self.log.sha256}

    @property
    def is_same_demand(self) -> bool:
        """Whether calls are expected from where they were when the recipe was written."""
        return self.recipe.demand_version in {None, self.demand and self.demand.version}

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.catalogue.time_zone)


def prepare(recipe: Recipe) -> Prepared:
    """Read what the recipe names. DataError, NetworkError or ConstantsError for what cannot be played."""
    log, n_completed = (NO_LOG if recipe.calls is None else read_call_log(recipe.calls)), 0
    if recipe.units is not None:
        log, n_completed = with_recorded_times(log, read_unit_log(recipe.units))
    if recipe.calls is not None and not log.calls:
        raise DataError(
            f"{recipe.calls} 中没有可回放的来电：{log.skipped}",
            f"{recipe.calls} holds no call that can be replayed: {log.skipped}",
        )
    catalogue = load_catalogue(recipe.city)
    _require_same_city(log, catalogue)
    relocates = POLICIES[recipe.policy].relocates
    demand = demand_of(catalogue, recipe.demand)
    has_posts = relocates or recipe.posts is not None or demand is not None
    posts = posts_of(catalogue, recipe.posts) if has_posts else None
    roster = _roster(recipe, catalogue)
    return Prepared(
        recipe=recipe,
        log=log,
        n_completed=n_completed,
        catalogue=catalogue,
        roster=roster if posts is None or relocates else fleets.at_posts(roster, posts, catalogue, demand),
        posts=posts,
        demand=demand,
        estimate=estimate_of(catalogue, recipe.roads),
        network=None if recipe.roads is None else _network(recipe.roads, catalogue),
    )


async def play(
    prepared: Prepared,
    journal: Journal,
    *,
    policy: Policy | None = None,
    speed: float | None = None,
    hear: Callable[[Told], None] | None = None,
    on_progress: runner.OnProgress = lambda _: None,
) -> runner.Played:
    """Play the log into `journal`, at `speed` times real time or as fast as it goes.

    `policy` stands in for the recipe's own, and must choose what that would; `hear` is told every commit.
    """
    start_at = runner.starts_at(prepared.log)
    clock = VirtualClock(start_at) if speed is None else StepClock(start_at, speed)
    movement, travel = Movement(), travel_of(prepared)
    positions = SimulatedPositions(movement, clock)
    parts = parts_of(prepared, journal, clock, travel, positions)
    engine = Engine(**(parts if policy is None else parts | {"policy": policy}))
    if hear is not None:
        engine.subscribe(hear)
    await engine.note_travel_times()
    return await drill_of(prepared, engine, travel, movement).run(on_progress)


def travel_of(prepared: Prepared) -> InlineTravel:
    """Expected travel times, answered inline."""
    estimate, network = prepared.estimate, prepared.network
    return InlineTravel(estimate if network is None else WithOffNetwork(network, estimate))


def parts_of(
    prepared: Prepared, journal: Journal, clock: Clock, travel: InlineTravel, positions: Positions
) -> dict[str, Any]:
    """What a drill's engine is made of, by the names of `Engine`. Where people dispatch, units are committed by nobody else."""
    recipe, own, realm = prepared.recipe, POLICIES[prepared.recipe.policy], Realm(prepared.recipe.realm)
    mode = RelocationMode.AUTOMATIC if own.relocates else RelocationMode.OFF
    return {
        "realm": realm,
        "world": World(),
        "journal": journal,
        "clock": clock,
        "ids": Ulids(realm, clock, seeded_bytes(recipe.seed)),
        "travel": travel,
        "positions": positions,
        "rules": Rules(
            auto_assign=frozenset() if recipe.led else frozenset(Priority),
            relocation=RelocationRules.of(mode, recipe.relocation),
        ),
        "policy": own,
        "coverage": None if prepared.posts is None else coverage_of(prepared.catalogue, travel, prepared.demand),
    }


def drill_of(prepared: Prepared, engine: Engine, travel: InlineTravel, movement: Movement) -> runner.Drill:
    """The people of the recipe around `engine`."""
    return runner.Drill(
        engine=engine,
        travel=travel,
        movement=movement,
        log=prepared.log,
        roster=prepared.roster,
        draws=draws_of(prepared.recipe),
        posts=prepared.posts,
        is_manned=prepared.recipe.led,
    )


def draws_of(recipe: Recipe) -> Draws:
    """What chance decides in it."""
    return Draws(recipe.seed, drive_factor=Lognormal(recipe.drive_factor, recipe.drive_sigma))


def _roster(recipe: Recipe, catalogue: Catalogue) -> AdoptCatalogue:
    if recipe.fleet is not None:
        return roster_of(fleets.from_file(recipe.fleet, catalogue, recipe.city))
    roster = roster_of(catalogue)
    return roster if recipe.fleet_size is None else fleets.of_size(roster, recipe.fleet_size)


def _network(roads: Path, catalogue: Catalogue) -> RoadTravelTimes:
    return RoadTravelTimes.load(roads, zone=ZoneInfo(catalogue.time_zone))


def _require_same_city(log: CallLog, catalogue: Catalogue) -> None:
    """A drill needs calls of this city: units cannot drive to another continent."""
    n_outside = sum(not catalogue.bounds.holds(call.point) for call in log.calls)
    if n_outside > len(log.calls) / 2:
        raise DataError(
            f"{log.path} 有 {n_outside}/{len(log.calls)} 个来电不在{catalogue.name_zh}范围内，请换用本市日志或用 --city 指定城市",
            f"{n_outside}/{len(log.calls)} calls of {log.path} lie outside {catalogue.name_en}; use a log of this city, or --city",
        )
