"""What may be said of those who bring defibrillators."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from dispatch.api.traffic_wire import AreaIn
from dispatch.api.wire_in import Identifier, Instant, LocationIn, ShortText, Strict, Text
from dispatch.domain.arrest import Bringer, Drone, RunStatus
from dispatch.domain.vocabulary import Duty
from routing.datum import to_wgs84
from routing.geo import Wgs84

Positive = Annotated[float, Field(gt=0, le=1_000_000)]
MOST_NO_FLY = 100


def _example(*examples: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, json_schema_extra={"examples": list(examples)})


class DroneIn(Strict):
    """As its maker and its permit say; `range_m` is out and back together with its load."""

    name: ShortText
    base: LocationIn
    cruise_mps: Annotated[float, Field(gt=0, le=100)]
    range_m: Positive
    payload_kg: Annotated[float, Field(ge=0, le=100)]
    wind_limit_mps: Annotated[float, Field(ge=0, le=60)]
    flies_in_rain: bool = False


class ArrestUnitIn(Strict):
    """A volunteer who has opted in (no `drone`; nothing that says who it is), or a drone. Simulated ones say so."""

    model_config = _example(
        {"has_aed": False},
        {
            "drone": {
                "name": "福田 1 号",
                "base": {"lat": 22.5431, "lon": 114.0579, "datum": "wgs84"},
                "cruise_mps": 15,
                "range_m": 12000,
                "payload_kg": 3,
                "wind_limit_mps": 10,
            },
            "is_simulated": True,
        },
    )
    has_aed: bool = False
    drone: DroneIn | None = None
    is_simulated: bool = False


class ArrestDutyIn(Strict):
    model_config = _example({"duty": "out_of_service", "reason": "电池更换"})
    duty: Duty
    reason: ShortText | None = None


class PlaceIn(Strict):
    """An H3 cell; the phone makes it, so that nobody but the phone knows more. Finer than resolution 9 is refused."""

    model_config = _example({"cell": "89411ca42c7ffff"})
    cell: Annotated[str, Field(min_length=15, max_length=16)]


class AedRunIn(Strict):
    """A bystander was sent to a device, or its owner was reached and comes."""

    model_config = _example({"bringer": "bystander", "aed_id": "AED-M001-1"})
    bringer: Literal[Bringer.BYSTANDER, Bringer.OWNER]
    aed_id: Identifier


class RunStatusIn(Strict):
    model_config = _example({"status": "accepted"}, {"status": "declined", "reason": "不便前往"})
    status: RunStatus
    reason: Text | None = None


class FlightConditionsIn(Strict):
    """Takes the place of what was reported before; after `expires_at` nothing is known, and no drone flies."""

    model_config = _example(
        {"wind_mps": 6.5, "is_raining": False, "source": "气象台", "expires_at": "2026-12-22T10:00:00+08:00"}
    )
    wind_mps: Annotated[float, Field(ge=0, le=120)]
    is_raining: bool
    no_fly: Annotated[tuple[AreaIn, ...], Field(max_length=MOST_NO_FLY)] = ()
    source: ShortText
    expires_at: Instant


def drone_of(said: DroneIn) -> Drone:
    return Drone(
        name=said.name,
        base=to_wgs84(said.base.lat, said.base.lon, said.base.datum),
        cruise_mps=said.cruise_mps,
        range_m=said.range_m,
        payload_kg=said.payload_kg,
        wind_limit_mps=said.wind_limit_mps,
        flies_in_rain=said.flies_in_rain,
    )


def no_fly_of(said: FlightConditionsIn) -> tuple[tuple[Wgs84, ...], ...]:
    """Rings in WGS-84, the first corner not repeated."""
    return tuple(tuple(to_wgs84(lat, lon, area.datum) for lon, lat in area.coordinates[0][:-1]) for area in said.no_fly)
