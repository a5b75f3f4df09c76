"""Tables that write only what has changed hold what one made anew would hold, whatever has happened in between."""

from dataclasses import fields
from datetime import timedelta
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ulid import ULID

from dispatch.adapters.identifiers import ulid_text
from dispatch.domain.facts import HospitalRows, UnitRows
from dispatch.domain.ids import UnitId
from dispatch.domain.unit import Fix
from dispatch.pipeline.rows import HospitalTable, UnitTable
from routing.geo import Wgs84
from tests.fakes.story import Story

pytestmark = pytest.mark.slow


def same(one: UnitRows | HospitalRows, other: UnitRows | HospitalRows) -> bool:
    pairs = [(getattr(one, field.name), getattr(other, field.name)) for field in fields(one) if field.name != "ruled"]
    return all(np.array_equal(a, b, equal_nan=True) if isinstance(a, np.ndarray) else a == b for a, b in pairs)


@given(st.integers(0, 10**6))
def test_rows_that_follow_a_story_are_those_of_its_world(seed: int) -> None:
    """Units report from a few places or from the road, fall silent for minutes, and some never report."""
    story, chance = Story(seed), Random(seed)
    story.next_batch()
    unit_ids = sorted(story.world.units)
    places = [Wgs84(lat_deg=22.5 + n / 50, lon_deg=114.0) for n in range(3)]
    units, hospitals, fixes = UnitTable(story.world), HospitalTable(), dict[UnitId, Fix]()
    for _ in range(12):
        for _ in range(chance.randrange(4)):
            story.next_batch()
        story.now += timedelta(seconds=chance.choice([0.0, 200.0]))
        at_one_place = Fix(point=chance.choice(places), fixed_at=story.now)
        on_the_road = Fix(
            point=Wgs84(lat_deg=22.4, lon_deg=chance.uniform(113.8, 114.4)), fixed_at=story.now, speed_mps=9.0
        )
        fixes |= dict.fromkeys(chance.sample(unit_ids, 3), at_one_place) | {chance.choice(unit_ids): on_the_road}
        anew = UnitTable(story.world)
        kept, fresh = units.rows(story.world, fixes, story.now), anew.rows(story.world, fixes, story.now)
        assert same(kept, fresh)
        assert kept.ruled.rows_by_rule() == fresh.ruled.rows_by_rule()
        assert same(hospitals.rows(story.world, units.held), HospitalTable().rows(story.world, anew.held))


@given(st.integers(0, 2**128 - 1))
def test_identifiers_are_written_as_the_specification_says(number: int) -> None:
    assert ulid_text(number) == str(ULID(number.to_bytes(16)))
