"""The published curves give the published figures; ways are weighed in worlds that they share."""

import numpy as np
import pytest

from routing.optimise import destination
from routing.optimise.destination import (
    LVO_LYSIS,
    LVO_THROMBECTOMY,
    MILLION,
    NO_LVO_LYSIS,
    Curve,
    Stage,
    StrokeWay,
    mortality_percent,
    p_lvo_by_race,
    weigh_devices,
    weigh_strokes,
)


@pytest.mark.parametrize(
    ("curve", "minutes", "p"),
    [
        (NO_LVO_LYSIS, 0, 0.6444),
        (NO_LVO_LYSIS, 90, 0.6027),
        (NO_LVO_LYSIS, 180, 0.5595),
        (LVO_LYSIS, 0, 0.2441),
        (LVO_LYSIS, 90, 0.2128),
        (LVO_THROMBECTOMY, 0, 0.5208),
        (LVO_THROMBECTOMY, 120, 0.3997),
        (LVO_THROMBECTOMY, 240, 0.2898),
        (NO_LVO_LYSIS, 271, 0.4622),
        (LVO_LYSIS, 271, 0.1328),
        (LVO_THROMBECTOMY, 361, 0.1328),
        (LVO_THROMBECTOMY, 9_999, 0.1328),
    ],
)
def test_a_curve_at_a_minute(curve: Curve, minutes: int, p: float) -> None:
    """Beyond its limit (270 min to the needle, 360 to the groin) a treatment is not given, and the patient is as the untreated."""
    assert int(curve.millionths(np.array(minutes))) / MILLION == pytest.approx(p, abs=6e-5)


def test_the_race_score_and_a_large_vessel_occlusion() -> None:
    """RACE 5: 1 / (1 + exp(2.9297 − 5 · 0.5533)) = .459."""
    assert p_lvo_by_race(5) == pytest.approx(0.4593, abs=1e-4)
    assert p_lvo_by_race(0) == pytest.approx(0.0507, abs=1e-4)


@pytest.mark.parametrize(
    ("minutes", "percent"), [(0, 15), (60, 15), (61, 23), (120, 23), (180, 28), (181, 31), (360, 31), (361, None)]
)
def test_mortality_by_system_delay(minutes: int, percent: int | None) -> None:
    assert mortality_percent(60 * minutes) == percent


def certain(*minutes: float) -> list[Stage]:
    return [Stage(60 * each, 0.0, 0) for each in minutes]


def test_the_outcome_of_a_mix_of_patients() -> None:
    """Needle at 90 min, no thrombectomy, P(LVO) .21: .21 · .2128 + .79 · (.237 · .6027 + .184 · .24 + .579) = .6498."""
    found = weigh_strokes([StrokeWay(to_needle=certain(40, 50), to_groin=None)], 0.21)
    assert found.stated == (pytest.approx(0.6498, abs=2e-4),)
    assert found.n_best == (found.n_worlds,)


def test_thrombectomy_counts_only_where_it_does_better_than_lysis() -> None:
    early = StrokeWay(to_needle=certain(60), to_groin=certain(120))
    late = StrokeWay(to_needle=certain(60), to_groin=certain(350))
    without = StrokeWay(to_needle=certain(60), to_groin=None)
    stated = weigh_strokes([early, late, without], 0.5).stated
    assert stated[0] > stated[1] == stated[2]


def test_the_earlier_device_is_best_as_often_as_its_spread_allows() -> None:
    """Five minutes in sixty-five against a spread of a fifth: surely not always. Equal ways go to the first."""
    near = [Stage(3600, 0.2, 1)]
    far = [Stage(3900, 0.2, 2)]
    found = weigh_devices([far, near])
    assert found.stated == (3900, 3600)
    assert found.n_best[0] + found.n_best[1] == found.n_worlds
    assert 0.5 * found.n_worlds < found.n_best[1] < 0.8 * found.n_worlds
    assert weigh_devices([near, near]).n_best == (found.n_worlds, 0)


def test_what_ways_share_does_not_tell_them_apart() -> None:
    """Both wait the same at the scene: however uncertain that is, the nearer hospital stays nearer."""
    scene = Stage(960, 0.9, 1)
    found = weigh_devices([[scene, Stage(900, 0.0, 2)], [scene, Stage(960, 0.0, 2)]])
    assert found.n_best == (found.n_worlds, 0)
    assert destination.N_COLUMNS % 2 == 0
