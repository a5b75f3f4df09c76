"""Simulated units stand at a point or are somewhere along their way, and report like receivers do."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from dispatch.domain.ids import UnitId
from dispatch.drills.driving import DETOUR, OFF_NETWORK_MPS, Driving
from dispatch.drills.movement import Drive, Movement, SimulatedPositions
from dispatch.engine.clocks import VirtualClock
from routing.geo import Wgs84, distance_m
from routing.travel_time.port import Trajectory
from tests.fakes.ascii_city import GridTravel

NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
WEST, EAST = Wgs84(lat_deg=22.5, lon_deg=114.0), Wgs84(lat_deg=22.5, lon_deg=114.1)
MIDDLE = Wgs84(lat_deg=22.5, lon_deg=114.05)
U1, U2 = UnitId("U1"), UnitId("U2")


def second(number: float) -> datetime:
    return NOON + timedelta(seconds=number)


def drive(seconds: float = 600.0) -> Drive:
    """From west to east, 12 km on streets that bend nowhere."""
    return Drive(path=trajectory((WEST, 0.0), (EAST, 500.0)), departed_at=NOON, arrives_at=second(seconds))


def trajectory(*stops: tuple[Wgs84, float]) -> Trajectory:
    points, times_s = zip(*stops, strict=True)
    return Trajectory(
        lat_deg=np.array([point.lat_deg for point in points]),
        lon_deg=np.array([point.lon_deg for point in points]),
        time_s=np.array(times_s),
        distance_m=12_000.0,
    )


@pytest.mark.parametrize(("after_s", "share"), [(-5.0, 0.0), (0.0, 0.0), (300.0, 0.5), (600.0, 1.0), (900.0, 1.0)])
def test_a_drive_goes_evenly_from_its_origin_to_its_target(after_s: float, share: float) -> None:
    expected = Wgs84(lat_deg=22.5, lon_deg=114.0 + 0.1 * share)
    assert drive().share_at(second(after_s)) == share
    assert distance_m(drive().point_at(second(after_s)), expected) < 1e-3


def test_a_drive_without_length_is_over_at_once() -> None:
    assert drive(0.0).point_at(NOON) == EAST


def test_a_drive_follows_its_way_round_the_bend_and_waits_at_the_junction() -> None:
    """Expected: 100 s north, 20 s at the light, 100 s east. It takes twice as long, all of it."""
    corner = Wgs84(lat_deg=22.6, lon_deg=114.0)
    streets = trajectory((WEST, 0.0), (corner, 100.0), (corner, 120.0), (Wgs84(lat_deg=22.6, lon_deg=114.1), 220.0))
    round_the_bend = Drive(path=streets, departed_at=NOON, arrives_at=second(440))
    half_way = round_the_bend.fix_at(second(100))
    assert (half_way.point, half_way.heading_deg) == (Wgs84(lat_deg=22.55, lon_deg=114.0), pytest.approx(0.0))
    assert {round_the_bend.point_at(second(at)) for at in (200, 220, 240)} == {corner}
    assert distance_m(round_the_bend.point_at(second(340)), Wgs84(lat_deg=22.6, lon_deg=114.05)) < 1e-3
    assert round_the_bend.fix_at(second(340)).heading_deg == pytest.approx(90.0, abs=0.1)


def test_a_moving_unit_reports_now_with_its_speed_and_heading() -> None:
    fix = drive().fix_at(second(300))
    assert fix.fixed_at == second(300)
    assert fix.speed_mps == pytest.approx(20.0)
    assert fix.heading_deg == pytest.approx(90.0, abs=0.1)


def test_parked_units_have_reported_within_a_minute_and_moving_ones_just_now() -> None:
    movement = Movement()
    movement.park(U1, WEST)
    movement.park(U2, WEST)
    movement.fixes_at(NOON)
    movement.drive(U1, drive())
    fixes = movement.fixes_at(second(60))
    assert (fixes[U1].fixed_at, fixes[U2].fixed_at) == (second(60), NOON)
    assert movement.fixes_at(second(61))[U2].fixed_at == second(61)
    assert movement.fixes_at(second(62), within_s=0.0)[U2].fixed_at == second(62)


def test_stopping_on_the_way_counts_what_was_driven() -> None:
    movement = Movement()
    movement.park(U1, WEST)
    movement.drive(U1, drive())
    assert distance_m(movement.stop(U1, second(300)), MIDDLE) < 1e-3
    assert movement.driven_m[U1] == pytest.approx(6_000.0)
    assert movement.stop(U1, second(400)) == movement.fixes_at(second(400))[U1].point
    assert movement.driven_m[U1] == pytest.approx(6_000.0)


def test_halting_ends_every_drive() -> None:
    movement = Movement()
    for unit_id in (U1, U2):
        movement.park(unit_id, WEST)
        movement.drive(unit_id, drive())
    movement.halt(second(600))
    assert movement.moving_fixes_at(second(600)) == {}
    assert movement.driven_m == {U1: 12_000.0, U2: 12_000.0}


def test_the_engine_sees_the_fleet_at_the_clock_s_instant() -> None:
    movement, clock = Movement(), VirtualClock(NOON)
    movement.park(U1, WEST)
    movement.drive(U1, drive())
    clock.advance_to(second(600))
    assert SimulatedPositions(movement, clock).fixes()[U1].point == EAST


async def test_setting_off_elsewhere_on_the_way_starts_from_where_the_unit_is() -> None:
    movement, clock = Movement(), VirtualClock(NOON)
    movement.park(U1, WEST)
    driving = Driving(movement=movement, travel=GridTravel(), clock=clock)
    whole_s = (await driving.set_off(U1, EAST, 1.0) - NOON).total_seconds()
    clock.advance_to(second(whole_s / 2))
    back_at = await driving.set_off(U1, WEST, 2.0)  # half the way back, at half the speed
    assert (back_at - clock.now()).total_seconds() == pytest.approx(whole_s, rel=0.01)


class NoWay(GridTravel):
    """A network that does not reach the target."""

    async def trajectory(self, origin: Wgs84, destination: Wgs84, *, departing_at: datetime) -> Trajectory | None:
        return None


async def test_a_crew_gets_through_where_the_map_knows_no_way() -> None:
    movement = Movement()
    movement.park(U1, WEST)
    driving = Driving(movement=movement, travel=NoWay(), clock=VirtualClock(NOON))
    arrives_at = await driving.set_off(U1, EAST, 1.0)
    expected_s = distance_m(WEST, EAST) * DETOUR / OFF_NETWORK_MPS
    assert (arrives_at - NOON).total_seconds() == pytest.approx(expected_s, abs=1e-3)
