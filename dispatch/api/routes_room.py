"""How the room works: a supervisor sets it while the service runs, and sees first what would come of it."""

from collections import Counter
from typing import Final, Self

from fastapi import APIRouter, Request, Response
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from dispatch.api.access import Supervising
from dispatch.api.answers import answer, carry_out
from dispatch.api.problems import documented
from dispatch.api.routes_supervision import PolicyOut, policy_wire
from dispatch.api.wire_in import Strict, Text, example
from dispatch.api.wire_out import Open
from dispatch.api.wiring import service_of
from dispatch.domain import events as ev
from dispatch.domain.commands_room import SetRoomRules
from dispatch.domain.events_posts import RelocationAdvised, UnitRelocated
from dispatch.domain.incident import Incident
from dispatch.domain.post import RelocationEffort, RelocationMode
from dispatch.domain.rejections import Refusal
from dispatch.domain.room import RoomRules
from dispatch.domain.vocabulary import Priority
from dispatch.pipeline.policies import POLICIES

router = APIRouter(prefix="/api/v1/supervision", tags=["reports"])
REFUSED: Final = documented(400, 401, 403, 422, 503, Refusal.ROOM_RULES_CHANGED)


class RoomRulesIn(Strict):
    """How the room is to work; what is not named here stays as configured."""

    policy: str
    relocation: RelocationMode
    relocation_effort: RelocationEffort
    auto_assign: frozenset[Priority]
    divert_forbidden: frozenset[Priority]

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.policy not in POLICIES:
            raise PydanticCustomError(
                "unknown_policy", "must be one of {names}", {"names": ", ".join(sorted(POLICIES))}
            )
        return self

    @property
    def rules(self) -> RoomRules:
        return RoomRules(
            policy=self.policy,
            relocation=self.relocation,
            relocation_effort=self.relocation_effort,
            auto_assign=_ordered(self.auto_assign),
            divert_forbidden=_ordered(self.divert_forbidden),
        )


class RoomOrderIn(Strict):
    """`rules` null: as configured, again. `instead_of`: the `seq` of the order that one has seen in force, 0 where there was none."""

    model_config = example(
        {
            "rules": {
                "policy": "full",
                "relocation": "automatic",
                "relocation_effort": "frugal",
                "auto_assign": ["red"],
                "divert_forbidden": ["red", "orange"],
            },
            "reason": "暴雨,来电激增",
            "instead_of": 0,
        }
    )
    rules: RoomRulesIn | None
    reason: Text
    instead_of: int = Field(ge=0)

    @property
    def command(self) -> SetRoomRules:
        rules = None if self.rules is None else self.rules.rules
        return SetRoomRules(rules=rules, reason=self.reason, instead_of=self.instead_of)


class EffectOut(Open):
    """What the order would bring about at once: counts of incidents and units, and what is recommended otherwise by incident."""

    recommended_anew: list[str]
    units_assigned: int
    units_taken_away: int
    moves_advised: int
    moves_ordered: int


@router.post("/rules", summary="Set how the room works", response_model=PolicyOut, responses=REFUSED)
async def set_room_rules(request: Request, body: RoomOrderIn, user: Supervising) -> Response:
    """In force at once, for every desk and after a restart, until it is set otherwise; what stands recommended is looked at again.

    409 when somebody else has set it meanwhile."""
    engine = service_of(request).engine
    return await carry_out(request, body.command, user, lambda committed: policy_wire(engine, committed.world))


@router.post("/rules/effect", summary="What would come of it", response_model=EffectOut, responses=REFUSED)
async def preview_room_rules(request: Request, body: RoomOrderIn, user: Supervising) -> Response:
    """What the same order would change at this instant; nothing is done and nothing written down."""
    committed = await service_of(request).engine.consequences(body.command, actor=user.name)
    events, known = [recorded.event for recorded in committed.entries], committed.before.incidents
    counts = Counter(map(type, events))
    return answer(
        {
            "recommended_anew": sorted(
                event.incident_id
                for event in events
                if isinstance(event, ev.RecommendationMade) and _is_otherwise(event, known[event.incident_id])
            ),
            "units_assigned": counts[ev.UnitAssigned],
            "units_taken_away": counts[ev.AssignmentCancelled],
            "moves_advised": counts[RelocationAdvised],
            "moves_ordered": counts[UnitRelocated],
        }
    )


def _is_otherwise(made: ev.RecommendationMade, was: Incident) -> bool:
    standing, now = was.recommendation, made.recommendation
    return standing is None or (standing.unit_ids, standing.hospital_id) != (now.unit_ids, now.hospital_id)


def _ordered(priorities: frozenset[Priority]) -> tuple[Priority, ...]:
    return tuple(priority for priority in Priority if priority in priorities)
