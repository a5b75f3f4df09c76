"""What a trainer asks for, and how a drill is told, on the wire."""

from datetime import datetime
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from dispatch.api.traffic_wire import SLOWEST
from dispatch.api.wire_in import AnyCaseSex, Identifier, LocationIn, ShortText, Strict, Text, example
from dispatch.api.wire_out import Open
from dispatch.domain.vocabulary import Capability, CapabilityState, Priority

SPEEDS: Final = (1.0, 60.0)
LATEST_S: Final = 6 * 3600
"""As far ahead as something can be planned, and as long as it can last; a choice of ours."""

AfterS = Annotated[float, Field(ge=0, le=LATEST_S)]


class SpeedIn(Strict):
    """Seconds of the drill in one of the room."""

    model_config = example({"speed": 10})
    speed: Annotated[float, Field(ge=SPEEDS[0], le=SPEEDS[1])]


class StepIn(Strict):
    """To the next event (at most an hour), or by a minute."""

    model_config = example({"to": "event"})
    to: Literal["event", "minute"]


class InjectedCallIn(Strict):
    """A call as its taker would enter it, `after_s` seconds of the drill from now."""

    model_config = example({"complaint": "cardiac_arrest", "address_text": "福田区莲花街道", "after_s": 120})
    complaint: ShortText
    location: LocationIn | None = None
    address_text: ShortText | None = None
    priority: Priority | None = None
    age_years: Annotated[int, Field(ge=0, le=130)] | None = None
    sex: AnyCaseSex | None = None
    n_patients: Annotated[int, Field(ge=1, le=500)] = 1
    after_s: AfterS = 0.0


class SurgeIn(Strict):
    """So many invented calls from all over the city, at random instants within `within_s` seconds of the drill."""

    model_config = example({"n_calls": 20, "within_s": 600})
    n_calls: Annotated[int, Field(ge=1, le=500)]
    within_s: AfterS


class BreakdownIn(Strict):
    """A vehicle goes no further: its task is taken off it, and it is out of service."""

    model_config = example({"unit_id": "U001", "reason": "发动机故障"})
    unit_id: Identifier
    reason: Text = "车辆故障 breakdown"
    after_s: AfterS = 0.0


class RefusalIn(Strict):
    """The hospital for which a crew is bound does not take its patients."""

    model_config = example({"assignment_id": "asg-drill-01M808TX00YTTPDQ6SWRF8S1DE", "reason": "抢救室已满"})
    assignment_id: Identifier
    reason: Text = "抢救室已满 resuscitation room full"


class HospitalStateIn(Strict):
    """What a hospital can do from `after_s` on, for `for_s` seconds."""

    model_config = example({"hospital_id": "H002", "capability": "emergency", "state": "closed", "for_s": 3600})
    hospital_id: Identifier
    capability: Capability = Capability.EMERGENCY
    state: CapabilityState = CapabilityState.CLOSED
    for_s: Annotated[float, Field(gt=0, le=LATEST_S)] = 3600.0
    after_s: AfterS = 0.0


class StreetsIn(Strict):
    """All streets within `radius_m` of a place are closed, or driven at `speed_factor` times the usual speed, for `for_s` seconds."""

    model_config = example({"address_text": "科苑站", "radius_m": 500, "closed": True, "for_s": 1800})
    location: LocationIn | None = None
    address_text: ShortText | None = None
    radius_m: Annotated[float, Field(ge=50, le=5_000)]
    speed_factor: Annotated[float, Field(ge=SLOWEST, le=1)] | None = None
    closed: bool = False
    for_s: Annotated[float, Field(gt=0, le=LATEST_S)] = 1800.0
    after_s: AfterS = 0.0

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if (self.speed_factor is None) != self.closed:
            raise PydanticCustomError("speed_factor_or_closed", "needs either a speed_factor or closed")
        return self


class InjectionOut(Open):
    """`refused`: the code of its last command that could not be done, if there is one. `kind`: call, surge, breakdown, refusal,
    hospital, traffic."""

    number: int
    kind: str
    subject: str
    actor: str
    planned_at: datetime
    due_at: datetime
    n_commands: int
    n_done: int
    n_refused: int
    refused: str | None


class DrillOut(Open):
    """`phase`: ready, running, stepping, paused, ended, broken. `pace`: seconds of the drill in one of the room now, 0 while it
    stands."""

    realm: str
    phase: str
    speed: float
    pace: float
    at: datetime
    started_at: datetime
    calls_to_come: int
    injections: list[InjectionOut]
    has_report: bool
    has_roads: bool
