"""Faults of every kind, one after another, under load: nothing acknowledged is lost or done twice, and every screen is right."""

from pathlib import Path

import pytest

from tests.fakes.real_servers import PostgresServer
from tests.fault import cluster_fault_harness as harness


@pytest.mark.slow
def test_whatever_fails_no_command_is_lost_or_doubled_and_every_console_ends_right(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    # `make bench` goes on to 200 faults.
    outcome = harness.main(len(harness.FAULTS), directory=tmp_path, postgres=postgres)
    assert set(outcome.faults) == set(harness.FAULTS)
    assert outcome.served > 0
    assert outcome.positions > 0
    assert outcome.reconnected > 0
    assert (outcome.missing, outcome.doubled, outcome.astray, outcome.problems) == (0, 0, 0, [])
