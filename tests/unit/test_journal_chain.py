"""The hash chain: its formula, worked out by hand, and what it tells apart."""

import hashlib
from collections.abc import Callable

import pytest

from dispatch.adapters.journal_chain import ZERO_HASH, EventRow, chain_hash, reply_seal, snapshot_seal
from dispatch.engine.ports import Reply

ROW = EventRow(
    7, "live", "NoteAdded", 1, "2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z", "李雷", "cmd-1", b'{"text":"x"}'
)


def test_the_formula_is_the_documented_one() -> None:
    # Previous hash, nine lengths of four bytes, nine fields. 李雷 is six bytes in UTF-8.
    lengths = b"".join(n.to_bytes(4, "big") for n in (1, 4, 9, 1, 20, 20, 6, 5, 12))
    fields = b"7" + b"live" + b"NoteAdded" + b"1" + b"2026-03-01T00:00:00Z" * 2 + "李雷".encode() + b"cmd-1"
    assert chain_hash(ZERO_HASH, ROW) == hashlib.sha256(bytes(32) + lengths + fields + b'{"text":"x"}').digest()


def test_moving_a_letter_from_one_column_to_the_next_changes_the_hash() -> None:
    one = ROW._replace(realm="live", type="NoteAdded")
    other = ROW._replace(realm="liveN", type="oteAdded")
    assert chain_hash(ZERO_HASH, one) != chain_hash(ZERO_HASH, other)


def test_a_row_has_another_hash_behind_another_row() -> None:
    assert chain_hash(ZERO_HASH, ROW) != chain_hash(b"\1" * 32, ROW)


REPLY = Reply(key="k", request_digest=b"d" * 32, status=201, body=b"{}")


@pytest.mark.parametrize(
    "seal",
    [
        lambda: reply_seal(b"\1" * 32, REPLY),
        lambda: reply_seal(ZERO_HASH, Reply(key="k", request_digest=b"d" * 32, status=200, body=b"{}")),
        lambda: reply_seal(ZERO_HASH, Reply(key="k", request_digest=b"d" * 32, status=201, body=b"[]")),
        lambda: snapshot_seal(ZERO_HASH, "k", b"{}"),
    ],
)
def test_a_seal_binds_every_field_and_the_place_in_the_chain(seal: Callable[[], bytes]) -> None:
    assert seal() != reply_seal(ZERO_HASH, REPLY)
