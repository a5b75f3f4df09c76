"""Composition of a drill that a trainer leads, and playing one again: like `playing`, with people at the consoles."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from dispatch.adapters.aeds_near import AedsNear
from dispatch.adapters.positions import CellBook
from dispatch.adapters.traffic import TrafficInStep
from dispatch.adapters.travel import InlineTravel
from dispatch.api.map_layers import city_maps
from dispatch.drills import runner
from dispatch.drills.actors.demo import DrawnCalls
from dispatch.drills.led import LedDrill, play_again
from dispatch.drills.movement import Movement
from dispatch.drills.stage import StageEngine, StagePositions, line_of, said_in
from dispatch.engine.arrest import Arrests
from dispatch.engine.clocks import VirtualClock
from dispatch.engine.engine import Engine
from dispatch.engine.ports import Journal
from dispatch.playing import Prepared, draws_of, drill_of, parts_of, travel_of

E = TypeVar("E", bound=Engine)


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A drill that waits for its trainer, and what a service around it needs."""

    led: LedDrill
    engine: StageEngine
    travel: InlineTravel
    positions: StagePositions
    arrests: Arrests
    traffic: TrafficInStep | None


async def stage(prepared: Prepared, journal: Journal, write: Callable[[str], object], *, speed: float) -> Staged:
    """Set a drill up on its stage; nothing moves yet. `write` takes lines for `SAID`."""
    staged = _on_stage(prepared, journal, StageEngine)
    engine, drill = staged.engine, staged.drill
    engine.afterwards = drill.afterwards
    led = LedDrill(
        drill=drill,
        engine=engine,
        clock=staged.clock,
        draws=draws_of(prepared.recipe),
        draw_call=DrawnCalls(prepared.catalogue.population_cells).call,
        write=lambda said: write(line_of(said)),
        speed=speed,
    )
    async with engine.step():
        await engine.note_travel_times()
        await drill.begin()
    return Staged(
        led=led,
        engine=engine,
        travel=staged.travel,
        positions=staged.positions,
        arrests=staged.arrests,
        traffic=staged.traffic,
    )


async def play_staged(
    prepared: Prepared, journal: Journal, said: str, last_at: datetime | None = None
) -> runner.Played:
    """Play such a drill again, from what was said; ValueError where that cannot be read. `last_at`: how far without an end."""
    lines = said_in(said)
    staged = _on_stage(prepared, journal, Engine)
    await staged.engine.note_travel_times()
    return await play_again(staged.drill, staged.engine, staged.clock, lines, last_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class _OnStage(Generic[E]):
    engine: E
    drill: runner.Drill
    clock: VirtualClock
    travel: InlineTravel
    positions: StagePositions
    arrests: Arrests
    traffic: TrafficInStep | None


def _on_stage(prepared: Prepared, journal: Journal, kind: type[E]) -> _OnStage[E]:
    """Bystanders and owners of defibrillators can be sent; volunteers have no part in it, for where they are is not written down."""
    clock = VirtualClock(prepared.recipe.start_at or runner.starts_at(prepared.log))
    movement, travel = Movement(), travel_of(prepared)
    positions = StagePositions(movement, clock)
    parts = parts_of(prepared, journal, clock, travel, positions)
    maps = city_maps(prepared.catalogue)
    aeds = AedsNear(lambda: maps.lookup, parts["rules"], time_zone=prepared.catalogue.time_zone)
    arrests = Arrests(positions, travel, aeds=aeds, places=CellBook())
    engine = kind(**parts, arrests=arrests)
    drill = drill_of(prepared, engine, travel, movement)
    traffic = None if prepared.network is None else TrafficInStep(prepared.network, engine)
    if traffic is not None:
        drill.afterwards = traffic.follow
    return _OnStage(
        engine=engine,
        drill=drill,
        clock=clock,
        travel=travel,
        positions=positions,
        arrests=arrests,
        traffic=traffic,
    )
