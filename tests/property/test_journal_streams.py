"""Whatever is appended, however it is grouped and wherever the service restarts: the same journal, the same world."""

import asyncio
import shutil
import tempfile
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta, timezone
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.adapters.event_codec import current_version, decode, encode
from dispatch.adapters.journal_inline import InlineJournal
from dispatch.adapters.journal_recovery import load_world
from dispatch.adapters.journal_sql import SqlJournal
from dispatch.adapters.verify import verify
from dispatch.domain.events import EVENT_TYPES
from dispatch.engine.ports import Snapshot
from routing.geo import Wgs84
from tests.fakes.example_events import recorded
from tests.fakes.journal_files import rows, tamper, write_journal
from tests.fakes.memory_journal import MemoryJournal
from tests.fakes.story import Story

TIME_ZONES = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
LEAVES: dict[Any, st.SearchStrategy[Any]] = {
    Wgs84: st.builds(Wgs84, lat_deg=st.floats(-90, 90), lon_deg=st.floats(-180, 180)),
    str: st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    int: st.integers(-(2**63), 2**63 - 1),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    datetime: st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2200, 1, 1), timezones=TIME_ZONES),
    date: st.dates(),
    type(None): st.none(),
}


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """Any value of a type that an event may hold."""
    hint = getattr(hint, "__supertype__", hint)
    if hint in LEAVES:
        return LEAVES[hint]
    args = get_args(hint)
    if get_origin(hint) in {Union, UnionType}:
        return st.one_of(*map(values_of, args))
    if get_origin(hint) is tuple and args[-1] is Ellipsis:
        return st.lists(values_of(args[0]), max_size=2).map(tuple)
    if get_origin(hint) is tuple:
        return st.tuples(*map(values_of, args))
    if get_origin(hint) is frozenset:
        return st.frozensets(values_of(args[0]), max_size=3)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(hint)
    assert is_dataclass(hint), hint
    hints = get_type_hints(hint)
    return st.builds(hint, **{field.name: values_of(hints[field.name]) for field in fields(hint)})


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_any_event_comes_back_equal(name: str) -> None:
    @settings(max_examples=12)
    @given(values_of(EVENT_TYPES[name]))
    def comes_back(event: Any) -> None:
        payload = encode(recorded(event))
        assert decode(name, current_version(name), payload) == event
        assert encode(recorded(decode(name, current_version(name), payload))) == payload

    comes_back()


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    spans=st.lists(st.tuples(st.integers(1, 40), st.booleans(), st.booleans()), min_size=1, max_size=4),
)
def test_the_fold_of_the_journal_is_the_world(seed: int, spans: list[tuple[int, bool, bool]]) -> None:
    """Each span of batches goes to a newly opened journal, live or drill, with or without a snapshot at its end."""
    story, fake = Story(seed=seed), MemoryJournal()

    async def append_span(journal: SqlJournal | InlineJournal, count: int, is_saved: bool) -> None:
        answers = []
        for batch in story.batches(count):
            answers.append(journal.append(batch))
            await fake.append(batch)
        if is_saved:
            answers.append(journal.save_snapshot(Snapshot(world=story.world)))
        for answer in answers:
            await answer

    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "journal"
        for count, is_live, is_saved in spans:
            with SqlJournal(path) if is_live else InlineJournal(path) as journal:
                asyncio.run(append_span(journal, count, is_saved))
                assert load_world(journal)[0] == story.world
                assert journal.head_hash == fake.head_hash
        report = verify(path)
        assert [problem.text_en for problem in report.problems] == []
        assert report.snapshots_checked == min(3, len([1 for *_, is_saved in spans if is_saved]))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("written") / "journal"
    write_journal(path, batches=25, snapshots=True)
    return path


COLUMNS = {
    "events": (
        "seq",
        "realm",
        "type",
        "schema_version",
        "recorded_at",
        "occurred_at",
        "actor",
        "command_id",
        "payload",
        "hash",
    ),
    "event_incidents": ("incident_id", "seq"),
    "replies": ("key", "seq", "request_digest", "status", "body", "seal"),
    "snapshots": ("seq", "program_digest", "world", "seal"),
}


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    place=st.sampled_from([(table, column) for table, columns in COLUMNS.items() for column in columns]),
    row=st.integers(0, 10**6),
    bit=st.integers(0, 10**6),
)
def test_no_single_bit_of_a_journal_can_be_turned_unseen(
    written: Path, place: tuple[str, str], row: int, bit: int
) -> None:
    table, column = place
    stored = rows(written, f"SELECT {column} FROM {table}")
    [value] = stored[row % len(stored)]
    changed = turned(value, bit)
    with tempfile.TemporaryDirectory() as copy_in:
        path = Path(shutil.copy(written, Path(copy_in) / "journal"))
        is_key = rows(path, f"SELECT count(*) FROM {table} WHERE {column} = {literal(changed)}") != [(0,)]
        if is_key and column in {"seq", "key", "incident_id"}:
            return  # the database itself refuses a second row with this key
        where = f"{column} = {literal(value)}"
        tamper(path, (f"UPDATE {table} SET {column} = {literal(changed)} WHERE {where}", ()))
        assert not verify(path).is_sound


def turned(value: Any, bit: int) -> Any:
    if isinstance(value, int):
        return value ^ (1 << bit % 31)
    data = bytearray(value.encode() if isinstance(value, str) else value)
    data[bit // 8 % len(data)] ^= 1 << bit % (7 if isinstance(value, str) else 8)
    return data.decode("utf-8", "replace") if isinstance(value, str) else bytes(data)


def literal(value: Any) -> str:
    if isinstance(value, bytes):
        return f"x'{value.hex()}'"
    return str(value) if isinstance(value, int) else f"CAST(x'{value.encode().hex()}' AS TEXT)"
