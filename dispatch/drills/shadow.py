"""What the estimate would have done: beside each first assignment on the road network, the same decision with estimated legs.

The shadow sees the same facts, the legs of units and hospitals excepted, and is asked of the same policy. It changes nothing: not the
choice, not the journal, and not the time that a decision is measured to take, for it is worked out after the commit was told.

The cost of another choice is how much later, by the network's own times, the first of the shadow's units would have been at the scene.
It may be negative: a policy also looks at crews, lateness and other calls, and does not always send who is nearest.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dispatch.domain import events as ev
from dispatch.domain.choice import Recommendation
from dispatch.domain.facts import BoolArray, Facts, IntArray
from dispatch.domain.ids import IncidentId, UnitId
from dispatch.domain.vocabulary import AssignmentMode, Priority
from dispatch.domain.world import World
from dispatch.engine.commits import Told
from dispatch.pipeline.policies import Policy
from routing.travel_time.port import TravelTimeProvider, TravelTimes


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One first assignment. `cost_s` is None when the shadow would have sent nobody, or somebody without a way to the scene."""

    priority: Priority
    is_other: bool
    cost_s: float | None


class Shadow:
    """Stands between an engine and its policy: `policy` is what the engine is given, `hear` its subscriber."""

    def __init__(self, policy: Policy, estimate: TravelTimeProvider) -> None:
        self._inner, self._estimate = policy, estimate
        self.policy = replace(policy, choose=self._choose)
        self.comparisons: list[Comparison] = []
        self._facts: Facts | None = None

    def _choose(self, facts: Facts, explained: frozenset[IncidentId]) -> Sequence[Recommendation]:
        self._facts = facts
        return self._inner.choose(facts, explained)

    def hear(self, told: Told) -> None:
        """Compare the first assignments of this commit; the engine chose for them from the facts that it saw last."""
        sent: dict[IncidentId, set[UnitId]] = {}
        for recorded in told.entries:
            event = recorded.event
            if not isinstance(event, ev.UnitAssigned) or event.mode is not AssignmentMode.AUTOMATIC:
                continue
            if _is_first(told.before, event.incident_id):
                sent.setdefault(event.incident_id, set()).add(event.unit_id)
        if sent and self._facts is not None:
            self.comparisons.extend(self._compare(self._facts, sent))
        self._facts = None

    def _compare(self, facts: Facts, sent: dict[IncidentId, set[UnitId]]) -> Iterable[Comparison]:
        made = self._inner.choose(_with_legs_of(self._estimate, facts), frozenset())
        chosen = {recommendation.incident_id: set(recommendation.unit_ids) for recommendation in made}
        for c, need in enumerate(facts.needs):
            incident = need.incident
            if incident.incident_id not in sent:
                continue
            # What stands recommended is not recommended anew.
            standing = set(incident.recommendation.unit_ids) if incident.recommendation else set()
            actual, other = sent[incident.incident_id], chosen.get(incident.incident_id, standing)
            if other == actual:
                yield Comparison(priority=incident.priority, is_other=False, cost_s=0.0)
                continue
            cost_s = _first_s(facts, c, other) - _first_s(facts, c, actual)
            is_known = bool(np.isfinite(cost_s))
            yield Comparison(priority=incident.priority, is_other=True, cost_s=cost_s if is_known else None)

    def report(self) -> dict[str, Any]:
        """`estimate_comparison` of a drill's report."""
        by_priority = {
            str(priority): _summary([one for one in self.comparisons if one.priority is priority])
            for priority in Priority
        }
        return {"source": self._estimate.source, "all": _summary(self.comparisons), "by_priority": by_priority}


def _is_first(before: World, incident_id: IncidentId) -> bool:
    known = before.incidents.get(incident_id)
    return known is None or not known.assignment_ids


def _first_s(facts: Facts, c: int, unit_ids: set[UnitId]) -> float:
    """When the first of these units is at need c's scene, infinity for none."""
    to_scene_s, row_of = facts.to_scene.travel_time_s[:, c], facts.units.row_of
    return min((float(to_scene_s[row_of[unit_id]]) for unit_id in unit_ids), default=np.inf)


def _with_legs_of(estimate: TravelTimeProvider, facts: Facts) -> Facts:
    """The same facts with estimated legs; rows of units that are ruled out stay infinite."""
    units, hospitals, at = facts.units, facts.hospitals, facts.decided_at
    scene_lat = np.array([need.incident.location.point.lat_deg for need in facts.needs])
    scene_lon = np.array([need.incident.location.point.lon_deg for need in facts.needs])
    free = units.ruled.is_eligible
    places, place_of = np.unique(units.lat_deg[free] + 1j * units.lon_deg[free], return_inverse=True)
    legs = estimate.many_to_many(places.real, places.imag, scene_lat, scene_lon, departing_at=at)
    return replace(
        facts,
        to_scene=_spread(legs, free, place_of),
        to_hospital=estimate.many_to_many(scene_lat, scene_lon, hospitals.lat_deg, hospitals.lon_deg, departing_at=at),
    )


def _spread(legs: TravelTimes, free: BoolArray, place_of: IntArray) -> TravelTimes:
    """Legs from places as legs of all units, of which those that are `free` stand at `place_of`."""
    shape = (len(free), legs.travel_time_s.shape[1])
    travel_time_s, distance_m = np.full(shape, np.inf), np.full(shape, np.inf)
    travel_time_s[free], distance_m[free] = legs.travel_time_s[place_of], legs.distance_m[place_of]
    return replace(legs, travel_time_s=travel_time_s, distance_m=distance_m)


def _summary(comparisons: Sequence[Comparison]) -> dict[str, Any]:
    """Counts, and the cost over those assignments for which the shadow would have sent another unit."""
    others = [one for one in comparisons if one.is_other]
    costs = np.array([one.cost_s for one in others if one.cost_s is not None])
    p50, p90 = np.percentile(costs, (50, 90)) if len(costs) else (None, None)
    return {
        "n": len(comparisons),
        "n_other": len(others),
        "share_other": len(others) / len(comparisons) if comparisons else None,
        "n_never": sum(one.cost_s is None for one in others),
        "cost_s": {
            "n": len(costs),
            "mean": _rounded(costs.mean() if len(costs) else None),
            "p50": _rounded(p50),
            "p90": _rounded(p90),
            "max": _rounded(costs.max() if len(costs) else None),
        },
    }


def _rounded(value: Any) -> float | None:
    return None if value is None else round(float(value), 1)
