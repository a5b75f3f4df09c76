"""Who may write a PostgreSQL journal: one session at a time, held three ways.

1. The writer's session holds an advisory lock, which goes with the session: when its process dies, the lock is free at once.
2. It renews a lease. A process that is stopped, or cut off with its session still open, keeps the lock but not the lease: whoever
   finds the lease expired ends that session on the server, and then takes the lock.
3. Each taking raises the epoch, and every append asks within its own transaction whether its epoch still stands. So a writer that
   wakes up late changes nothing, even if the server has not yet noticed that its session is gone.

Instants are the database server's: the clocks of the machines do not matter.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import BigInteger, Column, Connection, DateTime, MetaData, Table, Text, func, select, text, update

from dispatch.engine.ports import JournalConflict, Writer

RENEW_EVERY_S: Final = 0.5
LEASE_S: Final = 2.0
"""Four renewals. With the followers' polling a takeover stays below 5 s even from a writer that is only stopped."""
END_WITHIN_MS: Final = 1000

WRITER: Final = Table(
    "writer",
    MetaData(),
    Column("name", Text, primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("address", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("renewed_at", DateTime(timezone=True), nullable=False),
)

# Two numbers of ours: "the journal" and the schema that it is in. Advisory locks are each database's own.
_TRY_LOCK: Final = text("SELECT pg_try_advisory_lock(120, hashtext(current_schema()))")
_IS_EXPIRED: Final = select(WRITER.c.renewed_at < func.clock_timestamp() - text(f"interval '{LEASE_S} s'"))
_END_HOLDER: Final = text(
    "SELECT pg_terminate_backend(pid, :within_ms) FROM pg_locks WHERE locktype = 'advisory' AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND classid = 120 AND objsubid = 2 AND objid = (hashtext(current_schema())::bigint & 4294967295)::oid"
)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write, as of one epoch; the `Fence` of a ledger."""

    epoch: int

    def hold(self, connection: Connection) -> None:
        renewed = connection.execute(
            update(WRITER).where(WRITER.c.epoch == self.epoch).values(renewed_at=func.clock_timestamp())
        )
        if renewed.rowcount != 1:
            raise JournalConflict(f"another process has become the writer after epoch {self.epoch}")


def take(connection: Connection, writer: Writer, *, for_s: float = 0.0) -> Lease | None:
    """Become the writer on this session; None while somebody else is, and is alive. The first lease lasts `for_s` longer."""
    is_free = connection.scalar(_TRY_LOCK)
    if not is_free and connection.scalar(_IS_EXPIRED):
        connection.execute(_END_HOLDER, {"within_ms": END_WITHIN_MS})
        is_free = connection.scalar(_TRY_LOCK)
    if not is_free:
        connection.rollback()
        return None
    raised = update(WRITER).values(
        epoch=WRITER.c.epoch + 1,
        address=writer.address,
        secret=writer.secret,
        renewed_at=func.clock_timestamp() + timedelta(seconds=for_s),
    )
    epoch = connection.execute(raised.returning(WRITER.c.epoch)).scalar_one()
    connection.commit()
    return Lease(epoch)


def current_writer(connection: Connection) -> Writer | None:
    """Where the writer of now answers; None when its lease has expired."""
    row = connection.execute(
        select(WRITER.c.address, WRITER.c.secret).where(~_IS_EXPIRED.scalar_subquery())
    ).one_or_none()
    return None if row is None else Writer(address=row.address, secret=row.secret)
