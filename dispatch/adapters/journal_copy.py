"""Moving a journal from one store to another: every row as it is, checked in full before any of it is kept."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import SQLAlchemyError

from dispatch.adapters import journal_postgres, journal_sqlite
from dispatch.adapters.journal_faults import JournalDamaged, cause_of
from dispatch.adapters.journal_ledger import read_head
from dispatch.adapters.journal_places import Place, open_to_read, shown
from dispatch.adapters.journal_reading import chain_hash_at
from dispatch.adapters.journal_report import Report
from dispatch.adapters.journal_tables import EVENT_INCIDENTS, EVENTS, META, REPLIES, SNAPSHOTS
from dispatch.adapters.journal_until import Until, last_whole
from dispatch.adapters.verify import verify_on

ROWS_AT_A_TIME: Final = 500


def copy(source: Place, target: Place, *, until: Until | None = None) -> Report:
    """Copy the journal at `source`, as it is now, into the empty one at `target`, and say what the check of the copy found.

    With `until` the copy ends there, behind a whole command; what stood beside later events is left out too.

    A copy that is not sound, or not what was read, is not kept. Raises `JournalDamaged` when there is nothing to be copied or
    `target` is not empty, `JournalLocked` when somebody writes there, FileNotFoundError when there is no journal at `source`.
    """
    with open_to_read(source) as reading, _open_to_fill(target) as writing:
        if read_head(writing).seq:
            raise JournalDamaged(
                f"{shown(target)} 已有记录,不会覆盖。 {shown(target)} holds events already and is not written over."
            )
        try:
            last = read_head(reading).seq if until is None else last_whole(reading, until)
            for table in (EVENTS, EVENT_INCIDENTS, REPLIES, SNAPSHOTS, META):
                is_wanted = META.c.name != "format" if table is META else table.c.seq <= last
                wanted = select(table).where(is_wanted)
                for rows in reading.execute(wanted, execution_options={"yield_per": ROWS_AT_A_TIME}).partitions():
                    writing.execute(insert(table), [row._asdict() for row in rows])
            report = verify_on(writing)
            if not report.is_sound or report.head_hash != chain_hash_at(reading, last):
                writing.rollback()
            else:
                writing.commit()
        except (SQLAlchemyError, UnicodeError) as error:
            cause = cause_of(error)
            raise JournalDamaged(f"复制未完成({cause})。 The copy was not completed ({cause}).") from error
    return report


@contextlib.contextmanager
def _open_to_fill(where: Place) -> Iterator[Connection]:
    """The one writing connection of a journal, made if there is none."""
    if isinstance(where, str) and journal_postgres.is_database(where):
        with journal_postgres.open_to_fill(where) as connection:
            yield connection
        return
    path = Path(where)
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = journal_sqlite.writer_engine(path, journal_sqlite.Durability.SURVIVES_POWER_LOSS)
    with journal_sqlite.lock(path), journal_sqlite.damage_explained(path), engine.connect() as connection:
        journal_sqlite.prepare(connection)
        yield connection
    engine.dispose()
