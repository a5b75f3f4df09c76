"""Whatever comes in is taken or clearly refused: nothing that reads what others write falls over. A million times in `make bench`."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fakes.spoiled import readers, spoiled

NAMES = ("event", "first message", "call log", "AEDs, CSV", "AEDs, GeoJSON", "hospital status, FHIR")


@pytest.mark.parametrize("name", NAMES)
def test_what_is_spoiled_is_taken_or_refused(name: str, tmp_path: Path) -> None:
    reader = readers(tmp_path)[name]
    assert all(reader.takes(sample) for sample in reader.samples)

    @settings(max_examples=300, suppress_health_check=list(HealthCheck))
    @given(seed=st.integers(0, 2**32))
    def reads(seed: int) -> None:
        reader.takes(spoiled(seed, reader.samples))

    reads()


def test_every_reader_is_tried(tmp_path: Path) -> None:
    assert set(readers(tmp_path)) == set(NAMES)
