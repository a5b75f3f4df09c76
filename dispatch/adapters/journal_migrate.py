"""Bringing a PostgreSQL journal to the layout of this program, beside whoever works with it."""

import logging
import re
from importlib.resources import files
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from dispatch.adapters.journal_faults import cause_of
from dispatch.engine.ports import DependencyFailed

STEPS: Final = Path(str(files("dispatch.adapters"))) / "migrations"
HEAD: Final = "0001"
"""The newest step; a test compares it with what is in `migrations/versions`."""

LOCK_WAIT: Final = "2s"
"""A step waits no longer than this for a table, so that nobody queues behind it: a choice of ours, below the writer's lease."""

_ONE_AT_A_TIME: Final = text("SELECT pg_advisory_lock(121, hashtext(current_schema()))")


def migrate(engine: Engine, *, steps: Path = STEPS, head: str = HEAD) -> None:
    """Run the steps that are missing, one process at a time. `DependencyFailed` when they cannot be run now.

    Steps beyond `head`, which a newer program has run, only add; a layout that could not be read would say another format.
    """
    try:
        with engine.connect() as connection:
            if _is_at_least(connection, head):
                return
            connection.execute(_ONE_AT_A_TIME)
            connection.execute(text(f"SET lock_timeout = '{LOCK_WAIT}'"))
            connection.commit()
            if not _is_at_least(connection, head):
                connection.commit()
                _upgrade(connection, steps, head)
            connection.commit()
            connection.invalidate()  # the lock and the timeout were this session's
    except SQLAlchemyError as error:
        raise DependencyFailed(f"the journal's layout could not be brought up to date: {cause_of(error)}") from error


def _is_at_least(connection: Connection, head: str) -> bool:
    if not inspect(connection).has_table("alembic_version"):
        return False
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found is not None and found >= head


def _upgrade(connection: Connection, steps: Path, head: str) -> None:
    # Alembic takes a quarter of a second to load, and most starts need nothing of it.
    from alembic import command
    from alembic.config import Config

    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config()
    config.set_main_option("script_location", re.sub("%", "%%", str(steps)))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, head)
