"""The live journal on PostgreSQL, shared by several processes: one writes, the others follow and can take over.

The tables, the ledger and the thread that commits in groups are those of the SQLite journal. What PostgreSQL adds is in
`journal_lease` (who writes) and `journal_migrate` (the layout).
"""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Iterator
from typing import Any, Final, Self

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, select
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from dispatch.adapters.journal_faults import JournalDamaged, JournalLocked, cause_of, require_format
from dispatch.adapters.journal_groups import GroupWriter
from dispatch.adapters.journal_lease import RENEW_EVERY_S, current_writer, take
from dispatch.adapters.journal_ledger import Head, Ledger, read_head
from dispatch.adapters.journal_migrate import migrate
from dispatch.adapters.journal_reading import JournalReader
from dispatch.adapters.journal_staging import stage
from dispatch.adapters.journal_tables import META
from dispatch.adapters.journal_tail import require_whole_tail
from dispatch.adapters.vault import Vault
from dispatch.engine.ports import Batch, DependencyFailed, Reply, Snapshot, Writer

# A session whose other end has gone without a word is given up within seconds, not within the operating system's hours.
_CONNECT: Final = {
    "connect_timeout": 3,
    "keepalives_idle": 1,
    "keepalives_interval": 1,
    "keepalives_count": 2,
    "tcp_user_timeout": 3000,
    "application_name": "dispatch",
}
# Longer than any statement of ours on a healthy server; a lock that is not given, or a sick disk, is an error by then.
_BOUNDED: Final = "-c statement_timeout=4s"


FILLING_S: Final = 86_400.0
"""A copy is one transaction, in which no lease can be renewed; its session ends with its process."""


def is_database(where: object) -> bool:
    """Whether a journal's place is a database's URL, and not a file."""
    return isinstance(where, str) and where.startswith(("postgresql://", "postgres://", "postgresql+psycopg://"))


def database_url(where: str) -> URL:
    """The URL with our driver. ValueError when it cannot be read; its password stays out of every text."""
    try:
        return make_url(where).set(drivername="postgresql+psycopg")
    except ArgumentError:
        raise ValueError("the database's URL cannot be read") from None


def shown(where: str) -> str:
    """The URL without its password, for people."""
    return database_url(where).set(drivername="postgresql").render_as_string(hide_password=True)


class PostgresJournal(JournalReader):
    """The journal in the database at `url`. It reads from the start; `take` makes it the one that writes.

    `append` may be called from any running event loop; reading, taking and releasing from any thread.
    """

    def __init__(self, url: str, *, writer: Writer | None = None, vault: Vault | None = None) -> None:
        """Bring the layout up to date and check the tail. `writer` says where others reach this process once it writes.

        `JournalDamaged` when the journal cannot be used as it is, `DependencyFailed` when the database does not answer.
        """
        self._url = url
        self._own = writer or Writer(address="", secret="")
        super().__init__(reader_engine(url), vault)
        self._taking = threading.Lock()
        self._session: Connection | None = None
        self._writing: GroupWriter | None = None
        try:
            _migrate(url)
            with self._reading() as connection:
                require_format(connection.scalar(select(META.c.value).where(META.c.name == "format")))
                require_whole_tail(connection, shown(url))
        except BaseException:
            self._readers.dispose()
            raise

    @property
    def head_seq(self) -> int:
        return self._head.seq

    @property
    def head_hash(self) -> bytes:
        return self._head.hash

    @property
    def _head(self) -> Head:
        if self._writing is not None:
            return self._writing.head
        with self._reading() as connection:
            return read_head(connection)

    @property
    def is_held(self) -> bool:
        """Whether this process writes, as far as it knows."""
        return self._writing is not None and not self._writing.has_stopped

    def take(self) -> bool:
        """Become the writer if nobody is, or if whoever was has not renewed its lease. Blocks for up to some seconds.

        `DependencyFailed` when the database does not answer.
        """
        with self._taking:
            if self.is_held:
                return True
            try:
                if self._writing is not None or self._session is None:
                    self._let_go()
                    self._session = _writer_session(self._url)
                lease = take(self._session, self._own)
                if lease is not None:
                    self._writing = GroupWriter(Ledger(self._session, lease, self._vault), renew_every_s=RENEW_EVERY_S)
            except SQLAlchemyError as error:
                self._let_go()
                raise DependencyFailed(f"the journal could not be taken: {cause_of(error)}") from error
            return lease is not None

    def release(self) -> None:
        """Commit what is queued and let another process write. Blocks for as long as the last commit takes."""
        with self._taking:
            self._let_go()

    def current_writer(self) -> Writer | None:
        """Where the process answers that writes now; None while nobody does. `DependencyFailed` when the database does not say."""
        with self._reading() as connection:
            return current_writer(connection)

    def append(self, batch: Batch) -> Awaitable[None]:
        """See the port; fails in a process that does not write."""
        staged = stage(batch, self._vault)
        return self._refused() if self._writing is None else self._writing.enqueue(staged)

    def save_snapshot(self, snapshot: Snapshot) -> Awaitable[None]:
        return self._refused() if self._writing is None else self._writing.enqueue(snapshot)

    async def reply_to(self, key: str) -> Reply | None:
        return await asyncio.to_thread(self.find_reply, key)

    def close(self) -> None:
        """Commit what is queued, let another process write, and close."""
        self.release()
        self._readers.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _let_go(self) -> None:
        if self._writing is not None:
            self._writing.close()
            self._writing = None
        if self._session is not None:
            with contextlib.suppress(SQLAlchemyError):
                self._session.close()
            self._session = None

    def _refused(self) -> Awaitable[None]:
        refused: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        refused.set_exception(DependencyFailed("this process does not write the journal"))
        return refused


@contextlib.contextmanager
def open_to_fill(url: str) -> Iterator[Connection]:
    """The writing session of an empty journal, for as long as filling it takes; `JournalLocked` when somebody writes it."""
    try:
        _migrate(url)
        session = _writer_session(url, is_bounded=False)
    except (DependencyFailed, SQLAlchemyError) as error:
        raise JournalDamaged(f"{shown(url)}: {cause_of(error)}") from error
    with session:
        if take(session, Writer(address="", secret=""), for_s=FILLING_S) is None:
            raise JournalLocked(shown(url))
        yield session


def _migrate(url: str) -> None:
    engine = create_engine(database_url(url), connect_args=_arguments(url), poolclass=NullPool, hide_parameters=True)
    migrate(engine)


def reader_engine(url: str) -> Engine:
    """An engine for reading: each transaction sees one consistent state; sessions that have died are replaced unseen."""
    return create_engine(
        database_url(url),
        connect_args=_arguments(url, "-c default_transaction_read_only=on", _BOUNDED),
        isolation_level="REPEATABLE READ",
        pool_pre_ping=True,
        hide_parameters=True,
    )


@contextlib.contextmanager
def open_database(url: str) -> Iterator[Connection]:
    """A connection in one transaction, for reading a whole journal beside its writer.

    FileNotFoundError when the database holds no journal, `JournalDamaged` when it cannot be read.
    """
    engine = create_engine(
        database_url(url), connect_args=_arguments(url), isolation_level="REPEATABLE READ", hide_parameters=True
    )
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table(META.name):
                raise FileNotFoundError(f"数据库 {shown(url)} 中没有日志。 There is no journal in {shown(url)}.")
            require_format(connection.scalar(select(META.c.value).where(META.c.name == "format")))
            yield connection
    except SQLAlchemyError as error:
        cause = cause_of(error)
        raise JournalDamaged(
            f"数据库 {shown(url)} 无法读取({cause})。 The database {shown(url)} cannot be read ({cause})."
        ) from error
    finally:
        engine.dispose()


def _writer_session(url: str, *, is_bounded: bool = True) -> Connection:
    """The one session of a writer. It is not replaced when it ends: the right to write goes with it. Rows are given as tuples."""
    from psycopg import OperationalError  # loaded with the first session, not with every command

    engine = create_engine(
        database_url(url),
        connect_args=_arguments(url, *([_BOUNDED] if is_bounded else []), "-c synchronous_commit=on"),
        poolclass=NullPool,
        paramstyle="format",
        hide_parameters=True,
    )
    session = engine.connect()

    @event.listens_for(engine, "do_connect")
    def _(*_: object) -> None:
        raise OperationalError("the session that held the right to write is gone")

    return session


def _arguments(url: str, *settings: str) -> dict[str, Any]:
    given = database_url(url).query.get("options", ())
    return {**_CONNECT, "options": " ".join([given, *settings] if isinstance(given, str) else [*given, *settings])}
