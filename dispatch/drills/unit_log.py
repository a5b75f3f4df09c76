"""Reads a unit log (`*.units.csv[.gz]`, interchange format 1.0): one row per vehicle response, as its source recorded it.

Times may be out of order (the source's clocks disagree) and a unit may be sent again before it is available; both are
kept as they stand, because a recorded day is evidence and not ours to tidy.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dispatch.drills.log_rows import Row, flag, instant, read_rows
from maps_data.tables import optional, text


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedResponse:
    """One vehicle's response; a time that the source does not give is None."""

    response_id: str
    call_id: str
    unit_id: str
    is_transport_capable: bool
    dispatched_at: datetime | None
    en_route_at: datetime | None
    on_scene_at: datetime | None
    at_patient_at: datetime | None
    left_scene_at: datetime | None
    at_hospital_at: datetime | None
    available_at: datetime | None

    @property
    def busy_s(self) -> float | None:
        """Dispatched → available, None when either is unknown."""
        if self.dispatched_at is None or self.available_at is None:
            return None
        return (self.available_at - self.dispatched_at).total_seconds()


COLUMNS = (
    "schema_version", "call_id", "response_id", "unit_id", "transport_capable", "dispatched_at", "enroute_at", "on_scene_at",
    "at_patient_at", "left_scene_at", "at_hospital_at", "available_at",
)  # fmt: skip


_INSTANT = optional(instant)


def read_unit_log(path: Path) -> tuple[LoggedResponse, ...]:
    """All responses of the log in the order of the file. Raises `DataError` for anything outside the format."""
    return tuple(_response(row) for row in read_rows(path, COLUMNS, "response_id"))


def _response(row: Row) -> LoggedResponse:
    return LoggedResponse(
        response_id=row.get("response_id", text),
        call_id=row.get("call_id", text),
        unit_id=row.get("unit_id", text),
        is_transport_capable=row.get("transport_capable", flag),
        dispatched_at=row.get("dispatched_at", _INSTANT),
        en_route_at=row.get("enroute_at", _INSTANT),
        on_scene_at=row.get("on_scene_at", _INSTANT),
        at_patient_at=row.get("at_patient_at", _INSTANT),
        left_scene_at=row.get("left_scene_at", _INSTANT),
        at_hospital_at=row.get("at_hospital_at", _INSTANT),
        available_at=row.get("available_at", _INSTANT),
    )
