"""Fits the estimate's law to a street network, and tests it on legs between other points.

Model (`routing/travel_time/estimate.py`): for a leg of great circle L that barriers lengthen by x, k = L + x in km,

    free-flow time = A + B * k ** C,    road distance = D + E * k.

Method: A, B, C minimise, and D, E likewise for distances,

    the sum over BANDS classes of k, geometric from LEAST_KM to MOST_KM, of the mean of |log(law / network)| in the class,

so that a class counts alike whether it holds many legs or few, a leg of 500 m as much as one of 50 km, and odd legs little (simplex
of Nelder and Mead, doi:10.1093/comjnl/7.4.308, from a fixed start). Points are drawn by residents with a seed, those of the test with
the next one. The stated error is that of the units nearest to a scene, because they are what a decision is about (`fit_errors.py`). It
is taken over independent draws of units and scenes: a hundred units are few, and a single draw of them would decide it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from scipy.optimize import minimize

from maps_data.records import PopulationCell
from maps_data.roads.fit_errors import Error, Ranking, errors, ranking, stated_errors
from maps_data.roads.legs import FreeFlow, Legs, draw_legs
from routing.geo import FloatArray, IntArray
from routing.travel_time.barriers import Barrier
from routing.travel_time.estimate_constants import EstimateConstants

BANDS: Final = 15
LEAST_KM: Final = 0.3
MOST_KM: Final = 60.0
N_POINTS: Final = 650
"""At each end of the legs: 422,500 of them, some seconds of a contraction hierarchy."""

WAYS_A_POINT: Final = 4
"""Ways whose distance is looked up, as many of each class, by the number of points."""

N_UNITS: Final = 100
N_SCENES: Final = 200
N_DRAWS: Final = 20
"""Of N_UNITS units and N_SCENES scenes. The mean error of one draw scatters by 0.014 (standard deviation, 30 draws on the
reconstructed network; 650 scenes a draw: 0.012), that of all of them by 0.003: less than the two decimals it is stated with."""

_LEAST_IN_BAND: Final = 20
"""Legs; a class with fewer is left out."""


class TooFewLegsError(ValueError):
    """Nothing can be fitted: the network does not reach where people live; `zh` and `en` are sentences for a user."""

    def __init__(self) -> None:
        self.zh = "居民所在之处太少有路可通，无法拟合；请确认道路网络与城市数据是同一座城市"
        self.en = "too few legs have a way: do the street network and the city's data belong to the same city?"
        super().__init__(f"{self.zh} / {self.en}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """The constants, what they were fitted to, and their errors on other legs, with barriers and (the same law) without."""

    constants: EstimateConstants
    n_legs: int
    n_ways: int
    n_tested: int
    seed: int
    errors: tuple[Error, ...]
    errors_without_barriers: tuple[Error, ...]
    distance_error: float
    ranking: Ranking


def fit(
    streets: FreeFlow,
    cells: Sequence[PopulationCell],
    barriers: Sequence[Barrier],
    *,
    seed: int,
    n_points: int = N_POINTS,
    n_draws: int = N_DRAWS,
) -> Fit:
    """Fit the law to legs between `n_points` points at each end; test it on others, and on `near_legs`. Raises TooFewLegsError."""
    learned, tested = (
        draw_legs(streets, cells, barriers, np.random.default_rng(each), n_points, n_points)
        for each in (seed, seed + 1)
    )
    near = near_legs(streets, cells, barriers, np.random.default_rng(seed), n_draws)
    a_s, b_s, c = _time_law(learned)
    d_m, e = _road_law(*_ways(streets, learned, WAYS_A_POINT * n_points, seed))
    law = EstimateConstants(a_s=a_s, b_s=b_s, c=c, d_m=d_m, e=e, relative_error=1.0, p90_factor=1.0)
    relative_error, p90_factor = stated_errors(law, tested, near)
    constants = replace(law, relative_error=round(relative_error, 2), p90_factor=round(p90_factor, 2))
    k_m, road_m = _ways(streets, tested, WAYS_A_POINT * n_points, seed + 1)
    return Fit(
        constants=constants,
        n_legs=int(learned.is_told.sum()),
        n_ways=len(k_m),
        n_tested=int(tested.is_told.sum()),
        seed=seed,
        errors=errors(constants, tested, near, has_barriers=True),
        errors_without_barriers=errors(constants, tested, near, has_barriers=False),
        distance_error=float(np.abs((constants.d_m + constants.e * k_m) / road_m - 1.0).mean()),
        ranking=ranking(constants, near),
    )


def near_legs(
    streets: FreeFlow,
    cells: Sequence[PopulationCell],
    barriers: Sequence[Barrier],
    chance: np.random.Generator,
    n_draws: int = N_DRAWS,
) -> tuple[Legs, ...]:
    """From N_UNITS units to N_SCENES scenes, `n_draws` times, each with a generator of its own."""
    return tuple(draw_legs(streets, cells, barriers, own, N_UNITS, N_SCENES) for own in chance.spawn(n_draws))


def facts_of(found: Fit) -> Mapping[str, Any]:
    """What a reader of the constants' file is told of the fit, beside network and city."""
    return {
        "seed": found.seed,
        "n_legs": found.n_legs,
        "n_ways": found.n_ways,
        "n_tested": found.n_tested,
        "mean_error_of_road_distance": round(found.distance_error, 3),
        "n_draws": found.ranking.n_draws,
        "n_scenes": found.ranking.n_scenes,
        "n_units": found.ranking.n_units,
        "same_nearest_unit": round(found.ranking.same_nearest, 3),
        "among_five_nearest_units": round(found.ranking.among_first_five, 3),
    }


def rows_of(found: Fit) -> list[Mapping[str, Any]]:
    """The errors as they stand in the constants' file."""
    return [
        {
            "legs_zh": row.legs_zh,
            "legs_en": row.legs_en,
            "n": row.n,
            "mean_error": round(row.mean_error, 3),
            "mean_error_without_barriers": round(bare.mean_error, 3),
            "median_ratio": round(row.median_ratio, 3),
            "p90_ratio": round(row.p90_ratio, 3),
        }
        for row, bare in zip(found.errors, found.errors_without_barriers, strict=True)
    ]


def _time_law(legs: Legs) -> tuple[float, float, float]:
    """A in seconds, B in seconds, C."""
    is_told = legs.is_told
    k_km = (legs.great_circle_m + legs.extra_m)[is_told] / 1_000.0
    weight = _weights(k_km)
    used = weight > 0.0
    k_km, weight, log_time = k_km[used], weight[used], np.log(legs.time_s[is_told][used])

    def off(x: FloatArray) -> float:
        return float(weight @ np.abs(np.log(np.exp(x[0]) + np.exp(x[1]) * k_km ** x[2]) - log_time))

    log_a, log_b, c = _least(off, [np.log(60.0), np.log(90.0), 0.9])
    return round(float(np.exp(log_a)), 1), round(float(np.exp(log_b)), 1), round(c, 3)


def _road_law(k_m: FloatArray, road_m: FloatArray) -> tuple[float, float]:
    """D in metres, E."""
    weight, log_road = _weights(k_m / 1_000.0), np.log(road_m)

    def off(x: FloatArray) -> float:
        return float(weight @ np.abs(np.log(np.exp(x[0]) + np.exp(x[1]) * k_m) - log_road))

    log_d, log_e = _least(off, [np.log(700.0), np.log(1.3)])
    return round(float(np.exp(log_d)), 0), round(float(np.exp(log_e)), 3)


def _least(off: Callable[[Any], float], start: Sequence[float]) -> list[float]:
    options: Any = {"xatol": 1e-4, "fatol": 1e-6, "maxiter": 2_000}
    found = minimize(off, np.array(start), method="Nelder-Mead", options=options)
    return [float(value) for value in found.x]


def _weights(k_km: FloatArray) -> FloatArray:
    """Alike for every class that holds enough legs, 0 for legs of others. TooFewLegsError when no class does."""
    band = _bands(k_km)
    counts = np.bincount(band[band >= 0], minlength=BANDS)
    if counts.max() < _LEAST_IN_BAND:
        raise TooFewLegsError
    share = np.where(counts >= _LEAST_IN_BAND, 1.0 / np.maximum(counts, 1), 0.0)
    return np.where(band >= 0, share[band], 0.0)


def _bands(k_km: FloatArray) -> IntArray:
    """The class of each leg, -1 beyond them all."""
    band = np.digitize(k_km, np.geomspace(LEAST_KM, MOST_KM, BANDS + 1)) - 1
    return np.where(band < BANDS, band, -1)


def _ways(streets: FreeFlow, legs: Legs, n: int, seed: int) -> tuple[FloatArray, FloatArray]:
    """k and road distance in metres of up to n legs, as many of each class as it holds: float64[w], float64[w]."""
    chance = np.random.default_rng(seed)
    k_m = np.where(legs.is_told, legs.great_circle_m + legs.extra_m, np.inf).ravel()
    band = _bands(k_m / 1_000.0)
    picked = [chance.permutation(np.flatnonzero(band == each))[: n // BANDS] for each in range(BANDS)]
    rows = np.sort(np.concatenate(picked))
    origin, destination = np.unravel_index(rows, legs.time_s.shape)
    road_m = streets.road_m(
        [legs.origins.at(int(row)) for row in origin], [legs.destinations.at(int(row)) for row in destination]
    )
    found = np.isfinite(road_m) & (road_m > 0.0)
    return k_m[rows][found], road_m[found]
