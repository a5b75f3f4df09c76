"""What the times of the service do when somebody sets the machine's clock."""

from datetime import UTC, datetime

import pytest

from dispatch.engine.clocks import SystemClock

NOON_S = datetime(2026, 11, 30, 4, tzinfo=UTC).timestamp()


class Machine:
    """Its time of day, which can be set, and the seconds it has been up."""

    def __init__(self) -> None:
        self.ahead_s, self.up_s = NOON_S, 0.0

    def clock(self) -> SystemClock:
        return SystemClock(lambda: self.ahead_s + self.up_s, lambda: self.up_s)


@pytest.mark.parametrize("step_s", [3_600.0, -3_600.0, 0.25])
def test_a_clock_that_is_set_moves_no_time_of_the_service_and_is_said(step_s: float) -> None:
    machine = Machine()
    clock = machine.clock()
    machine.up_s = 60.0
    machine.ahead_s += step_s
    assert clock.now() == datetime(2026, 11, 30, 4, 1, tzinfo=UTC)
    assert clock.stepped_s == pytest.approx(step_s)
    assert machine.clock().stepped_s == 0.0
    assert machine.clock().now().timestamp() == pytest.approx(NOON_S + 60.0 + step_s)


def test_a_clock_that_nobody_sets_is_the_machines() -> None:
    clock = SystemClock()
    before, now, after = datetime.now(UTC), clock.now(), datetime.now(UTC)
    assert abs((now - before).total_seconds()) < 1.0
    assert abs((after - now).total_seconds()) < 1.0
    assert abs(clock.stepped_s) < 1.0
