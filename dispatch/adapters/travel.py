"""Travel-time providers behind the engine's port."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from dispatch.domain.roads import Degradation, TravelTimesInForce
from maps_data.catalogue import Catalogue
from routing.geo import FloatArray, Wgs84
from routing.travel_time.barriers import Barrier
from routing.travel_time.estimate import SHIPPED, EstimateTravelTimes
from routing.travel_time.estimate_constants import FILE, read_constants
from routing.travel_time.port import Route, Trajectory, TravelTimeProvider, TravelTimes


def estimate_of(catalogue: Catalogue, roads: Path | None = None) -> EstimateTravelTimes:
    """Travel times that need no road network: a law of the distance round the city's barriers, in its local time.

    Its constants are those fitted to the network in `roads`, where there are some. Raises ConstantsError when these are damaged.
    """
    barriers = [Barrier(name_zh=b.name_zh, name_en=b.name_en, line=b.line) for b in catalogue.barriers]
    fitted = None if roads is None else roads / FILE
    constants = read_constants(fitted) if fitted is not None and fitted.exists() else SHIPPED
    return EstimateTravelTimes(barriers, zone=ZoneInfo(catalogue.time_zone), constants=constants)


class InlineTravel:
    """Asks a provider whose answer takes less than a thread switch, on the loop's own thread."""

    def __init__(self, provider: TravelTimeProvider, degradation: Degradation | None = None) -> None:
        """`degradation` tells why it is this provider and not a better one."""
        self._provider, self._degradation = provider, degradation

    @property
    def in_force(self) -> TravelTimesInForce:
        provider = self._provider
        return TravelTimesInForce(source=provider.source, grade=provider.grade, degradation=self._degradation)

    async def many_to_many(
        self,
        lat_deg: FloatArray,
        lon_deg: FloatArray,
        to_lat_deg: FloatArray,
        to_lon_deg: FloatArray,
        *,
        departing_at: datetime,
    ) -> TravelTimes:
        return self._provider.many_to_many(lat_deg, lon_deg, to_lat_deg, to_lon_deg, departing_at=departing_at)

    async def earliest_s(
        self,
        lat_deg: FloatArray,
        lon_deg: FloatArray,
        to_lat_deg: FloatArray,
        to_lon_deg: FloatArray,
        *,
        departing_at: datetime,
    ) -> FloatArray:
        return self._provider.earliest_s(lat_deg, lon_deg, to_lat_deg, to_lon_deg, departing_at=departing_at)

    async def route(self, origin: Wgs84, destination: Wgs84, *, departing_at: datetime) -> Route | None:
        return self._provider.route(origin, destination, departing_at=departing_at)

    async def trajectory(self, origin: Wgs84, destination: Wgs84, *, departing_at: datetime) -> Trajectory | None:
        return self._provider.trajectory(origin, destination, departing_at=departing_at)
