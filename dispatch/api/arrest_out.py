"""Who brings defibrillators, as it is answered."""

from datetime import datetime, timedelta
from typing import Any

from dispatch.api.map_layers import CityMaps
from dispatch.api.texts_arrest import PASSED_OVER
from dispatch.api.traffic_wire import AreaOut
from dispatch.api.wire_out import Open, PointOut
from dispatch.domain.arrest import AedRun, ArrestUnit, Bringer, FlightConditions, RunStatus
from dispatch.domain.ids import UnitId
from dispatch.domain.vocabulary import Duty
from dispatch.domain.world import World
from dispatch.pipeline.arrest_plan import Page, PassedOver, Plan, odds_of
from dispatch.projections.place_wire import point_wire
from maps_data.vocabulary import RecordClass
from routing.geo import Wgs84


class DroneOut(Open):
    name: str
    base: PointOut
    cruise_mps: float
    range_m: float
    payload_kg: float
    wind_limit_mps: float
    flies_in_rain: bool


class ArrestUnitOut(Open):
    """`has_place`: a volunteer has said lately where he is; where that is, is not told. `odds`: of a yes to the next page."""

    unit_id: str
    bringer: Bringer
    has_aed: bool
    drone: DroneOut | None
    duty: Duty
    duty_reason: str | None
    run_id: str | None
    has_place: bool | None
    odds: float | None
    is_simulated: bool


class ArrestUnitsOut(Open):
    items: list[ArrestUnitOut]
    next: str | None


class PlaceTakenOut(Open):
    cell: str
    received_at: datetime


class AedRunOut(Open):
    run_id: str
    incident_id: str
    bringer: Bringer
    unit_id: str | None
    aed_id: str | None
    status: RunStatus
    timestamps: dict[str, datetime]
    shock_at: datetime
    p: float
    gain_s: float
    answer_by: datetime | None


class DeviceOut(Open):
    aed_id: str
    name_zh: str
    name_en: str | None
    location_zh: str | None
    location_en: str | None
    location: PointOut


class OwnerDeviceOut(DeviceOut):
    """`contact` stands here for the call to its owner only."""

    contact: str | None


class OwnRunOut(AedRunOut):
    """What who is paged has to know. Before the answer `cell` is all that is said of the place; afterwards `location` and address."""

    device: DeviceOut | None
    cell: str
    location: PointOut | None
    address_text: str | None
    floor: int | None


class BringerOut(Open):
    """`gain_s`: how much later the first shock would be expected without. `run_id` null: not asked yet, or asked by voice."""

    bringer: Bringer
    unit_id: str | None
    name: str | None
    device: OwnerDeviceOut | None
    shock_s: float
    shock_at: datetime
    p: float
    gain_s: float
    run_id: str | None
    status: RunStatus | None
    answer_by: datetime | None
    is_simulated: bool


class PassedOverOut(Open):
    bringer: Bringer | None
    unit_id: str | None
    name: str | None
    aed_id: str | None
    code: str
    text: str
    text_en: str


class CrewOut(Open):
    unit_id: str
    call_sign: str
    shock_s: float
    shock_at: datetime


class ArrestPlanOut(Open):
    """Expected times to the first shock from `at` on: with everybody, and with crews `alone`. Modelled, not measured."""

    incident_id: str
    at: datetime
    expected_s: float
    alone_s: float
    is_served: bool
    is_proved: bool
    crew: CrewOut | None
    bringers: list[BringerOut]
    passed_over: list[PassedOverOut]
    runs: list[AedRunOut]


class FlightConditionsOut(Open):
    """`is_known` False: nothing was reported, or it has expired; no drone flies."""

    is_known: bool
    wind_mps: float | None
    is_raining: bool | None
    no_fly: list[AreaOut]
    source: str | None
    reported_at: datetime | None
    expires_at: datetime | None


# --- onto the wire ----------------------------------------------------------------------------------------------------


def unit_wire(unit: ArrestUnit, *, has_place: bool) -> dict[str, Any]:
    drone, is_drone = unit.record.drone, unit.record.drone is not None
    return {
        "unit_id": unit.unit_id,
        "bringer": unit.record.bringer,
        "has_aed": unit.record.has_aed,
        "drone": drone
        and {
            "name": drone.name,
            "base": point_wire(drone.base),
            "cruise_mps": drone.cruise_mps,
            "range_m": drone.range_m,
            "payload_kg": drone.payload_kg,
            "wind_limit_mps": drone.wind_limit_mps,
            "flies_in_rain": drone.flies_in_rain,
        },
        "duty": unit.duty,
        "duty_reason": unit.duty_reason,
        "run_id": unit.run_id,
        "has_place": None if is_drone else has_place,
        "odds": None if is_drone else round(odds_of(unit), 2),
        "is_simulated": unit.record.record_class == RecordClass.SIMULATED,
    }


def run_wire(run: AedRun) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "incident_id": run.incident_id,
        "bringer": run.bringer,
        "unit_id": run.unit_id,
        "aed_id": run.aed_id,
        "status": run.status,
        "timestamps": {str(status): at for status, at in run.timestamps},
        "shock_at": run.arrives_at,
        "p": round(run.p, 2),
        "gain_s": round(run.gain_s),
        "answer_by": run.answer_by if run.status is RunStatus.OFFERED else None,
    }


def device_wire(maps: CityMaps, aed_id: str | None) -> dict[str, Any] | None:
    aed = maps.catalogue.aeds_by_id.get(aed_id) if aed_id else None
    return (
        None
        if aed is None
        else {
            "aed_id": aed.aed_id,
            "name_zh": aed.name_zh,
            "name_en": aed.name_en,
            "location_zh": aed.location_zh,
            "location_en": aed.location_en,
            "location": point_wire(aed.point),
        }
    )


def own_run_wire(maps: CityMaps, world: World, run: AedRun, cell: str) -> dict[str, Any]:
    """The address is told to whoever has said yes, and to nobody who has not."""
    incident = world.incidents[run.incident_id] if run.is_under_way else None
    return {
        **run_wire(run),
        "device": device_wire(maps, run.aed_id),
        "cell": cell,
        "location": incident and point_wire(incident.location.point),
        "address_text": incident and incident.address_text,
        "floor": incident and incident.floor,
    }


def plan_wire(maps: CityMaps, world: World, plan: Plan, at: datetime) -> dict[str, Any]:
    crew = world.units.get(plan.crew_id) if plan.crew_id else None
    return {
        "incident_id": plan.incident_id,
        "at": at,
        "expected_s": round(plan.expected_s),
        "alone_s": round(plan.alone_s),
        "is_served": plan.is_served,
        "is_proved": plan.is_proved,
        "crew": crew
        and {
            "unit_id": crew.unit_id,
            "call_sign": crew.record.call_sign,
            "shock_s": round(plan.crew_s or 0.0),
            "shock_at": at + timedelta(seconds=round(plan.crew_s or 0.0)),
        },
        "bringers": [_bringer(maps, world, page, at) for page in plan.pages],
        "passed_over": [_passed_over(world, passed) for passed in plan.passed_over],
        "runs": [run_wire(run) for run in world.runs_of(plan.incident_id)],
    }


def _bringer(maps: CityMaps, world: World, page: Page, at: datetime) -> dict[str, Any]:
    device = device_wire(maps, page.aed_id)
    if device is not None:
        is_owner = page.bringer is Bringer.OWNER
        device["contact"] = maps.catalogue.aeds_by_id[device["aed_id"]].contact if is_owner else None
    run = world.runs.get(page.run_id) if page.run_id else None
    return {
        "bringer": page.bringer,
        "unit_id": page.unit_id,
        "name": _name(world, page.unit_id),
        "device": device,
        "shock_s": round(page.at_s),
        "shock_at": at + timedelta(seconds=round(page.at_s)),
        "p": round(page.p, 2),
        "gain_s": round(page.gain_s),
        "run_id": page.run_id,
        "status": page.status,
        "answer_by": run.answer_by if run is not None and run.status is RunStatus.OFFERED else None,
        "is_simulated": page.is_simulated,
    }


def _passed_over(world: World, passed: PassedOver) -> dict[str, Any]:
    text_zh, text_en = PASSED_OVER[passed.code]
    return {
        "bringer": passed.bringer,
        "unit_id": passed.unit_id,
        "name": _name(world, passed.unit_id),
        "aed_id": passed.aed_id,
        "code": passed.code,
        "text": text_zh,
        "text_en": text_en,
    }


def _name(world: World, unit_id: UnitId | None) -> str | None:
    """A drone's; volunteers have none here."""
    unit = world.arrest_units.get(unit_id) if unit_id else None
    return unit.record.drone.name if unit is not None and unit.record.drone is not None else None


def conditions_wire(conditions: FlightConditions | None, now: datetime) -> dict[str, Any]:
    if conditions is None:
        return {
            "is_known": False,
            "wind_mps": None,
            "is_raining": None,
            "no_fly": [],
            "source": None,
            "reported_at": None,
            "expires_at": None,
        }
    return {
        "is_known": conditions.expires_at > now,
        "wind_mps": conditions.wind_mps,
        "is_raining": conditions.is_raining,
        "no_fly": [_area(ring) for ring in conditions.no_fly],
        "source": conditions.source,
        "reported_at": conditions.reported_at,
        "expires_at": conditions.expires_at,
    }


def _area(ring: tuple[Wgs84, ...]) -> dict[str, Any]:
    corners = [[round(point.lon_deg, 7), round(point.lat_deg, 7)] for point in (*ring, ring[0])]
    return {"type": "Polygon", "coordinates": [corners]}
