"""Keys of several processes: none waits for another, and what is destroyed is in no file any more."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dispatch.adapters.backup import back_up_keys
from dispatch.adapters.key_files import KEYS_FILE
from dispatch.adapters.personal_keys import Erasure, PersonalKeys

HOLDER = """
import os, signal, sys
from pathlib import Path
from dispatch.adapters.personal_keys import PersonalKeys

keys = PersonalKeys(Path(sys.argv[1]))
key = keys.make("inc-1")
keys.keep()
own = keys._files.own()
own.execute("INSERT INTO keys VALUES ('inc-2', x'00')")  # and is stopped in the middle of this transaction
print(key.hex(), flush=True)
os.kill(os.getpid(), signal.SIGSTOP)
"""


@contextlib.contextmanager
def stopped_writer(directory: Path) -> Iterator[bytes]:
    """A process that was stopped while it added keys: the one that it had made durable before."""
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(directory)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            key = bytes.fromhex(process.stdout.readline().decode())
            os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
            yield key
        finally:
            process.send_signal(signal.SIGKILL)


def test_who_takes_over_from_a_stopped_process_reads_its_keys_and_adds_more(tmp_path: Path) -> None:
    """It holds its file as long as it is there; nobody waits for it."""
    follower = PersonalKeys(tmp_path)
    with stopped_writer(tmp_path) as kept, follower, PersonalKeys(tmp_path) as fresh:
        assert fresh.find("inc-1") == kept
        assert fresh.find("inc-2") is None
        made = follower.make("inc-3")
        follower.keep()
        assert fresh.find("inc-3") == made
    with PersonalKeys(tmp_path) as later:
        assert (later.find("inc-1"), later.find("inc-2"), later.find("inc-3")) == (kept, None, made)
        assert later.incidents() == ["inc-1", "inc-3"]


def test_one_process_after_another_keeps_one_file(tmp_path: Path) -> None:
    for number in range(3):
        with PersonalKeys(tmp_path) as keys:
            keys.make(f"inc-{number}")
            keys.keep()
    assert [path.name for path in tmp_path.glob("keys*.sqlite3*")] == [KEYS_FILE]


@pytest.fixture
def two_writers(tmp_path: Path) -> Iterator[tuple[PersonalKeys, PersonalKeys]]:
    with PersonalKeys(tmp_path) as one, PersonalKeys(tmp_path) as other:
        for writer, incident_id in ((one, "inc-1"), (other, "inc-2")):
            writer.make(incident_id)
            writer.keep()
        yield one, other


def test_what_is_erased_stands_in_no_file_and_no_log(
    tmp_path: Path, two_writers: tuple[PersonalKeys, PersonalKeys]
) -> None:
    """Whoever of them had added it, and while all are there."""
    one, other = two_writers
    lost, left = other.find("inc-2"), one.find("inc-1")
    assert lost is not None
    assert left is not None
    assert any(lost in path.read_bytes() for path in tmp_path.iterdir())
    at = datetime(2026, 11, 24, tzinfo=UTC)
    one.erase(Erasure(incident_id="inc-2", transfer_ids=(), reason="家属要求", ordered_by="lead", at=at))
    assert [path.name for path in tmp_path.iterdir() if lost in path.read_bytes()] == []
    other.forget()
    assert (other.find("inc-2"), other.find("inc-1")) == (None, left)


def test_a_backup_holds_the_keys_of_all_in_one_file(
    tmp_path: Path, two_writers: tuple[PersonalKeys, PersonalKeys]
) -> None:
    one, _ = two_writers
    wanted = [one.find("inc-1"), one.find("inc-2")]
    into = tmp_path / "elsewhere"
    assert back_up_keys(tmp_path, into) == into / KEYS_FILE
    assert [path.name for path in into.iterdir()] == [KEYS_FILE]
    with PersonalKeys(into) as restored:
        assert [restored.find("inc-1"), restored.find("inc-2")] == wanted
