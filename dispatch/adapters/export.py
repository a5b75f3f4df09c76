"""Export: the journal as JSON lines, one event each, for people and programs that know nothing of this one."""

from typing import BinaryIO, Final

import msgspec
from sqlalchemy import select

from dispatch.adapters.journal_chain import EventRow, payload_of
from dispatch.adapters.journal_faults import JournalDamaged
from dispatch.adapters.journal_places import Place, open_to_read
from dispatch.adapters.journal_tables import EVENTS
from dispatch.adapters.vault import Vault

_ROWS_AT_A_TIME: Final = 500


def export(where: Place, out: BinaryIO, vault: Vault | None = None) -> int:
    """Write the events of the journal in a file or database to `out`, oldest first, and return how many.

    A line holds `seq, type, version, realm, recorded_at, occurred_at, actor, command_id, data` (in that version; persons are left
    out without `vault`) and `hash` (hex, over what is stored). Raises `JournalDamaged` for a file or payload that cannot be read,
    FileNotFoundError when there is no journal.
    """
    count = 0
    with open_to_read(where) as connection:
        query = select(EVENTS).order_by(EVENTS.c.seq)
        for stored in connection.execute(query, execution_options={"yield_per": _ROWS_AT_A_TIME}):
            out.write(_line(EventRow._make(stored[:-1]), stored[-1], vault))
            count += 1
    return count


def _line(row: EventRow, stored_hash: bytes, vault: Vault | None) -> bytes:
    line = {
        "seq": row.seq,
        "type": row.type,
        "version": row.schema_version,
        "realm": row.realm,
        "recorded_at": row.recorded_at,
        "occurred_at": row.occurred_at,
        "actor": row.actor,
        "command_id": row.command_id,
    }
    try:
        data = msgspec.json.decode(payload_of(row, vault))
        return msgspec.json.encode({**line, "data": data, "hash": stored_hash.hex()}) + b"\n"
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise JournalDamaged(
            f"第 {row.seq} 条记录的内容无法读取({error});请用 dispatch journal verify 检查。"
            f" The content of event {row.seq} cannot be read ({error}); check with `dispatch journal verify`."
        ) from error
