"""A journal by where it is: a file's path or a database's URL."""

from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import Connection

from dispatch.adapters import journal_postgres, journal_sqlite

Place = str | Path


def open_to_read(where: Place) -> AbstractContextManager[Connection]:
    """A connection in one transaction, for reading a whole journal beside its writer.

    FileNotFoundError when there is none, `JournalDamaged` when it is no journal or cannot be read.
    """
    if isinstance(where, str) and journal_postgres.is_database(where):
        return journal_postgres.open_database(where)
    return journal_sqlite.open_to_read(Path(where))


def shown(where: Place) -> str:
    """The place for people, without a password."""
    return (
        journal_postgres.shown(where) if isinstance(where, str) and journal_postgres.is_database(where) else str(where)
    )
