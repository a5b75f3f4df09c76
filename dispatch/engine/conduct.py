"""By what an engine decides: the policy and rules that it was given, or those that a supervisor has set since."""

from dataclasses import dataclass

from dispatch.domain.rules import Rules
from dispatch.domain.world import World
from dispatch.pipeline.policies import POLICIES, Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    policy: Policy
    rules: Rules

    def under(self, world: World) -> "Conduct":
        """What this becomes by the supervisor's order that stands in `world`, if one does.

        A policy that this version of the program has no longer does not stop it: the configured one chooses, and is shown to.
        """
        room = None if world.room is None else world.room.rules
        if room is None:
            return self
        ordered = self.policy if room.policy == self.policy.name else POLICIES.get(room.policy, self.policy)
        return Conduct(policy=ordered, rules=room.over(self.rules))
