"""How long it takes from hospital to hospital, for ways that need a transfer: asked once an hour, as of the full hour."""

from datetime import datetime

from dispatch.domain.facts import HospitalRows
from dispatch.engine.ports import Travel
from routing.geo import FloatArray


class Transfers:
    """Drives between all hospitals, kept for the hour as long as the hospitals and the source of travel times stay."""

    def __init__(self, travel: Travel) -> None:
        self._travel = travel
        self._key: object = None
        self._drive_s: FloatArray | None = None

    async def drive_s(self, rows: HospitalRows, now: datetime) -> FloatArray:
        """Seconds from row to column, float64[h, h]; infinite where there is no way."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        key = rows.hospital_ids, self._travel.in_force, hour
        if self._drive_s is None or self._key != key:
            lat, lon = rows.lat_deg, rows.lon_deg
            legs = await self._travel.many_to_many(lat, lon, lat, lon, departing_at=hour)
            self._key, self._drive_s = key, legs.travel_time_s
        return self._drive_s
