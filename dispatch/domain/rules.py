"""The settings a decision may depend on, and the context it is made in."""

from dataclasses import dataclass, field
from datetime import datetime

from dispatch.domain.ids import NewIds
from dispatch.domain.vocabulary import Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Times in seconds; the defaults are the contract's (detail 18).

    `auto_assign` names the priorities for which the engine commits the recommended unit by itself; for the others
    a dispatcher confirms.
    """

    reoffer_after_s: float = 30.0
    escalate_after_s: tuple[float, ...] = (60.0, 90.0)
    hold_reminder_every_s: float = 300.0
    hospital_status_valid_s: float = 4 * 3600.0
    auto_assign: frozenset[Priority] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a decision is given besides the world and the command: the instant, fresh ids, the rules, and who asks."""

    now: datetime
    ids: NewIds
    rules: Rules
    actor: str
