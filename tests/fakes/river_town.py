"""A town with a river through it, served on its road network (`river_roads.py`): what reports of traffic are tried on."""

from typing import Any

import httpx

from dispatch.adapters.traffic import TrafficOnRoads
from dispatch.adapters.travel_live import LiveTravel
from dispatch.api.app import create_app
from dispatch.api.wiring import Service
from dispatch.domain.commands import AdoptCatalogue
from dispatch.engine.clocks import VirtualClock
from dispatch.engine.engine import ENGINE_ACTOR
from routing.travel_time.estimate import EstimateTravelTimes
from tests.api.conftest import City
from tests.fakes.ascii_city import places
from tests.fakes.memory_journal import MemoryJournal
from tests.fakes.river_roads import RiverRoads

# A kilometre a character, 100 s each; the river runs just east of the 6th, its bridge takes 60 s. From A to the caller 1 it is 260 s
# over the bridge, from B 400 s without it; to hospital H 360 s over the bridge, to G 700 s without it.
TOWN = places(". . . . H A . 1 . . . B . . G")


class Town:
    """A town of two units and one hospital with a river through it, served on its road network."""

    def __init__(self, city: City, journal: MemoryJournal, clock: VirtualClock, roads: RiverRoads) -> None:
        self.roads, self.journal = roads, journal
        self.elapsed_s = 0.0
        self.travel = LiveTravel(EstimateTravelTimes(), roads, monotonic_s=lambda: self.elapsed_s)
        self.service: Service = city.service(journal, clock, travel=self.travel)
        self.traffic = TrafficOnRoads(roads, self.travel, self.service.engine)
        self.service.roads = self.traffic
        transport = httpx.ASGITransport(app=create_app(self.service), raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://service")

    async def open(self, people: AdoptCatalogue) -> None:
        await self.service.engine.execute(people, actor=ENGINE_ACTOR)
        await self.service.engine.note_travel_times()

    async def close(self) -> None:
        await self.client.aclose()
        self.travel.close()

    async def report(self, *reports: dict[str, Any], **headers: str) -> httpx.Response:
        return await self.client.post("/api/v1/traffic", json=list(reports), headers=headers)

    async def call(self) -> dict[str, Any]:
        """A call from 1; the answer's body."""
        at = {"lat": TOWN["1"].lat_deg, "lon": TOWN["1"].lon_deg, "datum": "wgs84"}
        answer = await self.client.post("/api/v1/calls", json={"location": at, "complaint": "stroke"})
        assert answer.status_code == 201
        body: dict[str, Any] = answer.json()
        return body

    async def listed(self) -> dict[str, Any]:
        body: dict[str, Any] = (await self.client.get("/api/v1/traffic")).json()
        return body

    def told(self, kind: str) -> list[Any]:
        return [recorded.event for recorded in self.journal.entries if recorded.type == kind]
