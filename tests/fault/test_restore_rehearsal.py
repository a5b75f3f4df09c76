"""Restoring, rehearsed with the real things: a running service, a real PostgreSQL, its own base backup and archived log."""

import asyncio
import shutil
import signal
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from dispatch.adapters.backup import backups, read_manifest
from dispatch.adapters.journal_copy import copy
from dispatch.adapters.journal_postgres import PostgresJournal
from dispatch.adapters.journal_recovery import load_world
from dispatch.adapters.journal_sqlite import LIVE_FILE
from dispatch.adapters.verify import verify
from dispatch.cli import app
from tests.fakes.control_room import STROKE
from tests.fakes.live_service import LiveService
from tests.fakes.real_servers import PostgresServer, postgres_program
from tests.fakes.story import Story

pytestmark = pytest.mark.slow

CALL = {**STROKE, "complaint": "abdominal"}


def dispatch(*words: str) -> str:
    done = CliRunner().invoke(app, [*words])
    assert done.exit_code == 0, done.output
    return done.output


def call(service: LiveService) -> str:
    return str(service.post("/calls", CALL).json()["incident"]["incident_id"])


@contextmanager
def callers(service: LiveService) -> Iterator[None]:
    """Calls that come one after another for as long as the context lasts."""
    is_over = threading.Event()

    def go_on() -> None:
        while not is_over.is_set():
            call(service)

    calling = threading.Thread(target=go_on)
    calling.start()
    try:
        yield
    finally:
        is_over.set()
        calling.join()


def test_a_backup_of_a_working_service_is_a_service_again_elsewhere(tmp_path: Path) -> None:
    """All that was acknowledged before the backup began is in it, and the restored service goes on from there."""
    (tmp_path / "one").mkdir()
    with LiveService(tmp_path / "one") as service:
        before = [call(service) for _ in range(5)]
        with callers(service):
            dispatch("backup", "--data-dir", str(tmp_path / "one"), "--to", str(tmp_path / "b"))
        acknowledged = service.post("/calls", CALL).json()["incident"]["incident_id"]
    [backup] = backups(tmp_path / "b")
    said = dispatch("restore", str(backup), "--data-dir", str(tmp_path / "two"))
    manifest = read_manifest(backup)
    assert manifest.head_hash in said
    assert manifest.world_hash in said
    with LiveService(tmp_path / "two") as restored:
        for incident_id in before:
            assert restored.http.get(f"/api/v1/incidents/{incident_id}").status_code == 200
        assert restored.http.get(f"/api/v1/incidents/{acknowledged}").status_code == 404  # taken after the backup
        assert restored.post("/calls", CALL).status_code == 201
    assert verify(tmp_path / "two" / LIVE_FILE).is_sound


async def test_a_database_that_is_written_is_backed_up_into_a_file_and_back(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    url, again = postgres.url(), postgres.url()
    story = Story(seed=3)
    with PostgresJournal(url) as journal:
        assert journal.take()
        for batch in story.batches(100):
            await journal.append(batch)
        words = ("backup", "--database-url", url, "--data-dir", str(tmp_path), "--to", str(tmp_path / "b"))
        await asyncio.to_thread(dispatch, *words)
        at_backup = story.world
        for batch in story.batches(20):
            await journal.append(batch)
    [backup] = backups(tmp_path / "b")
    await asyncio.to_thread(
        dispatch, "restore", str(backup), "--database-url", again, "--data-dir", str(tmp_path / "two")
    )
    with PostgresJournal(again) as restored:
        assert load_world(restored)[0] == at_backup
        assert restored.take()
    assert verify(again).world_hash == bytes.fromhex(read_manifest(backup).world_hash)


class _Archived(PostgresServer):
    """Archives its log as the deployment's does; `data` may be one that was restored."""

    def __init__(self) -> None:
        super().__init__()
        self.archive, self.base = self.place / "wal", self.place / "base"
        for place in (self.archive, self.base):
            place.mkdir()
            if self._user:
                shutil.chown(place, self._user)

    @property
    def command(self) -> list[str]:
        kept = f"test ! -f {self.archive}/%f && cp %p {self.archive}/%f.part && mv {self.archive}/%f.part {self.archive}/%f"
        return [*super().command, "-c", "archive_mode=on", "-c", f"archive_command={kept}"]

    def base_backup(self) -> None:
        command = [postgres_program("pg_basebackup"), "--dbname", self.base_url, "--pgdata", str(self.base)]
        rest = ["--format", "tar", "--gzip", "--wal-method", "stream", "--checkpoint", "fast"]
        subprocess.run([*command, *rest], check=True, capture_output=True, user=self._user)

    def unpack(self, recovery: str) -> None:
        """A new data directory from the base backup, that recovers when it starts."""
        self.data = self.place / "restored"
        self.data.mkdir()
        for name, place in (("base.tar.gz", self.data), ("pg_wal.tar.gz", self.data / "pg_wal")):
            with tarfile.open(self.base / name) as packed:
                packed.extractall(place, filter="fully_trusted")
        with (self.data / "postgresql.auto.conf").open("a") as file:
            file.write(recovery)
        (self.data / "recovery.signal").touch()
        for path in (self.data, *self.data.rglob("*")):
            path.chmod(0o700 if path.is_dir() else 0o600)
            if self._user:
                shutil.chown(path, self._user)


async def test_the_database_comes_back_as_it_was_at_an_instant(tmp_path: Path) -> None:
    """A base backup, log that is archived behind it, a disaster, and the recovery of deploy/README.md to the instant before it."""
    with _Archived() as server:
        url = server.base_url
        story = Story(seed=4)
        with PostgresJournal(url) as journal:
            assert journal.take()
            for batch in story.batches(40):
                await journal.append(batch)
            await asyncio.to_thread(server.base_backup)
            for batch in story.batches(40):
                await journal.append(batch)
            wanted = story.world
            with psycopg.connect(url, autocommit=True) as connection:
                [instant] = connection.execute("SELECT clock_timestamp()").fetchone() or [None]
            for batch in story.batches(40):  # the disaster
                await journal.append(batch)
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("SELECT pg_switch_wal()")
        server.stop(signal.SIGINT)
        server.unpack(
            f"restore_command = 'cp {server.archive}/%f %p'\nrecovery_target_time = '{instant}'\n"
            "recovery_target_action = 'promote'\n",
        )
        server.start()
        with PostgresJournal(url) as restored:
            assert load_world(restored)[0] == wanted
            assert restored.take(), "it can be written again"
            await restored.append(Story(seed=4, world=wanted, now=story.now).next_batch())
        assert verify(url).is_sound
        copy(url, tmp_path / "copy")
