"""kill -9 of the whole service under load: what was answered is there, and nothing was done twice."""

from pathlib import Path

import pytest

from tests.fault import service_kill_harness


@pytest.mark.slow
def test_a_killed_service_loses_nothing_that_it_answered(tmp_path: Path) -> None:
    # `make bench` kills it fifty times.
    outcome = service_kill_harness.main(5, directory=tmp_path)
    assert outcome.kills == 5
    assert outcome.killed_while_starting == 1
    assert outcome.acknowledged > 0
    assert (outcome.missing, outcome.doubled) == (0, 0)
    assert outcome.problems == ()
