"""What must hold of calls that wait and of units that wait for calls, for the machine that plays everybody at once."""

from datetime import timedelta
from typing import Any, Final

from hypothesis.stateful import invariant

from dispatch.domain.assignment import AssignmentStatus
from dispatch.domain.incident import HoldReason
from dispatch.domain.vocabulary import Duty, Priority
from dispatch.pipeline.candidates import need
from dispatch.pipeline.policies import costs

WAITS_BY_CHOICE: Final = {HoldReason.UNITS_KEPT, HoldReason.CREW_SOON_FREE}


class WaitingRules:
    """Mixed into a machine that has an `engine` and a `clock`."""

    engine: Any
    clock: Any

    @invariant()
    def nobody_waits_beside_a_free_unit(self) -> None:
        """Where the engine assigns by itself, a call is only held while no suitable unit is free; or the last few are kept for
        whoever is about to die. Then the call is a young one of less urgency, and its reason says so.
        """
        world, conduct, now = self.engine.world, self.engine.conduct, self.clock.now()
        if conduct.rules.auto_assign != frozenset(Priority):
            return
        declined = {a.unit_id for a in world.assignments.values() if a.status is AssignmentStatus.DECLINED}
        free = [unit for unit in world.units.values() if unit.is_free]
        kinds = {unit.record.kind for unit in free if unit.unit_id not in declined}
        n_in_service = sum(unit.duty is Duty.IN_SERVICE for unit in world.units.values())
        for incident in world.open_incidents():
            n_missing = world.units_missing(incident)
            must_be = need(world, incident.incident_id, n_missing).must_be
            if not n_missing or not (kinds & must_be if must_be else kinds):
                continue
            assert incident.held is not None
            assert incident.held.reason in WAITS_BY_CHOICE
            assert conduct.policy.prices is not None
            assert incident.priority in costs.LESS_URGENT
            assert n_missing == 1
            assert len(free) < costs.RESERVE_SHARE * n_in_service
            young_s = costs.RESERVE_UNTIL * costs.TARGET_S[incident.priority]
            looked_at_again_s = conduct.rules.hold_reminder_every_s
            assert now - incident.received_at < timedelta(seconds=young_s + looked_at_again_s)

    @invariant()
    def only_free_units_are_told_where_to_wait(self) -> None:
        world = self.engine.world
        assert all(unit.advised is None or unit.assignment_id is None for unit in world.units.values())
        assert all(unit.post_id is None or unit.post_id in world.posts for unit in world.units.values())
