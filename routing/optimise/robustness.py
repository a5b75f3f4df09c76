"""How sure it is that the best candidate is best: the share of worlds, sampled within what is not known, in which each stays so.

Candidate u with stated travel time τ_u (s) from place g(u), expected turnout a_u (s) and soft penalties s_u (s) responds in world w in

    t_uw = a_u · exp(σ_a · ζ_uw) + τ_u · exp(σ_u · ε_{g(u) w})        cost_uw = t_uw + L · Σ_j max(0, t_uw − T_j) + s_u

with ε and ζ standard normal. A stated time is the median of what happens; σ_u follows from the factor that one drive in ten exceeds,

    σ_u = ln(p90_factor) / 1.2816 · √(REFERENCE_M / distance)    the root between 1/2 and 2.

Units of one place drive the same way, so they share their error; other errors are taken as independent, which leaves out what slows
all drives alike (that hardly changes who is first). Each source of times brings its own p90_factor, so that estimated and computed
legs may meet in one list. That the error of a leg shrinks with the root of its length was measured for the estimate (below) and is
assumed for street networks.

Candidate u's share is that of the worlds in which no other costs less. The worlds are the same in every decision (common random
numbers): two lists differ in their shares because the candidates differ. They form a Latin hypercube: each column takes
every of the W equally likely slices once (McKay, Beckman & Conover 1979, doi:10.2307/1268522), which needs fewer worlds than
independent draws. 256 of them, 6 candidates: 0.1 to 0.2 ms.

Times are whole milliseconds and factors whole 2^-16: a processor may compute an exponential differently in its last place, and must
not decide differently for that.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import ndtri

from routing.geo import FloatArray, IntArray

EQUIVALENT_BELOW: Final = 0.6
"""When the best stays best in fewer worlds than this, the candidates are called equivalent. A choice of the project."""
Z_90: Final = 1.2815515655446004
"""Upper tenth of the standard normal distribution."""
REFERENCE_M: Final = 4_000.0
"""The distance to which a provider's p90 factor belongs. The estimate's tested legs (`estimate_constants.json`, 422,486 of them) have
σ = .90, .56, .43, .30, .17, .10 at 0–1, 1–2, 2–4, 4–8, 8–16, 16–32 km and .34 over 1–8 km; .34 · √(4 km / d) gives .96, .56, .39, .28,
.20, .14 at the middle of these."""
ROOT_LIMITS: Final = (0.5, 2.0)
"""Beyond 16 km and within 1 km the root law is not followed further: few legs were tested there."""


FINENESS: Final = 1 << 16
"""Factors are multiples of 1 / FINENESS."""


def standard_worlds(n_worlds: int = 256, n_candidates: int = 8, seed: int = 1) -> FloatArray:
    """A Latin hypercube of standard normals, float64[n_worlds, 2 * n_candidates]; made once, passed to every decision.

    Column j: the middles of n_worlds equally likely slices, permuted by PCG64 from `seed`; the permutations are of whole numbers, so
    that every machine makes the same table.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    ranks = np.stack([generator.permutation(n_worlds) for _ in range(2 * n_candidates)], axis=1)
    worlds: FloatArray = ndtri((ranks + 0.5) / n_worlds)
    return worlds


def sigma(p90_factor: FloatArray | float, distance_m: FloatArray) -> FloatArray:
    """Spread of the logarithm of real over stated time, for legs of a source with this p90 factor; arrays [k]."""
    root = np.sqrt(REFERENCE_M / np.maximum(distance_m, 1.0))
    return np.asarray(np.round(np.log(np.maximum(p90_factor, 1.0)) / Z_90 * np.clip(root, *ROOT_LIMITS), 4))


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """k candidates in the order in which they are shown; arrays [k], finite.

    `travel_time_s` (τ), `sigma` (σ), `turnout_s` (a; 0 for a unit on the move), `penalty_s` (s; negative: bonus); `place`: units with
    the same number start from the same place. `turnout_sigma` (σ_a), `limits_s` (T_j, any number of them, in any order) and
    `lateness` (L) hold for all.
    """

    travel_time_s: FloatArray
    sigma: FloatArray
    place: IntArray
    turnout_s: FloatArray
    penalty_s: FloatArray
    turnout_sigma: float
    limits_s: FloatArray
    lateness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Robustness:
    """`n_best` [k]: the number of worlds, of `n_worlds`, in which each candidate stays best; `best` is the row that is best as stated,
    `nearest` the one that is there first as stated.
    """

    n_best: tuple[int, ...]
    n_worlds: int
    best: int
    nearest: int

    @property
    def shares(self) -> tuple[float, ...]:
        """Of all worlds, adding up to 1."""
        return tuple(n / self.n_worlds for n in self.n_best)

    def is_equivalent(self, row: int) -> bool:
        """Whether the candidate in this row is not surely best, so that the choice is between equals."""
        return self.n_best[row] < EQUIVALENT_BELOW * self.n_worlds


def robustness(candidates: Candidates, worlds: FloatArray) -> Robustness:
    """The shares of `candidates` over `worlds`, as `standard_worlds` makes them.

    Costs that are equal go to the first. Raises ValueError for no candidates, or more than the worlds have columns for.
    """
    k = len(candidates.travel_time_s)
    n_columns = worlds.shape[1] // 2
    if not 0 < k <= n_columns:
        raise ValueError(f"there must be 1 to {n_columns} candidates, got {k}")
    # A place has the column of its first candidate, so that a list that grows at its end keeps its worlds.
    first_of_place = (candidates.place[:, None] == candidates.place[None, :]).argmax(axis=1)
    error, delay = worlds[:, first_of_place], worlds[:, n_columns : n_columns + k]
    turnout_ms, drive_ms = _ms(candidates.turnout_s), _ms(candidates.travel_time_s)
    response_ms = _times(turnout_ms, candidates.turnout_sigma * delay) + _times(drive_ms, candidates.sigma * error)
    best_of_world = _cost(candidates, response_ms).argmin(axis=1)
    return Robustness(
        n_best=tuple(np.bincount(best_of_world, minlength=k).tolist()),
        n_worlds=len(worlds),
        best=int(_cost(candidates, turnout_ms + drive_ms).argmin()),
        nearest=int((turnout_ms + drive_ms).argmin()),
    )


def _ms(seconds: FloatArray) -> IntArray:
    return np.asarray(np.rint(1e3 * seconds), dtype=np.int64)


def _times(time_ms: IntArray, exponent: FloatArray) -> IntArray:
    factor = np.rint(np.exp(exponent) * FINENESS).astype(np.int64)
    return np.asarray(time_ms * factor // FINENESS, dtype=np.int64)


def _cost(candidates: Candidates, response_ms: IntArray) -> IntArray:
    late_ms = np.zeros_like(response_ms)
    for limit_ms in _ms(candidates.limits_s).tolist():
        late_ms += np.maximum(0, response_ms - limit_ms)
    late_ms = np.rint(candidates.lateness * late_ms).astype(np.int64)
    return np.asarray(response_ms + late_ms + _ms(candidates.penalty_s), dtype=np.int64)
