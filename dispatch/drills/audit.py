"""Solves sampled decisions of a drill again, exactly, and says by how much the joint choice was dearer than the optimum.

The exact model is built from the prices of the facts (routing.optimise.exact), not from what the flow made of them: it knows no
pruning, no savings and no tie-break. Three things are checked of a decision: that what the
policy preferred is what the flow found, what that costs, and that nothing costs less.

What is preferred is what is recommended, save where two units are equivalent and the nearest goes in the other's stead, which the
recommendation says (policies/equivalence.py). That is a rule about what is not known, and no failure of the optimum: it is counted
apart, with what it costs by the prices.

A decision in which crews on their way change incidents is left out and counted: rules about single changes bound it, and no sum of
prices (policies/diverting.py). Without such a change these policies decide like the others, with those crews left alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from dispatch.domain.choice import Recommendation
from dispatch.domain.facts import Facts
from dispatch.domain.ids import HospitalId, IncidentId, UnitId
from dispatch.domain.incident import RecommendationRef
from dispatch.pipeline.policies import Policy, flow
from routing.optimise import assignment, exact

EQUAL_SHARE: Final = 0.999
"""At least so many audited decisions must equal the exact optimum ..."""

WORST_SHARE: Final = 0.001
"""... and no other may cost more than so much above it."""

NEEDS_FROM: Final = (1, 2, 5, 10, 20, 50)
"""Decisions are told apart by how many units their calls want together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """One decision for calls that want `n_needs` units together. `is_as_found`: what was preferred is what the flow found.

    `n_ties`: how often the nearest was taken in the stead of an equivalent one; `ties_cost`: by how much that was dearer.
    """

    n_needs: int
    gap: exact.Gap
    is_as_found: bool
    n_ties: int = 0
    ties_cost: int = 0


class Auditor:
    """Stands between an engine and its policy: `policy` is what the engine is given."""

    def __init__(self, policy: Policy, *, n_sample: int, n_decisions: int) -> None:
        """Audits some `n_sample` of `n_decisions` expected decisions, evenly spread. ValueError for a policy that prices nothing."""
        if policy.prices is None:
            raise ValueError(f"{policy.name} makes no joint choice")
        self._inner, self._prices = policy, policy.prices
        self._n_sample, self._n_expected = min(n_sample, n_decisions), max(1, n_decisions)
        self.policy = replace(policy, choose=self._choose)
        self.n_decisions = self.n_changes_of_crews = 0
        self.audited: list[Audited] = []

    def _choose(self, facts: Facts, explained: frozenset[IncidentId]) -> Sequence[Recommendation]:
        made = self._inner.choose(facts, explained)
        if made and any(need.missing for need in facts.needs):
            turn, self.n_decisions = self.n_decisions, self.n_decisions + 1
            if (turn + 1) * self._n_sample // self._n_expected > turn * self._n_sample // self._n_expected:
                self._audit(facts, made)
        return made

    def _audit(self, facts: Facts, made: Sequence[Recommendation]) -> None:
        if any(unit.diverted_from or unit.relieves for each in made for unit in each.units):
            self.n_changes_of_crews += 1
            return
        prices = self._prices(facts)
        is_bound = facts.bound_to >= 0
        problem = flow.problem_of(facts, replace(prices, is_unit_eligible=prices.is_unit_eligible & ~is_bound))
        found = assignment.solve(problem)
        gap = exact.Gap(decided=found.cost, exact=exact.optimum(exact.joint_choice(problem)))
        left_with = _left_with(facts, made)
        ties = [tie for c, each in left_with.items() if each and (tie := _tie(facts, problem, c, each)) is not None]
        self.audited.append(
            Audited(
                n_needs=int(problem.need.sum()),
                gap=gap,
                is_as_found=all(_preferred(each) == _found(facts, found, c) for c, each in left_with.items()),
                n_ties=len(ties),
                ties_cost=sum(ties),
            )
        )

    @property
    def is_good(self) -> bool:
        """Whether the audit bears out what the project promises of its joint choice."""
        total = _summary(self.audited)
        return bool(
            total["n"] > 0
            and total["n_not_as_found"] == 0
            and total["share_equal"] >= EQUAL_SHARE
            and total["worst_share"] <= WORST_SHARE
        )

    def report(self) -> dict[str, Any]:
        """Counts and gaps, in all and by the number of units that were wanted together."""
        limits = [*NEEDS_FROM, None]
        grouped = [
            {"needs_from": first, "needs_below": beyond}
            | _summary([a for a in self.audited if a.n_needs >= first and (beyond is None or a.n_needs < beyond)])
            for first, beyond in zip(NEEDS_FROM, limits[1:], strict=True)
        ]
        return {
            "policy": self._inner.name,
            "policy_version": self._inner.version,
            "decisions": self.n_decisions,
            "changes_of_crews_left_out": self.n_changes_of_crews,
            "is_good": self.is_good,
            "all": _summary(self.audited),
            "by_needs": [group for group in grouped if group["n"]],
        }


_Choice = tuple[frozenset[UnitId], HospitalId | None]
_Standing = Recommendation | RecommendationRef


def _left_with(facts: Facts, made: Sequence[Recommendation]) -> dict[int, _Standing | None]:
    """What each need that misses units is left with: recommended now, or standing."""
    new = {each.incident_id: each for each in made}
    return {
        c: new.get(need.incident.incident_id, need.incident.recommendation)
        for c, need in enumerate(facts.needs)
        if need.missing
    }


def _preferred(made: _Standing | None) -> _Choice:
    if made is None:
        return frozenset(), None
    return frozenset(made.unit_ids if made.instead_of is None else [made.instead_of]), made.hospital_id


def _found(facts: Facts, solution: assignment.Solution, c: int) -> _Choice:
    hospitals = [facts.hospitals.hospital_ids[row] for row in solution.hospitals[c] if row is not None]
    return frozenset(facts.units.unit_ids[row] for row in solution.units[c]), hospitals[0] if hospitals else None


def _tie(facts: Facts, problem: assignment.Problem, c: int, made: _Standing) -> int | None:
    """By how much the nearest was dearer than the unit in whose stead it goes; None where nobody goes in another's stead."""
    if made.instead_of is None:
        return None
    rows = [facts.units.unit_ids.index(unit_id) for unit_id in (*made.unit_ids, made.instead_of)]
    nearest, preferred = problem.response_cost[c, rows].tolist()
    return int(nearest - preferred)


def _summary(audited: Sequence[Audited]) -> dict[str, Any]:
    """`worst_share` is the greatest possible excess over the optimum; None where nothing was audited."""
    n_equal = sum(each.gap.is_optimal for each in audited)
    return {
        "n": len(audited),
        "n_equal": n_equal,
        "share_equal": n_equal / len(audited) if audited else None,
        "worst_share": max((each.gap.share for each in audited), default=None),
        "n_unproven": sum(not each.gap.exact.is_proven for each in audited),
        "n_not_as_found": sum(not each.is_as_found for each in audited),
        "n_ties": sum(each.n_ties for each in audited),
        "ties_cost_share": sum(each.ties_cost for each in audited) / max(1, sum(each.gap.decided for each in audited)),
    }
