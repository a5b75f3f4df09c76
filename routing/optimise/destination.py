"""Where a stroke or an infarction is treated best: published curves over time to treatment, weighed in sampled worlds.

**Stroke.** P(no disability: mRS 0–1), after Emberson 2014 (doi:10.1016/S0140-6736(14)60584-5) for lysis and Fransen 2016
(doi:10.1001/jamaneurol.2015.3886) for thrombectomy, as SAMueL puts them together (github.com/samuel-book/stroke_outcome): log-odds
linear in the minutes t from onset, from p_0 at onset to that of the untreated, p_n, at t_n:

    p(t) = logit⁻¹( logit p_0 + (logit p_n − logit p_0) · t / t_n )    t <= limit of the treatment, else p_n

| | p_0 | p_n | t_n | limit |
|---|---|---|---|---|
| no LVO, lysis | .6444 | .4622 | 378 | 270 |
| LVO, lysis | .2441 | .1328 | 378 | 270 |
| LVO, thrombectomy | .5208 | .1328 | 480 | 360 |

A way of treatment has a needle time and perhaps a groin time; with P(LVO) = p, and of those without an LVO the shares s:

    outcome = p · max(LVO lysis, LVO thrombectomy) + (1 − p) · (s_ischaemic · no-LVO lysis + s_bleeding · .24 + s_mimic · 1)

**STEMI.** Mortality by system delay, first medical contact to device (Terkelsen 2010, doi:10.1001/jama.2010.1139): 15, 23, 28, 31 %
up to 60, 120, 180, 360 min. It only rises, so the best way is that with the earliest device.

A time is a sum of stages, each lognormal about its median; stages that ways share have one column of the worlds, so that ways differ
where they differ (common random numbers). World 0 is as stated. Curves are tables by minute in whole millionths, factors whole 2^-16:
no processor may decide differently for the last place of an exponential.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import numpy as np

from routing.geo import FloatArray, IntArray
from routing.optimise.robustness import FINENESS, standard_worlds

MILLION: Final = 1_000_000
BLEEDING: Final = 0.24
"""P(mRS 0–1) after an intracerebral haemorrhage, in SAMueL."""
MIMIC: Final = 1.0
WITHOUT_LVO: Final = (0.237, 0.184, 0.579)
"""Shares of ischaemic stroke, haemorrhage and mimic among those without an LVO: 20.5, 15.9 and 50 % of 220 patients whom crews took
for strokes (BMJ Neurology Open 2022;4:e000272)."""
RACE_LOGIT: Final = (-2.9297, 0.5533)
P_LVO_SIGMA: Final = 0.5
"""How far the log-odds of an LVO may be off: a choice of ours; scales did differently in every cohort."""
TERKELSEN: Final = ((60, 15), (120, 23), (180, 28), (360, 31))
"""System delay in minutes up to → per cent of deaths."""
N_COLUMNS: Final = 10
P_LVO_COLUMN: Final = N_COLUMNS - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """P(mRS 0–1) by minutes from onset to one treatment."""

    at_onset: float
    untreated: float
    fades_at_min: int
    limit_min: int
    table: IntArray = field(init=False, compare=False)

    def __post_init__(self) -> None:
        minutes = np.arange(self.limit_min + 2)
        from_logit, to_logit = _logit(self.at_onset), _logit(self.untreated)
        odds = np.exp(from_logit + (to_logit - from_logit) * minutes / self.fades_at_min)
        p = np.where(minutes <= self.limit_min, odds / (1 + odds), self.untreated)
        object.__setattr__(self, "table", np.rint(p * MILLION).astype(np.int64))

    def millionths(self, minutes: IntArray) -> IntArray:
        """int64 of any shape; beyond the limit nobody is treated."""
        return np.asarray(self.table[np.minimum(minutes, self.limit_min + 1)])


def _logit(p: float) -> float:
    return float(np.log(p / (1 - p)))


NO_LVO_LYSIS: Final = Curve(at_onset=0.6444, untreated=0.4622, fades_at_min=378, limit_min=270)
LVO_LYSIS: Final = Curve(at_onset=0.2441, untreated=0.1328, fades_at_min=378, limit_min=270)
LVO_THROMBECTOMY: Final = Curve(at_onset=0.5208, untreated=0.1328, fades_at_min=480, limit_min=360)


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of a time: its median in seconds, the spread of its logarithm, and its column of the worlds."""

    median_s: float
    sigma: float
    column: int


Stages = Sequence[Stage]


@dataclass(frozen=True, slots=True, kw_only=True)
class StrokeWay:
    """Stages from onset to needle and from onset to groin; None for what is not given."""

    to_needle: Stages | None
    to_groin: Stages | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """Of k ways: the figure as stated (P(mRS 0–1), or seconds to the device), and in how many of `n_worlds` each is the best."""

    stated: tuple[float, ...]
    n_best: tuple[int, ...]
    n_worlds: int


def p_lvo_by_race(score: float) -> float:
    """P(LVO) by the RACE score."""
    intercept, slope = RACE_LOGIT
    return float(1 / (1 + np.exp(-(intercept + slope * score))))


def mortality_percent(delay_s: float) -> int | None:
    """Of patients with this system delay; None beyond what was studied."""
    return next((percent for up_to_min, percent in TERKELSEN if delay_s <= 60 * up_to_min), None)


def weigh_strokes(ways: Sequence[StrokeWay], p_lvo: float) -> Weighed:
    """P(mRS 0–1) of each way for a patient with this P(LVO); ties go to the first."""
    lvo = _lvo(p_lvo)
    outcomes = np.array([_stroke_outcome(way, lvo) for way in ways])
    return _weighed(outcomes, outcomes[:, 0] / MILLION)


def weigh_devices(ways: Sequence[Stages]) -> Weighed:
    """Seconds from first medical contact to the device on each way; ties go to the first."""
    minutes = np.array([_minutes(way) for way in ways])
    return _weighed(-minutes, np.array([sum(stage.median_s for stage in way) for way in ways]))


def _stroke_outcome(way: StrokeWay, lvo: IntArray) -> IntArray:
    """Millionths in each world."""
    needle = np.full(len(lvo), NO_LVO_LYSIS.limit_min + 1) if way.to_needle is None else _minutes(way.to_needle)
    with_lvo = LVO_LYSIS.millionths(needle)
    if way.to_groin is not None:
        with_lvo = np.maximum(with_lvo, LVO_THROMBECTOMY.millionths(_minutes(way.to_groin)))
    ischaemic, bleeding, mimic = WITHOUT_LVO
    others = round((bleeding * BLEEDING + mimic * MIMIC) * MILLION)
    without_lvo = round(ischaemic * FINENESS) * NO_LVO_LYSIS.millionths(needle) // FINENESS + others
    return np.asarray((lvo * with_lvo + (FINENESS - lvo) * without_lvo) // FINENESS)


def _minutes(stages: Stages) -> IntArray:
    total_ms = np.zeros(len(_worlds()), dtype=np.int64)
    for stage in stages:
        total_ms += round(1e3 * stage.median_s) * _factors(stage.sigma, stage.column) // FINENESS
    return np.asarray(total_ms // 60_000)


@cache
def _worlds() -> FloatArray:
    """World 0 as stated, then the sampled ones; float64[w, N_COLUMNS]."""
    return np.vstack([np.zeros(N_COLUMNS), standard_worlds(n_candidates=N_COLUMNS // 2)])


@cache
def _lvo(p_lvo: float) -> IntArray:
    """P(LVO) in each world, in whole 2^-16; there is one p for each score of a scale."""
    odds = np.exp(_logit(p_lvo) + P_LVO_SIGMA * _worlds()[:, P_LVO_COLUMN])
    return np.asarray(np.rint(odds / (1 + odds) * FINENESS), dtype=np.int64)


@cache
def _factors(sigma: float, column: int) -> IntArray:
    """A stage's factor in each world. Spreads are few: those of hospitals' times, and those of drives in steps."""
    return np.asarray(np.rint(np.exp(sigma * _worlds()[:, column]) * FINENESS), dtype=np.int64)


def _weighed(figures: IntArray, stated: FloatArray) -> Weighed:
    best = figures[:, 1:].argmax(axis=0)
    return Weighed(
        stated=tuple(stated.tolist()),
        n_best=tuple(np.bincount(best, minlength=len(figures)).tolist()),
        n_worlds=len(best),
    )
