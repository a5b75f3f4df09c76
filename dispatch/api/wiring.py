"""What the routes are given: one object, put together by the composition root and carried by the application."""

from dataclasses import dataclass
from typing import Protocol, cast

from fastapi import Request
from starlette.requests import HTTPConnection

from dispatch.api.hub import Hub
from dispatch.domain.ids import UnitId
from dispatch.domain.unit import Fix
from dispatch.engine.engine import Engine
from dispatch.engine.ports import Journal, Positions, Travel
from maps_data.catalogue import Catalogue
from maps_data.landmarks import Gazetteer


class PositionReports(Positions, Protocol):
    """Positions that can be reported to."""

    def report(self, unit_id: UnitId, fix: Fix) -> bool: ...
    def drain_changed(self) -> dict[UnitId, Fix]: ...


class SimulatedFloor(Protocol):
    """The simulated people of a development service: crews and hospitals that answer, and callers that can be turned up and down."""

    @property
    def demo_calls_per_hour(self) -> float: ...

    def set_demo_calls(self, per_hour: float) -> None: ...


@dataclass(slots=True, kw_only=True)
class Service:
    engine: Engine
    journal: Journal
    positions: PositionReports
    travel: Travel
    catalogue: Catalogue
    gazetteer: Gazetteer
    hub: Hub
    is_development: bool
    floor: SimulatedFloor | None = None
    is_stopping: bool = False


def service_of(connection: HTTPConnection | Request) -> Service:
    return cast("Service", connection.app.state.service)
