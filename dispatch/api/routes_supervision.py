"""What a supervisor looks at beside the board: the settings in force, and how the shift keeps its times."""

from datetime import datetime
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from dispatch.api.access import Watching
from dispatch.api.answers import answer
from dispatch.api.problems import documented
from dispatch.api.wire_out import Open
from dispatch.api.wiring import service_of
from dispatch.domain.room import RoomOrder
from dispatch.domain.vocabulary import Priority
from dispatch.domain.world import World
from dispatch.engine.engine import Engine
from dispatch.pipeline.policies import POLICIES
from dispatch.pipeline.policies.costs import TARGET_S
from dispatch.projections.live_intervals import (
    COMMIT_WITHIN_S,
    TURNOUT_WITHIN_S,
    District,
    Kept,
    LiveInterval,
    live_intervals,
)

router = APIRouter(prefix="/api/v1", tags=["reports"])
FROM_THE_CALL: Final = {str(priority): within_s for priority, within_s in TARGET_S.items()}


class DivertOut(Open):
    """`is_on`: whether the policy takes crews off other incidents at all; from priorities in `forbidden` it never does."""

    is_on: bool
    forbidden: list[str]
    max_per_incident: int
    gain_s: float


class RoomOrderOut(Open):
    """A supervisor's order about how the room works; `is_configured`: to go back to what is configured."""

    seq: int
    is_configured: bool
    set_at: datetime
    set_by: str
    reason: str


class PolicyOut(Open):
    """By what the service acts. `order`: the last by which a supervisor has set it; without one everything is as configured. Timers,
    `max_per_incident` and `gain_s` are read when the service starts. `policies` are those that can be chosen; with no posts (`n_posts`
    0) nobody is relocated.
    """

    policy: str
    version: str
    policies: list[str]
    n_posts: int
    order: RoomOrderOut | None
    auto_assign: list[str]
    relocation: str
    relocation_effort: str | None
    divert: DivertOut
    reoffer_after_s: float
    escalate_after_s: list[float]
    hold_reminder_every_s: float


class KeptOut(Open):
    """`n`: that are over, or late already (`n_late_running`); of them `n_met` kept the target. Durations in seconds."""

    n: int
    n_met: int
    n_late_running: int
    median_s: float | None


class DistrictOut(Open):
    """`adcode` null: the place lies in no district of the catalogue."""

    adcode: str | None
    name_zh: str | None
    name_en: str | None
    commit: KeptOut
    turnout: KeptOut
    scene: KeptOut


class TargetsOut(Open):
    commit_s: float
    turnout_s: float
    scene_s: dict[str, float]


class SupervisionOut(Open):
    """`n_incidents`: all open ones and the last that ended, as many as the service keeps at hand; `n_simulated` of them."""

    policy: PolicyOut
    n_incidents: int
    n_simulated: int
    targets: TargetsOut
    districts: list[DistrictOut]


@router.get(
    "/supervision",
    summary="Settings in force, and times kept by district",
    response_model=SupervisionOut,
    responses=documented(401, 403),
)
async def get_supervision(request: Request, _: Watching) -> Response:
    """Intervals of open and recently ended incidents against their targets; nothing of it is older than the board."""
    service = service_of(request)
    world = service.engine.world
    table = live_intervals(world, service.engine.clock.now(), request.app.state.district_of)
    names = {each.adcode: (each.name_zh, each.name_en) for each in service.catalogue.districts}
    districts = [_district(adcode, names, table[adcode]) for adcode in sorted(table, key=lambda code: code or "~")]
    return answer(
        {
            "policy": policy_wire(service.engine, world),
            "n_incidents": len(world.incidents),
            "n_simulated": sum(incident.is_simulated for incident in world.incidents.values()),
            "targets": {"commit_s": COMMIT_WITHIN_S, "turnout_s": TURNOUT_WITHIN_S, "scene_s": FROM_THE_CALL},
            "districts": districts,
        }
    )


def policy_wire(engine: Engine, world: World) -> dict[str, Any]:
    """By what is decided in this world, and on whose order."""
    conduct, order = engine.configured.under(world), world.room
    rules, policy = conduct.rules, conduct.policy
    return {
        "policy": policy.name,
        "version": policy.version,
        "policies": sorted(POLICIES),
        "n_posts": len(world.posts) if engine.can_relocate else 0,
        "order": None if order is None else _order(order),
        "auto_assign": [priority for priority in Priority if priority in rules.auto_assign],
        "relocation": rules.relocation.mode,
        "relocation_effort": rules.relocation.effort,
        "divert": {
            "is_on": policy.diverts,
            "forbidden": [priority for priority in Priority if priority in rules.divert.forbidden],
            "max_per_incident": rules.divert.max_per_incident,
            "gain_s": rules.divert.gain_s,
        },
        "reoffer_after_s": rules.reoffer_after_s,
        "escalate_after_s": list(rules.escalate_after_s),
        "hold_reminder_every_s": rules.hold_reminder_every_s,
    }


def _order(order: RoomOrder) -> dict[str, Any]:
    return {
        "seq": order.seq,
        "is_configured": order.rules is None,
        "set_at": order.set_at,
        "set_by": order.set_by,
        "reason": order.reason,
    }


def _district(adcode: District, names: dict[str, tuple[str, str]], kept: dict[LiveInterval, Kept]) -> dict[str, Any]:
    name_zh, name_en = names.get(adcode or "", (None, None))
    return {
        "adcode": adcode,
        "name_zh": name_zh,
        "name_en": name_en,
        **{
            str(interval): {
                "n": each.n,
                "n_met": each.n_met,
                "n_late_running": each.n_late_running,
                "median_s": each.median_s,
            }
            for interval, each in kept.items()
        },
    }
