"""What paired runs say about a difference: how great it is, and how sure that is.

Two arms play the same call logs with the same seeds, so that each call meets the same luck in both (common random numbers); what is
compared is then pairs, and what both arms share drops out. For pairs (a_i, b_i), i = 1..n, b the baseline, with means ā and b̄:

Difference: d̄ = ā − b̄, interval d̄ ± t · s_d / √n, with t the 97.5 % point of Student's distribution with n − 1 degrees of freedom
and s_d the standard deviation of a_i − b_i (Law, Simulation Modeling and Analysis, 5th ed. 2015, section 10.2.1).

Relative change: the ratio of means ρ̂ = ā / b̄ less 1, with Fieller's interval (Fieller, J. R. Stat. Soc. B 16 (1954) 175–185): all
ρ that the pairs do not contradict, that is

    (ā − ρ b̄)² ≤ (t² / n) · (s_aa − 2 ρ s_ab + ρ² s_bb)

with variances s_aa, s_bb and covariance s_ab. It is an interval only where b̄ is surely not 0; else there is none.

With one pair nothing can be said about other weeks. The incidents of that pair are then drawn again with replacement, the same ones
for both arms (percentile bootstrap: Efron & Tibshirani, An Introduction to the Bootstrap, 1993, sections 13.3 and 8.3). That treats
incidents as independent, which they are not in a crowded hour, so these intervals are too narrow, and a report must say so.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import stdtrit

from routing.geo import FloatArray

TWO_SIDED: Final = 0.975
"""Upper point of a two-sided interval of 95 %."""
RESAMPLES: Final = 1_000
"""Enough that the percentiles of a 95 % interval vary by about a tenth of its width (Efron & Tibshirani, section 13.3)."""

Statistic = Callable[[FloatArray], FloatArray]
"""Of float64[..., n] to float64[...]: one number of each row of n."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A value and the bounds of its 95 % interval; None where the runs do not give one."""

    value: float | None
    low: float | None = None
    high: float | None = None


def paired_difference(a: FloatArray, b: FloatArray) -> Estimate:
    """a − b, for arrays [n] of pairs, without an interval for one pair; None where a pair has no value (NaN)."""
    difference = a - b
    mean = float(difference.mean())
    if not math.isfinite(mean):
        return Estimate(value=None)
    if difference.size < 2:
        return Estimate(value=mean)
    half = _t(difference.size) * float(difference.std(ddof=1)) / math.sqrt(difference.size)
    return Estimate(value=mean, low=mean - half, high=mean + half)


def relative_change(a: FloatArray, b: FloatArray) -> Estimate:
    """ā / b̄ − 1 with Fieller's interval, for arrays [n] of pairs; None where the baseline's mean is 0 or a value is missing."""
    mean_a, mean_b = float(a.mean()), float(b.mean())
    if mean_b == 0.0 or not math.isfinite(mean_a + mean_b):
        return Estimate(value=None)
    change = mean_a / mean_b - 1.0
    if a.size < 2:
        return Estimate(value=change)
    ((s_aa, s_ab), (_, s_bb)) = np.cov(a, b).tolist()
    k = _t(a.size) ** 2 / a.size
    quadratic, half_linear, constant = mean_b**2 - k * s_bb, mean_a * mean_b - k * s_ab, mean_a**2 - k * s_aa
    if quadratic <= 0.0:
        return Estimate(value=change)
    root = math.sqrt(max(0.0, half_linear**2 - quadratic * constant))
    return Estimate(
        value=change, low=(half_linear - root) / quadratic - 1.0, high=(half_linear + root) / quadratic - 1.0
    )


def over_incidents(a: FloatArray, b: FloatArray, statistic: Statistic) -> tuple[Estimate, Estimate]:
    """Difference and relative change of `statistic` between two arms over the same n incidents: a, b float64[n], n > 0."""
    value_a, value_b = float(statistic(a)), float(statistic(b))
    chance = np.random.default_rng(a.size)  # the same incidents, the same interval
    rows = chance.integers(0, a.size, (RESAMPLES, a.size))
    again_a, again_b = statistic(a[rows]), statistic(b[rows])
    ratios = again_a / np.where(again_b == 0.0, math.nan, again_b) - 1.0
    change = value_a / value_b - 1.0 if value_b else None
    return _percentile(value_a - value_b, again_a - again_b), _percentile(change, ratios)


def _percentile(value: float | None, drawn: FloatArray) -> Estimate:
    if value is None or not math.isfinite(value):
        return Estimate(value=None)
    if not np.isfinite(drawn).all():
        return Estimate(value=value)
    low, high = np.quantile(drawn, (1.0 - TWO_SIDED, TWO_SIDED)).tolist()
    return Estimate(value=value, low=low, high=high)


def _t(n: int) -> float:
    return float(stdtrit(n - 1, TWO_SIDED))
