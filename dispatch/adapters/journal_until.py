"""Where a journal is cut when only the past up to a point is wanted: always behind a whole command, never within one."""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, func, select

from dispatch.adapters.journal_tables import EVENTS

Until = int | datetime
"""A sequence number, or an instant with its offset."""

_ROWS_AT_A_TIME: Final = 500


def until_of(text: str) -> Until:
    """`text` as people type it: a number, or an RFC 3339 instant with its offset. ValueError for anything else."""
    if text.isascii() and text.isdigit():
        return int(text)
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text} has no offset")
    return instant


def last_whole(connection: Connection, until: Until) -> int:
    """The last event of the journal that stands when it is cut at `until`: the last of a command whose events all lie before.

    By time that is before the first event recorded after the instant, whatever clocks did later.
    """
    seq = until if isinstance(until, int) else _before(connection, until)
    seq = min(seq, connection.scalar(select(func.max(EVENTS.c.seq))) or 0)
    following = connection.scalar(select(EVENTS.c.command_id).where(EVENTS.c.seq == seq + 1))
    if following is None:
        return seq
    others = select(func.max(EVENTS.c.seq)).where(EVENTS.c.seq <= seq, EVENTS.c.command_id != following)
    return connection.scalar(others) or 0


def _before(connection: Connection, until: datetime) -> int:
    rows = connection.execute(
        select(EVENTS.c.seq, EVENTS.c.recorded_at).order_by(EVENTS.c.seq),
        execution_options={"yield_per": _ROWS_AT_A_TIME},
    )
    last = 0
    for seq, recorded_at in rows:
        if datetime.fromisoformat(recorded_at) > until:
            break
        last = seq
    rows.close()
    return last
