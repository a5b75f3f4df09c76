"""Every event ever written stays readable: one golden file per event type and version, checked both ways.

When an event's fields change: add an up-cast to `event_codec.UPCASTS`, keep the old file, and run
`python -m tests.contract.write_golden` for the new one.
"""

import pytest

from dispatch.adapters.event_codec import current_version, decode, encode
from dispatch.domain.events import EVENT_TYPES
from tests.contract.write_golden import GOLDEN, golden_file
from tests.fakes.example_events import EXAMPLES, recorded

BY_TYPE = {type(event).__name__: event for event in EXAMPLES}
VERSIONS = [(name, version) for name in EVENT_TYPES for version in range(1, current_version(name) + 1)]


def test_every_event_type_has_an_example() -> None:
    assert BY_TYPE.keys() == EVENT_TYPES.keys()


def test_there_is_a_golden_file_for_every_version_and_no_other() -> None:
    assert {place.name for place in GOLDEN.iterdir()} == {golden_file(*version).name for version in VERSIONS}


@pytest.mark.parametrize(("name", "version"), VERSIONS)
def test_every_version_is_read_as_the_current_event(name: str, version: int) -> None:
    stored = golden_file(name, version).read_bytes().removesuffix(b"\n")
    event = decode(name, version, stored)
    assert type(event) is EVENT_TYPES[name]
    if version == current_version(name):
        assert event == BY_TYPE[name]


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_the_current_version_is_written_byte_for_byte(name: str) -> None:
    stored = golden_file(name, current_version(name)).read_bytes().removesuffix(b"\n")
    assert encode(recorded(BY_TYPE[name])) == stored
