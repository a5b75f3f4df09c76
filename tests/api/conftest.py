"""The service put together as in `dispatch.main`, but in this process, with a journal in memory and a clock that stands still.

`service` and `client` are what most tests want; `live_service` is the real program on a real socket, for what only it can show.
"""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from dispatch.adapters.roster import roster_of
from dispatch.adapters.travel import InlineTravel
from dispatch.api.app import create_app
from dispatch.api.map_layers import city_maps
from dispatch.api.wiring import Service
from dispatch.domain.events import Recorded
from dispatch.domain.evolve import fold
from dispatch.domain.world import World
from dispatch.engine.clocks import VirtualClock
from dispatch.engine.engine import ENGINE_ACTOR
from dispatch.engine.ports import Travel
from dispatch.main import assemble
from dispatch.settings import Settings
from maps_data.catalogue import Catalogue
from maps_data.landmarks import Gazetteer
from routing.travel_time.barriers import Barrier
from routing.travel_time.estimate import EstimateTravelTimes
from tests.fakes.control_room import ControlRoom
from tests.fakes.embedded import embedded_catalogue
from tests.fakes.live_service import LiveService
from tests.fakes.memory_journal import MemoryJournal

NOW = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)  # ten in the morning in Shenzhen


class City:
    """The embedded city, loaded once: its facts, and the journal of a service that has just adopted them."""

    def __init__(self) -> None:
        self.catalogue: Catalogue = embedded_catalogue()
        self.gazetteer = Gazetteer(self.catalogue)
        barriers = [Barrier(name_zh=b.name_zh, name_en=b.name_en, line=b.line) for b in self.catalogue.barriers]
        self.travel = InlineTravel(EstimateTravelTimes(barriers))
        self.adopted: Sequence[Recorded] = ()
        asyncio.run(self._adopt())

    async def _adopt(self) -> None:
        journal = MemoryJournal()
        engine = self.service(journal, VirtualClock(NOW)).engine
        await engine.execute(roster_of(self.catalogue), actor=ENGINE_ACTOR)
        await engine.note_travel_times()
        self.adopted = tuple(journal.entries)

    def service(
        self,
        journal: MemoryJournal,
        clock: VirtualClock,
        settings: Settings | None = None,
        *,
        travel: Travel | None = None,
    ) -> Service:
        """A service that has recovered what `journal` holds."""
        return assemble(
            catalogue=self.catalogue,
            gazetteer=self.gazetteer,
            travel=travel or self.travel,
            journal=journal,
            world=fold(World(), journal.entries),
            clock=clock,
            settings=settings or Settings(dev=True),
        )


@pytest.fixture(scope="session")
def city() -> City:
    """Made once and, with the maps drawn from it, set aside from the collections after each test."""
    city = City()
    city_maps(city.catalogue)
    gc.collect()
    gc.freeze()
    return city


@pytest.fixture
def clock() -> VirtualClock:
    """Stands at `NOW` until a test moves it."""
    return VirtualClock(NOW)


@pytest.fixture
def journal(city: City) -> MemoryJournal:
    """Holds the adoption of the embedded city."""
    return MemoryJournal(city.adopted)


@pytest.fixture
def service(city: City, journal: MemoryJournal, clock: VirtualClock) -> Service:
    """A service in development mode. Its timers fire when a test says `await service.engine.fire_due()`."""
    return city.service(journal, clock)


@pytest.fixture
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """Speaks to `service` without a socket."""
    transport = httpx.ASGITransport(app=create_app(service), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        yield client


@pytest.fixture
def room(client: httpx.AsyncClient) -> ControlRoom:
    """A dispatcher at `client`."""
    return ControlRoom(client)


@pytest.fixture(scope="module")
def live_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveService]:
    """`dispatch serve --dev` as a process of its own, for a whole module: do not stop it, leave it as you would find it."""
    with LiveService(Path(tmp_path_factory.mktemp("live"))) as live:
        yield live
