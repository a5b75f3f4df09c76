"""The best N new posts beside the stations, and what each would bring.

Cells i, periods t of hours of like traffic, thresholds T_1 < ... < T_k from the call to the arrival. A unit that waits at j is at i
after `before_s` + travel time; arriving within T_l is worth (k − l + 1) / k, later than all thresholds nothing. With the red demand of
demand.py this is the maximal covering problem by degrees (`routing/optimise/maximal_covering.py`) on cells x periods, the stations
standing already; it assumes that a unit is always free at every post. With a number of units and the share of their time that they are
busy it is the expected covering problem instead (`routing/optimise/expected_covering.py`).

A plan is judged on the calls themselves, not on cells: each red call of the log at its own place and hour, and, so that nobody takes
what fits one week's accidents for a gain, on days that were not used to plan (two halves of the days, each planned on the other).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from maps_data.catalogue import Catalogue
from maps_data.post_plan.candidates import candidate_points, described
from maps_data.post_plan.demand import Calls, all_day_demand, red_demand
from maps_data.post_plan.hours import HourlyTimes
from maps_data.posts import Post, PostKind, station_posts
from maps_data.progress import OnStage
from routing.cells import centre
from routing.geo import BoolArray, FloatArray, IntArray, Wgs84
from routing.optimise.expected_covering import ExpectedCovering, open_posts
from routing.optimise.maximal_covering import Covering, relaxed
from routing.roads.network import RoadNetwork
from routing.travel_time.port import TravelTimeProvider

LIMITS_S: Final = (480.0, 600.0, 720.0, 900.0)
"""From the call: what a plan reports, whatever it was planned for."""


class TooFewCandidates(ValueError):
    """There are not as many places as posts are wanted; says so in Chinese (`zh`) and English (`en`)."""

    def __init__(self, n_candidates: int, n: int) -> None:
        self.zh = f"只有 {n_candidates} 处候选，少于要选的 {n} 处，请减小 --n"
        self.en = f"there are {n_candidates} candidates, fewer than {n} posts; give a smaller --n"
        super().__init__(f"{self.zh} / {self.en}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """How many new posts, for which thresholds from the call (seconds, ascending), with `before_s` from the call to the first
    metre; with `units`, the expected covering of so many that are `busy` for a share of their time. ValueError otherwise.
    """

    n: int
    thresholds_s: tuple[float, ...]
    before_s: float
    units: int | None = None
    busy: float = 0.0

    def __post_init__(self) -> None:
        if self.n < 1 or not self.thresholds_s or list(self.thresholds_s) != sorted(set(self.thresholds_s)):
            raise ValueError("a plan needs at least one post, and thresholds that ascend")
        if not 0.0 <= self.before_s < self.thresholds_s[0] or not 0.0 <= self.busy < 1.0:
            raise ValueError("before_s must lie below every threshold, busy within [0, 1)")

    @property
    def worths(self) -> dict[float, float]:
        """What arriving within each threshold is worth."""
        k = len(self.thresholds_s)
        return {threshold_s: (k - row) / k for row, threshold_s in enumerate(self.thresholds_s)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """Shares of red calls that the nearest post reaches later than each of `LIMITS_S`, and the mean of those
    reached, in seconds."""

    later_than: tuple[float, ...]
    mean_s: float
    n_calls: int

    @classmethod
    def of(cls, arrival_s: FloatArray) -> "Late":
        shares = tuple(float((arrival_s > limit_s).mean()) for limit_s in LIMITS_S)
        return cls(later_than=shares, mean_s=float(arrival_s[np.isfinite(arrival_s)].mean()), n_calls=len(arrival_s))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPost:
    """A post of the plan: what it adds to those before it as a share of the red demand, and how late red calls are with all up to it.
    `units` is how many wait there in an expected covering.
    """

    post: Post
    demand_added: float
    late: Late
    units: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The stations and the new posts in order. `covered` and `bound` are shares of the worth of all red demand; no N posts cover more
    than `bound`. `held_out` is before and after on days that were not planned on; None for a log of one day.
    """

    question: Question
    stations: tuple[Post, ...]
    new: tuple[NewPost, ...]
    periods: tuple[tuple[int, ...], ...]
    n_candidates: int
    covered_before: float
    covered: float
    bound: float
    late_before: Late
    share_with_way: float
    held_out: tuple[Late, Late] | None
    source: str
    demand: FloatArray

    @property
    def posts(self) -> tuple[Post, ...]:
        return (*self.stations, *(new.post for new in self.new))


def make_plan(
    catalogue: Catalogue,
    calls: Calls,
    provider: TravelTimeProvider,
    network: RoadNetwork | None,
    question: Question,
    *,
    on_stage: OnStage,
) -> Plan:
    """The plan for a city. `network` says where streets are; the times are the provider's. Nothing is drawn: the same question has
    the same answer. TooFewCandidates when there are fewer than N.
    """
    cells, zone = catalogue.population_cells, ZoneInfo(catalogue.time_zone)
    stations = station_posts(catalogue.bases)
    rows, places = candidate_points(cells, network)
    if len(rows) < question.n:
        raise TooFewCandidates(len(rows), question.n)
    points = [*(post.point for post in stations), *places]
    clock = HourlyTimes(provider, min(calls.day), zone)
    centres = [centre(cell.cell) for cell in cells]
    periods = clock.periods(points[: len(stations)], centres, calls)
    weights = clock.weights(points, centres, periods, question.worths, question.before_s, on_stage)
    residents = np.array([cell.population_estimate for cell in cells])
    everything = np.ones(len(calls.day), np.bool_)

    def choose(used: BoolArray) -> "_Choice":
        demand = red_demand(calls, used, residents, [np.array(hours) for hours in periods])
        return _choice(
            Covering.of(weights, demand.ravel(), n_levels=len(question.thresholds_s)), question, len(stations)
        )

    on_stage("选点", "choosing", None)
    chosen = choose(everything)
    halves = _halves(calls)
    on_stage("留出检验", "holding out", None)
    tried = [(choose(~half), half) for half in halves]
    on_stage("逐个呼救核算", "judging on the calls", None)
    wanted = sorted({*chosen.posts, *(j for choice, _ in tried for j in choice.posts)})
    arrival_s = clock.arrivals([*points[: len(stations)], *(points[j] for j in wanted)], calls, question.before_s)
    row_of = {j: len(stations) + row for row, j in enumerate(wanted)}
    before_s = arrival_s[: len(stations)].min(axis=0)
    red_rows = np.flatnonzero(calls.is_red)
    return Plan(
        question=question,
        stations=stations,
        new=tuple(_new_posts(catalogue, calls, rows, points, chosen, stations, arrival_s, row_of)),
        periods=periods,
        n_candidates=len(rows),
        covered_before=chosen.before,
        covered=chosen.covered,
        bound=chosen.bound,
        late_before=Late.of(before_s),
        share_with_way=float(np.isfinite(before_s).mean()),
        held_out=_held_out(tried, red_rows, arrival_s, before_s, row_of),
        source=provider.source,
        demand=all_day_demand(calls, residents),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """Rows of chosen posts (stations first) in order, and shares of the demand's worth."""

    posts: tuple[int, ...]
    added: tuple[float, ...]
    units: tuple[int, ...] | None
    before: float
    covered: float
    bound: float


def _choice(covering: Covering, question: Question, n_stations: int) -> _Choice:
    stations = range(n_stations)
    if question.units is None:
        found = relaxed(covering, question.n, opened=stations)
        share = covering.share
        return _Choice(
            posts=found.posts,
            added=tuple(map(share, found.gains)),
            units=None,
            before=share(covering.value(stations)),
            covered=share(found.value),
            bound=share(found.bound),
        )
    model = ExpectedCovering(covering, question.busy)
    _, without = open_posts(model, question.units, 0, stations)
    posts, placement = open_posts(model, question.units, question.n, stations)
    return _Choice(
        posts=posts,
        added=tuple(model.share(_without(model, placement.counts, j)) for j in posts),
        units=tuple(int(placement.counts[j]) for j in posts),
        before=model.share(without.value),
        covered=model.share(placement.value),
        bound=model.share(placement.bound),
    )


def _without(model: ExpectedCovering, counts: IntArray, post: int) -> int:
    """What is lost when nobody waits at a post."""
    fewer = counts.copy()
    fewer[post] = 0
    return model.value(counts) - model.value(fewer)


def _halves(calls: Calls) -> list[BoolArray]:
    """The calls of every other day, and the rest; none for a single day."""
    days = sorted(set(calls.day))
    if len(days) < 2:
        return []
    is_even = np.array([days.index(day) % 2 == 0 for day in calls.day], np.bool_)
    return [is_even, ~is_even]


def _held_out(
    tried: list[tuple[_Choice, BoolArray]],
    red_rows: IntArray,
    arrival_s: FloatArray,
    before_s: FloatArray,
    row_of: dict[int, int],
) -> tuple[Late, Late] | None:
    if not tried:
        return None
    after_s = before_s.copy()
    for choice, half in tried:
        here = half[red_rows]
        nearest_s = arrival_s[[row_of[j] for j in choice.posts]][:, here].min(axis=0, initial=np.inf)
        after_s[here] = np.minimum(before_s[here], nearest_s)
    return Late.of(before_s), Late.of(after_s)


def _new_posts(
    catalogue: Catalogue,
    calls: Calls,
    rows: IntArray,
    points: Sequence[Wgs84],
    chosen: _Choice,
    stations: Sequence[Post],
    arrival_s: FloatArray,
    row_of: dict[int, int],
) -> list[NewPost]:
    so_far_s = arrival_s[: len(stations)].min(axis=0)
    new = []
    for rank, j in enumerate(chosen.posts):
        so_far_s = np.minimum(so_far_s, arrival_s[row_of[j]])
        cell = catalogue.population_cells[int(rows[j - len(stations)])]
        post = Post(
            post_id=f"K{rank + 1:03d}",
            kind=PostKind.KERBSIDE,
            name=described(cell, points[j], catalogue.metro_stations, catalogue.hospitals),
            point=points[j],
            record_class=calls.said_of_it,
            evidence=_EVIDENCE,
        )
        units = None if chosen.units is None else chosen.units[rank]
        new.append(NewPost(post=post, demand_added=chosen.added[rank], late=Late.of(so_far_s), units=units))
    return new


_EVIDENCE: Final = (
    "规划建议：由呼救记录与行程时间计算，未经现场查看，能否停车未知"
    " / proposed by a plan from a call log and travel times; nobody has looked at the place or knows whether one may stop there"
)
