"""`dispatch doctor` on a real PostgreSQL, a real Valkey and a running service: each made sick, each told."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from dispatch.adapters.journal_lease import LEASE_S
from dispatch.adapters.journal_migrate import HEAD
from dispatch.adapters.journal_postgres import PostgresJournal
from dispatch.doctor.database import database
from dispatch.doctor.finding import Finding, Grade
from dispatch.doctor.redis_server import redis_server
from dispatch.doctor.round import examine
from dispatch.engine.clocks import SystemClock, VirtualClock
from dispatch.settings import Settings
from tests.fakes.live_service import LiveService, free_port
from tests.fakes.real_servers import PostgresServer, Sentinel, ValkeyCluster, ValkeyServer

pytestmark = pytest.mark.slow

CLOCK = SystemClock()
NOBODYS = "postgresql://room:wrong@127.0.0.1"


def codes(found: Iterator[Finding]) -> list[str]:
    return [one.code for one in found]


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    """A database with a journal that nobody writes."""
    url = postgres.url()
    PostgresJournal(url).close()
    return url


def run(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def test_a_database_in_good_health_and_an_empty_one(url: str, postgres: PostgresServer) -> None:
    assert codes(database(url, CLOCK)) == []
    assert codes(database(postgres.url(), CLOCK)) == []


def test_a_database_that_nobody_answers_for() -> None:
    [finding] = database(f"{NOBODYS}:{free_port()}/dispatch", CLOCK)
    assert finding.code == "database_unreachable"
    assert "wrong" not in str(finding), "no password stands in what is shown"
    assert codes(database("postgresql://[", CLOCK)) == ["database_unreachable"]


def test_a_wrong_password(url: str, postgres: PostgresServer) -> None:
    run(url, "DROP ROLE IF EXISTS room")
    run(url, "CREATE ROLE room LOGIN PASSWORD 'right'")
    rules = postgres.data / "pg_hba.conf"
    before = rules.read_text()
    rules.write_text("host all room 127.0.0.1/32 scram-sha-256\n" + before)
    try:
        run(url, "SELECT pg_reload_conf()")
        with psycopg.connect(postgres.base_url) as asking:  # a session that begins after the reload
            assert asking.execute(
                "SELECT count(*) FROM pg_hba_file_rules WHERE 'room' = ANY(user_name)"
            ).fetchone() == (1,)
        address = f"{NOBODYS}:{postgres.port}/postgres"
        found = codes(database(address, CLOCK))
        while not found:  # the server reads its rules again when it gets to it
            found = codes(database(address, CLOCK))
        assert found == ["database_refuses"]
        assert codes(database(address.replace("wrong", "right"), CLOCK)) == []
    finally:
        rules.write_text(before)
        run(url, "SELECT pg_reload_conf()")


def test_what_leaves_this_machine_unencrypted_is_noted(url: str, valkey: ValkeyServer) -> None:
    """0.0.0.0 is this machine too, but not by a name that says so."""
    for found in (
        list(database(url.replace("127.0.0.1", "0.0.0.0"), CLOCK)),
        list(redis_server(valkey.url.replace("127.0.0.1", "0.0.0.0"), None, CLOCK)),
    ):
        assert [(one.code, one.grade) for one in found] == [("without_tls", Grade.NOTICE)]


@pytest.mark.parametrize(("version", "code"), [("0000", "schema_old"), ("9999", "schema_newer")])
def test_a_layout_of_another_version(url: str, version: str, code: str) -> None:
    run(url, f"UPDATE alembic_version SET version_num = '{version}'")
    [finding] = database(url, CLOCK)
    assert finding.code == code
    assert version in finding.what.en
    assert HEAD in finding.what.en


def test_a_writer_that_hangs(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as hanging:
        hanging.execute("SELECT pg_advisory_lock(120, hashtext(current_schema()))")
        run(url, f"UPDATE writer SET renewed_at = clock_timestamp() - interval '{2 * LEASE_S} s'")
        assert codes(database(url, CLOCK)) == ["writer_stuck"]
    with PostgresJournal(url) as journal:
        assert journal.take()
        assert codes(database(url, CLOCK)) == []


def test_log_that_cannot_be_archived() -> None:
    class Unarchived(PostgresServer):
        @property
        def command(self) -> list[str]:
            return [*super().command, "-c", "archive_mode=on", "-c", "archive_command=false"]

    with Unarchived() as server:
        run(server.base_url, "CREATE TABLE something (n int)")
        run(server.base_url, "SELECT pg_switch_wal()")
        found: list[str] = []
        while not found:  # the archiver tries when it gets to it
            found = codes(database(server.base_url, CLOCK))
        assert found == ["archive_failing"]


def test_clocks_that_differ(url: str, valkey: ValkeyServer) -> None:
    ahead = VirtualClock(CLOCK.now() + timedelta(seconds=90))
    assert codes(database(url, ahead)) == ["clock_skew"]
    [finding] = redis_server(valkey.url, None, ahead)
    assert "快" in finding.what.zh
    assert "ahead of the Redis server" in finding.what.en


def test_a_redis_that_is_well_gone_or_has_another_password(valkey: ValkeyServer) -> None:
    assert codes(redis_server(valkey.url, None, CLOCK)) == []
    assert codes(redis_server(f"redis://127.0.0.1:{free_port()}", None, CLOCK)) == ["redis_unreachable"]
    assert codes(redis_server("nonsense", None, CLOCK))[0] == "redis_unreachable"
    with ValkeyServer(password="right") as guarded:
        assert codes(redis_server(guarded.url, None, CLOCK)) == []
        assert codes(redis_server(guarded.url.replace("right", "wrong"), None, CLOCK)) == ["redis_refuses"]
        assert codes(redis_server(guarded.url.replace(":right@", ""), None, CLOCK)) == ["redis_refuses"]


def test_a_cluster_and_a_set_that_sentinels_watch() -> None:
    with ValkeyCluster("right") as cluster:
        assert codes(redis_server(cluster.url, None, CLOCK)) == []
        gone = cluster.url.replace(str(cluster.port), str(free_port()))
        assert codes(redis_server(gone, None, CLOCK)) == ["redis_unreachable"]
    with ValkeyServer("right") as watched, Sentinel(watched) as sentinel:
        url = "redis://:right@room/0"
        assert codes(redis_server(url, sentinel.addresses, CLOCK)) == ["without_tls"]
        assert "redis_unreachable" in codes(redis_server("redis://:right@unknown/0", sentinel.addresses, CLOCK))
        assert "redis_unreachable" in codes(redis_server(url, f"127.0.0.1:{free_port()}", CLOCK))


def test_beside_a_running_service_its_lock_and_port_are_its_own(tmp_path: Path) -> None:
    with LiveService(tmp_path) as live:
        beside = codes(examine(Settings(data_dir=tmp_path, port=live.port), CLOCK))
        assert not {"journal_held", "port_in_use", "journal_unreadable"} & set(beside)
        elsewhere = codes(examine(Settings(data_dir=tmp_path, port=free_port()), CLOCK))
        assert "journal_held" in elsewhere
