"""How far the estimate's law is off the network: by distance, near by, and in which unit it takes for the nearest."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist
from typing import Final

import numpy as np

from maps_data.roads.legs import Legs
from routing.geo import BoolArray, FloatArray, IntArray
from routing.travel_time.estimate_constants import EstimateConstants

N_NEAREST: Final = 10
NEAR_KM: Final = (1.0, 8.0)
DAILY_SIGMA: Final = 0.2
"""Of the logarithm of one day's drive against another's on the same way: assumed, not measured."""

SHOWN_KM: Final = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, np.inf)

_LEAST_LEGS: Final = 20
"""A row of fewer says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Error:
    """How far the law is off on n legs: mean |law / network - 1|, median of law / network, 90th percentile of network / law."""

    legs_zh: str
    legs_en: str
    n: int
    mean_error: float
    median_ratio: float
    p90_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """How often the unit that is nearest on the network is the nearest by the law, or among the five nearest by it.

    `n_scenes` scenes in all, `n_units` units in each of `n_draws` draws.
    """

    n_draws: int
    n_scenes: int
    n_units: int
    same_nearest: float
    among_first_five: float


def law_s(constants: EstimateConstants, k_m: FloatArray) -> FloatArray:
    """Free-flow time of the law."""
    return np.asarray(constants.a_s + constants.b_s * (k_m / 1_000.0) ** constants.c, dtype=np.float64)


def errors(
    constants: EstimateConstants, tested: Legs, near: Sequence[Legs], *, has_barriers: bool
) -> tuple[Error, ...]:
    """All legs of `tested`, classes of them by great circle, and the nearest units of every draw of `near` (units to scenes)."""
    rows = [
        _error(zh, en, _ratio(constants, tested, mask, has_barriers=has_barriers))
        for zh, en, mask in _classes(tested)
        if mask.sum() >= _LEAST_LEGS
    ]
    n_units = near[0].time_s.shape[0]
    zh, en = f"{n_units} 个车组中最近的 {N_NEAREST} 个", f"{N_NEAREST} nearest of {n_units} units"
    return (*rows, _error(zh, en, _ratio_of_nearest(constants, near, has_barriers=has_barriers)))


def stated_errors(constants: EstimateConstants, tested: Legs, near: Sequence[Legs]) -> tuple[float, float]:
    """The relative error of the nearest units, and the p90 factor of legs of NEAR_KM with the day-to-day noise on top."""
    relative_error = np.abs(_ratio_of_nearest(constants, near, has_barriers=True) - 1.0).mean()
    ratio = 1.0 / _ratio(constants, tested, _between(tested, *NEAR_KM), has_barriers=True)
    daily = NormalDist(sigma=DAILY_SIGMA)
    noise = np.exp([daily.inv_cdf((step + 0.5) / 49) for step in range(49)])
    return float(relative_error), float(np.quantile(np.multiply.outer(ratio, noise), 0.9))


def ranking(constants: EstimateConstants, near: Sequence[Legs]) -> Ranking:
    """Of legs from units to scenes, over all draws."""
    ranks = np.concatenate([_ranks(constants, legs) for legs in near])
    return Ranking(
        n_draws=len(near),
        n_scenes=len(ranks),
        n_units=near[0].time_s.shape[0],
        same_nearest=float((ranks == 0).mean()),
        among_first_five=float((ranks < 5).mean()),
    )


def _ranks(constants: EstimateConstants, legs: Legs) -> IntArray:
    """How many units the law puts before the one that the network has nearest: int64[scenes]."""
    by_law_s = law_s(constants, legs.great_circle_m + legs.extra_m)
    nearest_s = np.take_along_axis(by_law_s, legs.time_s.argmin(axis=0, keepdims=True), axis=0)
    return np.asarray((by_law_s < nearest_s).sum(axis=0), dtype=np.int64)


def _classes(legs: Legs) -> Iterator[tuple[str, str, BoolArray]]:
    yield "全部", "all", legs.is_told
    for low, high in (*pairwise(SHOWN_KM), NEAR_KM):
        if np.isinf(high):
            yield f"{low:g} 公里以上", f"over {low:g} km", _between(legs, low, high)
        else:
            yield f"{low:g}–{high:g} 公里", f"{low:g} to {high:g} km", _between(legs, low, high)


def _between(legs: Legs, low_km: float, high_km: float) -> BoolArray:
    km = legs.great_circle_m / 1_000.0
    return np.asarray(legs.is_told & (km >= low_km) & (km < high_km), dtype=np.bool_)


def _nearest(near: Legs) -> BoolArray:
    """Of each scene the N_NEAREST units by great circle: bool[units, scenes]."""
    order = np.argsort(near.great_circle_m, axis=0, kind="stable")[:N_NEAREST]
    mask = np.zeros(near.time_s.shape, dtype=np.bool_)
    np.put_along_axis(mask, order, True, axis=0)
    return np.asarray(mask & near.is_told, dtype=np.bool_)


def _ratio_of_nearest(constants: EstimateConstants, near: Sequence[Legs], *, has_barriers: bool) -> FloatArray:
    """law / network of the nearest units of every draw: float64[k]."""
    return np.concatenate([_ratio(constants, legs, _nearest(legs), has_barriers=has_barriers) for legs in near])


def _ratio(constants: EstimateConstants, legs: Legs, mask: BoolArray, *, has_barriers: bool) -> FloatArray:
    """law / network of the legs in `mask`: float64[k]."""
    k_m = (legs.great_circle_m + (legs.extra_m if has_barriers else 0.0))[mask]
    return np.asarray(law_s(constants, k_m) / legs.time_s[mask], dtype=np.float64)


def _error(zh: str, en: str, ratio: FloatArray) -> Error:
    return Error(
        legs_zh=zh,
        legs_en=en,
        n=len(ratio),
        mean_error=float(np.abs(ratio - 1.0).mean()),
        median_ratio=float(np.median(ratio)),
        p90_ratio=float(np.quantile(1.0 / ratio, 0.9)),
    )
