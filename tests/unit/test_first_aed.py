"""The first AED on foot from a place: the nearest by the estimate, or the soonest along footways, however far it is to fetch."""

import numpy as np
import pytest

from dispatch.api.first_aed import first_aed
from maps_data.vocabulary import AedAccess
from routing.travel_time.port import Grade
from routing.travel_time.walking import DETOUR, SPEED_MPS
from tests.fakes.aeds import HERE, aed
from tests.fakes.footways import DrawnFootways

PLACE = (np.array([HERE.lat_deg]), np.array([HERE.lon_deg]))


def test_without_footways_it_is_the_nearest_by_the_estimate() -> None:
    first = first_aed([aed("near", north_m=330), aed("far", north_m=800)], *PLACE, None)
    assert first.walk_s == pytest.approx([330 * DETOUR / SPEED_MPS], rel=1e-3)
    assert (first.grade, first.network_share, first.n_devices) == (Grade.ESTIMATE, 0.0, 2)


def test_a_device_that_the_public_may_not_take_does_not_count() -> None:
    barred = [aed(access, north_m=10, access=access) for access in (AedAccess.NO, AedAccess.PRIVATE, AedAccess.UNKNOWN)]
    first = first_aed([*barred, aed("open", north_m=330)], *PLACE, None)
    assert first.walk_s == pytest.approx([330 * DETOUR / SPEED_MPS], rel=1e-3)
    assert first.n_devices == 1


def test_a_crowd_behind_the_wall_does_not_hide_one_in_the_open() -> None:
    """Forty devices are nearer in a straight line, and all of them a long way round."""
    crowd = [aed(f"behind {n}", east_m=100 + n) for n in range(40)]
    first = first_aed([*crowd, aed("open", east_m=-400)], *PLACE, DrawnFootways(9.0))
    assert first.walk_s == pytest.approx([400 / SPEED_MPS], rel=1e-3)
    assert (first.source, first.grade, first.network_share) == ("walking-roads-test", Grade.NETWORK, 1.0)


def test_a_city_without_devices_has_no_first_one() -> None:
    assert first_aed([], *PLACE, None).walk_s.tolist() == [np.inf]
    assert first_aed([], *PLACE, DrawnFootways(1.0)).walk_s.tolist() == [np.inf]
