"""A recorded decision as a picture: every candidate is in it, and its cost."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dispatch.cli_report import app
from dispatch.domain.choice import Awaits, Recommendation
from dispatch.domain.events import RecommendationMade
from dispatch.domain.ids import UnitId
from dispatch.reports.decision_picture import decision_svg
from routing.geo import Wgs84
from tests.fakes.example_events import EXAMPLES

SCENE = Wgs84(lat_deg=22.5431, lon_deg=114.0579)


def a_recommendation() -> Recommendation:
    return next(event.recommendation for event in EXAMPLES if isinstance(event, RecommendationMade))


@pytest.mark.slow
def test_every_candidate_is_shown_with_its_time_and_what_sending_it_would_cost() -> None:
    made = a_recommendation()
    text = decision_svg(made, SCENE)
    for each in (*made.units, *made.alternatives):
        assert f"{each.unit_id}  {each.travel_time_s / 60.0:.1f} min" in text
        if each.regret:
            assert f"+{each.regret}" in text
        for name, cost in each.cost_terms:
            assert (name in text) or not cost
    assert decision_svg(made, SCENE) == text


@pytest.mark.slow
def test_a_decision_without_a_candidate_is_a_picture_too() -> None:
    nobody = replace(a_recommendation(), units=(), alternatives=(), robustness=None)
    assert re.match("<svg", decision_svg(nobody, SCENE))


@pytest.mark.slow
def test_a_call_that_is_held_says_for_whom() -> None:
    known = a_recommendation()
    awaits = Awaits(unit_id=UnitId("U547"), eta_at=known.computed_at + timedelta(seconds=729))
    text = decision_svg(replace(known, units=(), awaits=awaits), SCENE)
    assert "held for U547, handing over: expected in 12.2 min" in text


def test_a_journal_that_is_not_there_is_named(tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["decision", str(tmp_path / "journal"), "inc-1"])
    assert told.exit_code == 2
    assert str(tmp_path / "journal") in told.output
