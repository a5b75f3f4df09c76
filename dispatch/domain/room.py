"""What a supervisor may set while the service runs. The rest are settings that it reads when it starts."""

from dataclasses import dataclass, replace
from datetime import datetime

from dispatch.domain.post import RelocationEffort, RelocationMode, RelocationRules
from dispatch.domain.rules import Rules
from dispatch.domain.vocabulary import Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomRules:
    """How the room works: `policy` chooses; units recommended for priorities in `auto_assign` are committed without a person; nobody
    is taken from priorities in `divert_forbidden`. Priorities are in order, none twice.
    """

    policy: str
    relocation: RelocationMode
    relocation_effort: RelocationEffort
    auto_assign: tuple[Priority, ...] = ()
    divert_forbidden: tuple[Priority, ...] = ()

    def over(self, configured: Rules) -> Rules:
        """The rules that a decision sees: these, and for the rest what was configured."""
        return replace(
            configured,
            auto_assign=frozenset(self.auto_assign),
            divert=replace(configured.divert, forbidden=frozenset(self.divert_forbidden)),
            relocation=RelocationRules.of(self.relocation, self.relocation_effort),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomOrder:
    """`rules` are in force since the event `seq` at `set_at`, by `set_by`, for a reason; None: those configured, again."""

    seq: int
    rules: RoomRules | None
    set_at: datetime
    set_by: str
    reason: str
