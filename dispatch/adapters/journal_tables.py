"""The journal's tables, in SQL that SQLite and PostgreSQL share; what only SQLite knows is in `journal_sqlite`."""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text

FORMAT: Final = "1"
"""Version of this layout and of the chain's formula, kept in `meta`; another one is refused, never guessed at."""

_SEQ: Final = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER is the row's own number there

METADATA: Final = MetaData()

META: Final = Table(
    "meta",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
# The columns of `journal_chain.EventRow`, then the hash over them.
EVENTS: Final = Table(
    "events",
    METADATA,
    Column("seq", _SEQ, primary_key=True, autoincrement=False),
    Column("realm", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("schema_version", Integer, nullable=False),
    Column("recorded_at", Text, nullable=False),
    Column("occurred_at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("command_id", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)
# Which events name an incident: an index, rebuilt from the events at will.
EVENT_INCIDENTS: Final = Table(
    "event_incidents",
    METADATA,
    Column("incident_id", Text, primary_key=True),
    Column("seq", _SEQ, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
# `seq` is the head behind the reply's batch; `seal` binds the reply to the chain's hash there.
REPLIES: Final = Table(
    "replies",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("seq", _SEQ, nullable=False),
    Column("request_digest", LargeBinary, nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("seal", LargeBinary, nullable=False),
    Index("replies_seq", "seq"),
)
SNAPSHOTS: Final = Table(
    "snapshots",
    METADATA,
    Column("seq", _SEQ, primary_key=True, autoincrement=False),
    Column("program_digest", Text, nullable=False),
    Column("world", LargeBinary, nullable=False),
    Column("seal", LargeBinary, nullable=False),
)
