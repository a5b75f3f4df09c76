"""Fits the estimate's law to a street network, and says how far it is off.

Model (`routing/travel_time/estimate.py`): for a leg of great circle L that barriers lengthen by x, k = L + x in km,

    free-flow time = A + B * k ** C,    road distance = D + E * k.

Method: A, B, C minimise, and D, E likewise,

    sum over classes of k (BANDS geometric ones from LEAST_KM to MOST_KM) of mean |log(law / network)| in that class,

so that a class of legs counts alike whether it holds many or few, a leg of 500 m as much as one of 50 km, and a few odd legs
little (Nelder and Mead's simplex, doi:10.1093/comjnl/7.4.308, from a fixed start). The law is then tested on legs between other
points, drawn with the next seed. Its stated error is that of the N_NEAREST units nearest to a scene by great circle, because they
are what a decision is about; its p90 factor is that of true / estimate over legs of NEAR_KM with the day-to-day noise of
DAILY_SIGMA on top.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

import numpy as np
from scipy.optimize import minimize
from scipy.stats import norm

from maps_data.records import PopulationCell
from maps_data.roads.legs import FreeFlow, Legs, draw_points, legs_between
from routing.geo import BoolArray, FloatArray, IntArray
from routing.travel_time.barriers import Barrier
from routing.travel_time.estimate_constants import EstimateConstants

BANDS: Final = 15
LEAST_KM: Final = 0.3
MOST_KM: Final = 60.0
N_POINTS: Final = 650
"""At each end of the legs: 422,500 legs, a second of a contraction hierarchy."""

N_UNITS: Final = 100
N_SCENES: Final = 800
N_NEAREST: Final = 10
NEAR_KM: Final = (1.0, 8.0)
DAILY_SIGMA: Final = 0.2
"""Of the logarithm of one day's drive against another's on the same way: assumed, not measured."""

SHOWN_KM: Final = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, np.inf)

_LEAST_IN_BAND: Final = 20
"""Legs; a class with fewer is left out of the fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Error:
    """How far the law is off on some legs: mean of |law - network| / network, median of law / network, p90 of network / law."""

    legs_zh: str
    legs_en: str
    n: int
    mean_error: float
    median_ratio: float
    p90_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """How often the unit that is nearest by the law is the nearest on the network, and is among the five nearest there."""

    n_scenes: int
    n_units: int
    same_nearest: float
    among_first_five: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """The constants, what they were fitted on, and their errors on other legs, with barriers and (the same law) without."""

    constants: EstimateConstants
    n_legs: int
    n_tested: int
    seed: int
    errors: tuple[Error, ...]
    errors_without_barriers: tuple[Error, ...]
    distance_error: float
    ranking: Ranking

    @property
    def facts(self) -> Mapping[str, Any]:
        """What a reader of the constants' file is told beside network and city."""
        return {
            "n_legs": self.n_legs,
            "n_tested": self.n_tested,
            "seed": self.seed,
            "mean_error_of_road_distance": round(self.distance_error, 4),
            "same_nearest_unit": round(self.ranking.same_nearest, 4),
            "among_five_nearest_units": round(self.ranking.among_first_five, 4),
            "n_units": self.ranking.n_units,
            "n_scenes": self.ranking.n_scenes,
        }


def fit(
    streets: FreeFlow,
    cells: Sequence[PopulationCell],
    barriers: Sequence[Barrier],
    *,
    seed: int,
    n_points: int = N_POINTS,
    n_scenes: int = N_SCENES,
) -> Fit:
    """Fit the law to legs between `n_points` points at each end, and test it on others. ValueError when too few legs have a way."""
    learned = _drawn(streets, cells, barriers, seed, n_points)
    law = _law(learned, learned.great_circle_m + learned.extra_m)
    tested = _drawn(streets, cells, barriers, seed + 1, n_points)
    near = _nearest(streets, cells, barriers, seed + 2, n_scenes)
    constants = _with_errors(law, tested, near)
    ranked = _columns_nearest(near, N_NEAREST)
    return Fit(
        constants=constants,
        n_legs=int(_told(learned).sum()),
        n_tested=int(_told(tested).sum()),
        seed=seed,
        errors=_errors(constants, tested, near, ranked, has_barriers=True),
        errors_without_barriers=_errors(constants, tested, near, ranked, has_barriers=False),
        distance_error=_distance_error(constants, tested),
        ranking=_ranking(constants, near),
    )


def law_s(constants: EstimateConstants, k_m: FloatArray) -> FloatArray:
    """Free-flow time of the law."""
    return np.asarray(constants.a_s + constants.b_s * (k_m / 1_000.0) ** constants.c, dtype=np.float64)


def _drawn(
    streets: FreeFlow, cells: Sequence[PopulationCell], barriers: Sequence[Barrier], seed: int, n_points: int
) -> Legs:
    chance = np.random.default_rng(seed)
    origins = draw_points(cells, n_points, chance, streets)
    return legs_between(streets, origins, draw_points(cells, n_points, chance, streets), barriers)


def _nearest(
    streets: FreeFlow, cells: Sequence[PopulationCell], barriers: Sequence[Barrier], seed: int, n_scenes: int
) -> Legs:
    """From units to scenes [units, scenes]."""
    chance = np.random.default_rng(seed)
    units = draw_points(cells, N_UNITS, chance, streets)
    return legs_between(streets, units, draw_points(cells, n_scenes, chance, streets), barriers)


def _law(legs: Legs, k_m: FloatArray) -> EstimateConstants:
    """The constants, with errors yet to be measured (1)."""
    told = _told(legs)
    k_km = k_m[told] / 1_000.0
    weight = _weights(k_km)
    used = weight > 0.0
    if not used.any():
        raise ValueError("too few legs have a way")
    k_km, weight = k_km[used], weight[used]
    log_time, log_road = np.log(legs.time_s[told][used]), np.log(legs.road_m[told][used])

    def time_off(x: FloatArray) -> float:
        return float(weight @ np.abs(np.log(np.exp(x[0]) + np.exp(x[1]) * k_km ** x[2]) - log_time))

    def road_off(x: FloatArray) -> float:
        return float(weight @ np.abs(np.log(np.exp(x[0]) + np.exp(x[1]) * k_km * 1_000.0) - log_road))

    log_a, log_b, c = _simplex(time_off, [np.log(30.0), np.log(90.0), 0.9])
    log_d, log_e = _simplex(road_off, [np.log(300.0), np.log(1.3)])
    return EstimateConstants(
        a_s=round(float(np.exp(log_a)), 1),
        b_s=round(float(np.exp(log_b)), 1),
        c=round(float(c), 3),
        d_m=round(float(np.exp(log_d))),
        e=round(float(np.exp(log_e)), 3),
        relative_error=1.0,
        p90_factor=1.0,
    )


def _simplex(off: Any, start: Sequence[float]) -> FloatArray:
    found = minimize(
        off, np.array(start), method="Nelder-Mead", options={"xatol": 1e-4, "fatol": 1e-6, "maxiter": 2_000}
    )
    return np.asarray(found.x, dtype=np.float64)


def _weights(k_km: FloatArray) -> FloatArray:
    """Alike for every class that holds enough legs, 0 for the others and beyond the classes."""
    edges = np.geomspace(LEAST_KM, MOST_KM, BANDS + 1)
    band = np.digitize(k_km, edges) - 1
    is_inside = (band >= 0) & (band < BANDS)
    counts = np.bincount(band[is_inside], minlength=BANDS)
    share = np.where(counts >= _LEAST_IN_BAND, 1.0 / np.maximum(counts, 1), 0.0)
    weight = np.zeros(len(k_km))
    weight[is_inside] = share[band[is_inside]]
    return weight


def _with_errors(law: EstimateConstants, tested: Legs, near: Legs) -> EstimateConstants:
    """The constants with the error and the p90 factor that they state."""
    ranked = _columns_nearest(near, N_NEAREST)
    of_nearest = _error("", "", law, near, ranked, has_barriers=True)
    km = tested.great_circle_m / 1_000.0
    mask = _told(tested) & (km >= NEAR_KM[0]) & (km < NEAR_KM[1])
    ratio = tested.time_s[mask] / law_s(law, (tested.great_circle_m + tested.extra_m)[mask])
    noise = np.exp(DAILY_SIGMA * norm.ppf((np.arange(49) + 0.5) / 49))
    return replace(
        law,
        relative_error=round(of_nearest.mean_error, 2),
        p90_factor=round(float(np.quantile(np.multiply.outer(ratio, noise), 0.9)), 2),
    )


def _errors(
    constants: EstimateConstants, tested: Legs, near: Legs, ranked: BoolArray, *, has_barriers: bool
) -> tuple[Error, ...]:
    told, km = _told(tested), tested.great_circle_m / 1_000.0
    rows = [_error("全部", "all", constants, tested, told, has_barriers=has_barriers)]
    for low, high in pairwise(SHOWN_KM):
        mask = told & (km >= low) & (km < high)
        if mask.sum() >= _LEAST_IN_BAND:
            zh = f"{low:g}–{high:g} 公里" if np.isfinite(high) else f"{low:g} 公里以上"
            en = f"{low:g} to {high:g} km" if np.isfinite(high) else f"over {low:g} km"
            rows.append(_error(zh, en, constants, tested, mask, has_barriers=has_barriers))
    low, high = NEAR_KM
    mask = told & (km >= low) & (km < high)
    rows.append(
        _error(f"{low:g}–{high:g} 公里", f"{low:g} to {high:g} km", constants, tested, mask, has_barriers=has_barriers)
    )
    rows.append(
        _error(
            f"{N_UNITS} 个车组中最近的 {N_NEAREST} 个",
            f"{N_NEAREST} nearest of {N_UNITS} units",
            constants,
            near,
            ranked,
            has_barriers=has_barriers,
        )
    )
    return tuple(rows)


def _error(zh: str, en: str, constants: EstimateConstants, legs: Legs, mask: BoolArray, *, has_barriers: bool) -> Error:
    k_m = (legs.great_circle_m + (legs.extra_m if has_barriers else 0.0))[mask]
    ratio = law_s(constants, k_m) / legs.time_s[mask]
    return Error(
        legs_zh=zh,
        legs_en=en,
        n=len(ratio),
        mean_error=float(np.abs(ratio - 1.0).mean()),
        median_ratio=float(np.median(ratio)),
        p90_ratio=float(np.quantile(1.0 / ratio, 0.9)),
    )


def _distance_error(constants: EstimateConstants, legs: Legs) -> float:
    told = _told(legs)
    law_m = constants.d_m + constants.e * (legs.great_circle_m + legs.extra_m)[told]
    return float(np.abs(law_m / legs.road_m[told] - 1.0).mean())


def _ranking(constants: EstimateConstants, near: Legs) -> Ranking:
    by_law = law_s(constants, near.great_circle_m + near.extra_m).argmin(axis=0)
    rank = (near.time_s < near.time_s[by_law, np.arange(near.time_s.shape[1])]).sum(axis=0)
    return Ranking(
        n_scenes=near.time_s.shape[1],
        n_units=near.time_s.shape[0],
        same_nearest=float((rank == 0).mean()),
        among_first_five=float((rank < 5).mean()),
    )


def _columns_nearest(near: Legs, n: int) -> BoolArray:
    """Of each scene the n units nearest by great circle: bool[units, scenes]."""
    order: IntArray = np.argsort(near.great_circle_m, axis=0, kind="stable")[:n]
    mask = np.zeros(near.time_s.shape, dtype=np.bool_)
    np.put_along_axis(mask, order, True, axis=0)
    return np.asarray(mask & _told(near), dtype=np.bool_)


def _told(legs: Legs) -> BoolArray:
    """Which legs have a way that takes any time: a leg within one place says nothing."""
    return np.asarray(np.isfinite(legs.time_s) & (legs.time_s > 0.0) & (legs.road_m > 0.0), dtype=np.bool_)
