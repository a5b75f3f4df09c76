"""PostgreSQL under the journal: can it be reached, safely; is its layout known; who writes; is its log archived; its clock."""

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from dispatch.adapters.journal_lease import LEASE_S
from dispatch.adapters.journal_migrate import HEAD
from dispatch.adapters.journal_postgres import database_url, shown
from dispatch.doctor.finding import Finding, Grade, Said, skewed
from dispatch.engine.ports import Clock

CONNECT_WITHIN_S: Final = 3
_LOOPBACK: Final = frozenset({"", "localhost", "127.0.0.1", "::1"})
_LAYOUT: Final = "SELECT version_num FROM alembic_version"
_WRITER: Final = (
    "SELECT renewed_at < clock_timestamp() - make_interval(secs => %s), EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND"
    " granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND classid = 120 AND objsubid = 2"
    " AND objid = (hashtext(current_schema())::bigint & 4294967295)::oid) FROM writer"
)
_ARCHIVE: Final = (
    "SELECT last_failed_wal FROM pg_stat_archiver WHERE current_setting('archive_mode') <> 'off'"
    " AND last_failed_time > coalesce(last_archived_time, '-infinity')"
)


def database(url: str, clock: Clock) -> Iterator[Finding]:
    """Everything about the database at `url` but the journal's content."""
    import psycopg

    try:
        address = database_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        connection = psycopg.connect(address, connect_timeout=CONNECT_WITHIN_S, autocommit=True)
    except (psycopg.Error, ValueError) as error:
        yield _unreachable(url, " ".join(str(error).split()))
        return
    with connection:
        if not connection.pgconn.ssl_in_use and not is_loopback(url):
            yield without_tls("PostgreSQL", "?sslmode=verify-full")
        yield from skewed(clock, lambda: _clock_s(connection), Said("数据库服务器", "the database server"))
        yield from _layout(connection)
        yield from _archive(connection)


def is_loopback(url: str) -> bool:
    """Whether an address stays on this machine."""
    return (urlsplit(url).hostname or "") in _LOOPBACK


def without_tls(server: str, how: str) -> Finding:
    return Finding(
        code="without_tls",
        grade=Grade.NOTICE,
        what=Said(f"到 {server} 的连接没有加密(TLS)", f"the connection to {server} is not encrypted (TLS)"),
        means=Said("同一网络上的人能看到来电与口令", "whoever is on that network can read calls and passwords"),
        do=Said(f"只在独立的内网如此;否则启用 TLS({how})", f"only on a network of its own; else switch TLS on ({how})"),
    )


def _unreachable(url: str, cause: str) -> Finding:
    is_refused = "password" in cause or "authentication" in cause or "no pg_hba.conf entry" in cause
    return Finding(
        code="database_refuses" if is_refused else "database_unreachable",
        what=Said(
            f"数据库 {_shown(url)} {'拒绝登录' if is_refused else '连不上'}({cause})",
            f"the database {_shown(url)} {'refuses us' if is_refused else 'cannot be reached'} ({cause})",
        ),
        means=Said(
            "不能记录来电与派遣;服务无法启动,运行中的停止接受命令",
            "no call or dispatch is recorded; nothing starts, and what runs takes no commands",
        ),
        do=Said(
            "核对 DISPATCH_DATABASE_URL 中的用户与口令"
            if is_refused
            else "检查数据库是否运行、地址与网络;见 docs/operations.md",
            "check user and password in DISPATCH_DATABASE_URL"
            if is_refused
            else "check that it runs, the address and the network; see docs/operations.md",
        ),
    )


def _shown(url: str) -> str:
    try:
        return shown(url)
    except ValueError:
        return "?"


def _clock_s(connection: Any) -> float:
    return float(connection.execute("SELECT extract(epoch FROM clock_timestamp())").fetchone()[0])


def _layout(connection: Any) -> Iterator[Finding]:
    if connection.execute("SELECT to_regclass('alembic_version')").fetchone()[0] is None:
        return  # no journal yet: the first start makes it
    found = connection.execute(_LAYOUT).fetchone()[0]
    if found < HEAD:
        yield Finding(
            code="schema_old",
            what=Said(
                f"数据库结构为 {found},程序需要 {HEAD}", f"the database's layout is {found}, this program's is {HEAD}"
            ),
            means=Said("下次启动自动升级,只增不改", "the next start brings it up to date, and only adds"),
            do=Said("先备份(dispatch backup),再启动", "take a backup first (dispatch backup), then start"),
        )
    elif found > HEAD:
        yield Finding(
            code="schema_newer",
            what=Said(
                f"数据库结构为 {found},新于本程序的 {HEAD}",
                f"the database's layout is {found}, newer than this program's {HEAD}",
            ),
            means=Said(
                "更新的程序已用过这个数据库,旧程序可能读不懂其记录",
                "a newer program has used it; this one may not read what that wrote",
            ),
            do=Said("各处换用同一个、较新的版本", "run the same, newer version everywhere"),
        )
    is_expired, is_locked = connection.execute(_WRITER, (LEASE_S,)).fetchone()
    if is_expired and is_locked:
        yield Finding(
            code="writer_stuck",
            what=Said("占着写入权的进程不再续租", "the process that holds the right to write does not renew it"),
            means=Said(
                "此刻没有人能记录命令;有后备进程时数秒内会接替",
                "nobody records commands now; a follower takes over within seconds if there is one",
            ),
            do=Said(
                "若一直如此,启动另一个进程,并查看被挂起的那个",
                "if it stays so start another process, and look at the one that hangs",
            ),
        )


def _archive(connection: Any) -> Iterator[Finding]:
    failing = connection.execute(_ARCHIVE).fetchone()
    if failing is not None:
        yield Finding(
            code="archive_failing",
            what=Said(f"数据库日志 {failing[0]} 归档失败", f"the database's log {failing[0]} could not be archived"),
            means=Said(
                "不能恢复到最近的时刻,数据库的磁盘会被写满",
                "recovery to a late instant is not possible, and the database's disk fills up",
            ),
            do=Said("检查备份目录的空间与所有者", "check room and owner of the backup's directory"),
        )
