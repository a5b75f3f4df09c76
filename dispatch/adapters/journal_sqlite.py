"""SQLite under the journal: one writing connection held by a file lock, any number of read-only ones.

Before version 3.51.3 SQLite can corrupt its write-ahead log when two connections write or checkpoint (its own changelog, "WAL-reset
bug"). So there is exactly one connection that does either; readers open the file with `mode=ro` and can do neither.
"""

import fcntl
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Final, TextIO
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, insert, select
from sqlalchemy.exc import DBAPIError

from dispatch.adapters.journal_faults import JournalDamaged, JournalLocked, cause_of, require_format
from dispatch.adapters.journal_tables import FORMAT, META, METADATA

LIVE_FILE: Final = "journal.sqlite3"
"""Name of the live journal in the data directory."""


class Durability(StrEnum):
    """What an acknowledgement promises; the value is SQLite's `synchronous` level."""

    SURVIVES_POWER_LOSS = "FULL"
    """Every commit waits for the disk. The only level for anything that cannot be made again."""

    REPRODUCIBLE_ONLY = "OFF"
    """The disk is left to itself: a power cut may lose or damage the whole file. For journals that a seed can make again."""


@contextmanager
def damage_explained(path: Path) -> Iterator[None]:
    """Turn what SQLite says of a file that it cannot read into `JournalDamaged`."""
    try:
        yield
    except (DBAPIError, sqlite3.DatabaseError) as error:
        cause = cause_of(error)
        raise JournalDamaged(
            f"日志文件 {path} 无法读取({cause});请保留该文件,从备份恢复,或另指定数据目录后启动。"
            f" The journal file {path} cannot be read ({cause}); keep it, restore a backup, or start with another data directory."
        ) from error


def lock(path: Path) -> TextIO:
    """Become the only writer of the journal at `path` until the returned file is closed or the process ends.

    Raises `JournalLocked` when another process, or another journal in this one, holds it.
    """
    holder = path.with_name(path.name + ".lock").open("a", encoding="utf-8")
    try:
        fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder.close()
        raise JournalLocked(path) from None
    return holder


def writer_engine(path: Path, durability: Durability) -> Engine:
    """An engine for the one writing connection; creates the file, its owner's alone, when there is none."""
    path.touch(mode=0o600, exist_ok=True)

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={durability.value}")
        connection.text_factory = _tolerant_text
        return connection

    return _engine(connect, begin="BEGIN IMMEDIATE")


def reader_engine(path: Path) -> Engine:
    """An engine whose connections can only read; each transaction sees one consistent state beside a live writer."""

    def connect() -> sqlite3.Connection:
        place = f"file:{quote(str(path.absolute()))}?mode=ro"
        connection = sqlite3.connect(place, uri=True, isolation_level=None, check_same_thread=False)
        connection.text_factory = _tolerant_text
        return connection

    return _engine(connect, begin="BEGIN")


@contextmanager
def open_to_read(path: Path) -> Iterator[Connection]:
    """A read-only connection in one transaction, for reading a whole journal beside its writer.

    FileNotFoundError when there is no file, `JournalDamaged` when it is no journal or cannot be read.
    """
    if not path.is_file():
        raise FileNotFoundError(f"没有日志文件 {path}。 There is no journal file {path}.")
    engine = reader_engine(path)
    try:
        with damage_explained(path), engine.connect() as connection:
            require_format(connection.scalar(select(META.c.value).where(META.c.name == "format")))
            yield connection
    finally:
        engine.dispose()


def prepare(connection: Connection) -> None:
    """Make the tables of a new file, or check that those of an old one are of this `FORMAT`."""
    METADATA.create_all(connection)
    found = connection.scalar(select(META.c.value).where(META.c.name == "format"))
    if found is None:
        connection.execute(insert(META).values(name="format", value=FORMAT))
    connection.commit()
    require_format(found or FORMAT)


def _engine(connect: Callable[[], sqlite3.Connection], *, begin: str) -> Engine:
    # Parameters hold what callers said; they stay out of error texts, and so out of the log.
    engine = create_engine("sqlite+pysqlite:///journal", creator=connect, hide_parameters=True)

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _tolerant_text(stored: bytes) -> str:
    """Text whose bytes are damaged is still read, so that the check of its hash can say where it is."""
    return stored.decode("utf-8", "surrogateescape")
