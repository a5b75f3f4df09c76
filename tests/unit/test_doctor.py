"""`dispatch doctor`: every sickness is made for real, told in both languages with what to do, and gone when it is cured."""

import fcntl
import json
import os
import shutil
import socket
import sqlite3
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from dispatch.adapters.accounts import FILE as ACCOUNTS
from dispatch.adapters.accounts import AccountBook
from dispatch.adapters.backup import back_up
from dispatch.adapters.journal_sql import SqlJournal
from dispatch.adapters.journal_sqlite import LIVE_FILE
from dispatch.adapters.key_files import KEYS_FILE
from dispatch.adapters.personal_keys import PersonalKeys
from dispatch.adapters.vault import Vault
from dispatch.cli import app
from dispatch.doctor import city, kept, machine, store
from dispatch.doctor.finding import Finding, Grade
from dispatch.domain.accounts import Role
from dispatch.engine.clocks import SystemClock, VirtualClock
from dispatch.settings import Settings
from maps_data.catalogue import load_catalogue
from maps_data.demand_file import demand_csv
from maps_data.imported import aeds_directory
from maps_data.roads.build import build
from maps_data.vocabulary import RecordClass
from tests.fakes.aed_versions import keep_version, registry
from tests.fakes.journal_files import tamper, write_journal
from tests.fakes.live_service import free_port
from tests.fakes.oidc_server import OidcServer
from tests.fakes.road_town import STREET, Town
from tests.fakes.story import Story

MASTER = bytes(range(32))
NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def codes(found: Iterator[Finding]) -> list[str]:
    """What was found; every finding says all that it has to say in both languages."""
    listed = list(found)
    for one in listed:
        for said in (one.what, one.means, one.do):
            assert said.zh
            assert said.en
            assert said.zh != said.en
    return [one.code for one in listed]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A service's directory in good health."""
    place = tmp_path / "var"
    place.mkdir()
    (place / LIVE_FILE).touch(mode=0o600)
    write_journal(place / LIVE_FILE, batches=30)
    book = AccountBook(place / ACCOUNTS)
    book.add("li", frozenset({Role.SUPERVISOR}), password="twelve letters")
    book.close()
    return place


# --- the machine ------------------------------------------------------------------------------------------------------


def test_a_disk_with_too_little_room(data_dir: Path) -> None:
    assert codes(machine.disk(data_dir)) == []
    more_than_there_is = shutil.disk_usage(data_dir).free + (1 << 30)
    assert codes(machine.disk(data_dir, least_free_bytes=more_than_there_is)) == ["disk_nearly_full"]


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    assert codes(machine.disk(tmp_path / "file" / "var")) == ["not_writable"]
    assert codes(machine.disk(tmp_path / "to be" / "made")) == []


def test_files_that_others_may_read(data_dir: Path) -> None:
    assert codes(machine.file_modes(data_dir)) == []
    (data_dir / LIVE_FILE).chmod(0o644)
    [finding] = machine.file_modes(data_dir)
    assert finding.code == "files_open_to_others"
    assert f"chmod 600 {LIVE_FILE}" in finding.do.en


@contextmanager
def time_server(ahead_s: float, answer_bytes: int = 48) -> Iterator[str]:
    """A real NTP server on this machine whose clock is `ahead_s` ahead."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as serving:
        serving.bind(("127.0.0.1", 0))

        def serve() -> None:
            _, asker = serving.recvfrom(48)
            at_s = datetime.now(UTC).timestamp() + ahead_s + 2_208_988_800
            stamp = struct.pack("!II", int(at_s), int(at_s % 1 * 2**32))
            serving.sendto((bytes(40) + stamp)[:answer_bytes], asker)

        serving_thread = threading.Thread(target=serve)
        serving_thread.start()
        yield f"127.0.0.1:{serving.getsockname()[1]}"
        serving_thread.join()


@pytest.mark.parametrize(
    ("ahead_s", "found"), [(0.0, []), (30.0, ["clock_skew"]), (-30.0, ["clock_skew"])], ids=["right", "slow", "fast"]
)
def test_a_clock_that_a_time_server_contradicts(ahead_s: float, found: list[str]) -> None:
    with time_server(ahead_s) as server:
        assert codes(machine.ntp(server, SystemClock())) == found


def test_a_time_server_that_says_nothing_useful_is_only_noted() -> None:
    with time_server(0.0, answer_bytes=3) as server:
        [finding] = machine.ntp(server, SystemClock())
    assert (finding.code, finding.grade) == ("ntp_unreachable", Grade.NOTICE)


def test_an_identity_provider_that_is_gone_is_noticed_and_one_that_answers_is_not() -> None:
    """Its secret from a file, as a deployment has it."""
    with OidcServer(NOW) as provider:
        settings = Settings(
            oidc_issuer=provider.issuer,
            oidc_client_secret_file=Path(os.devnull),
            oidc_redirect_url="https://room.example/api/v1/session/single-sign-on/done",
        )
        assert settings.oidc is not None
        assert settings.oidc.client_secret == ""
        assert codes(machine.identity_provider(settings.oidc, SystemClock())) == []
    [finding] = machine.identity_provider(settings.oidc, SystemClock())
    assert (finding.code, finding.grade) == ("sign_on_unreachable", Grade.NOTICE)


def test_a_collector_of_traces_that_is_gone_is_noticed_and_makes_nobody_sick() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        endpoint = f"http://127.0.0.1:{listening.getsockname()[1]}/v1/traces"
        assert codes(machine.collector(endpoint)) == []
    [finding] = machine.collector(endpoint)
    assert (finding.code, finding.grade) == ("traces_unreachable", Grade.NOTICE)


def test_a_port_that_something_else_holds() -> None:
    settings = Settings(port=free_port())
    assert machine.running(settings) is None
    assert codes(machine.port(settings, None)) == []
    with socket.create_server(("127.0.0.1", settings.port)):
        assert codes(machine.port(settings, None)) == ["port_in_use"]
    assert codes(machine.port(Settings(host="192.0.2.1", port=settings.port), None)) == ["cannot_listen"]


def test_what_a_running_service_says_is_amiss_is_handed_on() -> None:
    said = {"status": "ready", "degraded": [{"code": "no_writer", "text_zh": "没有写入者", "text_en": "No writer"}]}
    assert codes(machine.port(Settings(), said)) == ["no_writer"]
    assert codes(machine.port(Settings(), {"status": "ready", "degraded": []})) == []
    assert codes(machine.port(Settings(), {"status": 503, "code": "not_ready"})) == ["not_ready"]


# --- the journal ------------------------------------------------------------------------------------------------------


def test_a_sound_journal_and_none_at_all(data_dir: Path, tmp_path: Path) -> None:
    assert codes(store.stored(data_dir / LIVE_FILE, in_full=True)) == []
    assert codes(store.stored(tmp_path / "none", in_full=True)) == []


def test_a_journal_that_does_not_verify(data_dir: Path) -> None:
    """The quick look is at the tail of the chain; what stands beside it shows in full only."""
    tamper(data_dir / LIVE_FILE, ("DELETE FROM event_incidents", ()))
    assert codes(store.stored(data_dir / LIVE_FILE, in_full=False)) == []
    assert codes(store.stored(data_dir / LIVE_FILE, in_full=True)) == ["journal_unsound"]


def test_a_journal_that_lost_a_record(data_dir: Path) -> None:
    tamper(data_dir / LIVE_FILE, ("DELETE FROM events WHERE seq = 7", ()))
    assert codes(store.stored(data_dir / LIVE_FILE, in_full=True)) == ["journal_unreadable"]


def test_a_journal_torn_at_its_end(data_dir: Path) -> None:
    tamper(data_dir / LIVE_FILE, ("UPDATE events SET payload = x'7b' WHERE seq = (SELECT max(seq) FROM events)", ()))
    assert codes(store.stored(data_dir / LIVE_FILE, in_full=True)) == ["journal_torn"]


@pytest.mark.parametrize("version", ["0", "2"], ids=["old", "newer"])
def test_a_journal_of_another_layout(data_dir: Path, version: str) -> None:
    tamper(data_dir / LIVE_FILE, ("UPDATE meta SET value = ? WHERE name = 'format'", (version,)))
    [finding] = store.stored(data_dir / LIVE_FILE, in_full=True)
    assert finding.code == "journal_unreadable"
    assert f"has format {version}" in finding.what.en


def test_what_is_no_journal(data_dir: Path) -> None:
    (data_dir / LIVE_FILE).write_bytes(b"not a database, but longer than any header" * 100)
    assert codes(store.stored(data_dir / LIVE_FILE, in_full=True)) == ["journal_unreadable"]


def test_records_that_were_once_cut_off(data_dir: Path) -> None:
    assert codes(store.cut_tails(data_dir)) == []
    (data_dir / "cut_tail_9.jsonl").write_text("{}\n")
    assert codes(store.cut_tails(data_dir)) == ["tail_was_cut"]


def test_a_journal_that_another_process_holds(data_dir: Path) -> None:
    assert codes(store.held(data_dir, is_ours=False)) == []
    with (data_dir / f"{LIVE_FILE}.lock").open("a") as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        [finding] = store.held(data_dir, is_ours=False)
        assert finding.code == "journal_held"
        assert f"(number {os.getpid()})" in finding.what.en
        assert codes(store.held(data_dir, is_ours=True)) == []
    assert codes(store.held(data_dir, is_ours=False)) == []


# --- the city ---------------------------------------------------------------------------------------------------------


def test_a_city_that_cannot_be_used(tmp_path: Path) -> None:
    catalogue, found = city.city(Settings(city=tmp_path, data_dir=tmp_path))
    assert catalogue is None
    assert codes(iter(found)) == ["city_unusable"]
    catalogue, found = city.city(Settings(data_dir=tmp_path))
    assert catalogue is not None
    assert found == []


def test_imported_devices_that_are_damaged_leave_the_city_usable(tmp_path: Path) -> None:
    version = keep_version(tmp_path, registry("市民中心"), is_in_force=True)
    catalogue, found = city.city(Settings(data_dir=tmp_path))
    assert catalogue is not None
    assert (len(catalogue.aeds), found) == (3, [])
    (aeds_directory(tmp_path) / version / "aeds.csv").write_text("aed_id\n", encoding="utf-8")
    catalogue, found = city.city(Settings(data_dir=tmp_path))
    assert catalogue is not None
    assert len(catalogue.aeds) > 3
    assert codes(iter(found)) == ["aed_data_unusable"]


def test_a_journal_that_goes_on_with_another_city(data_dir: Path) -> None:
    assert codes(city.adopted(data_dir / LIVE_FILE, load_catalogue())) == ["city_not_adopted"]


def test_no_streets_broken_streets_and_those_of_another_place(tmp_path: Path) -> None:
    shenzhen = load_catalogue()
    assert codes(city.roads(Settings(data_dir=tmp_path), shenzhen)) == ["no_roads"]
    assert codes(city.roads(Settings(roads=tmp_path / "none"), shenzhen)) == ["roads_unusable"]
    town = tmp_path / "town"
    build(Town("a-b-c", {"abc": STREET}).write(tmp_path / "town.osm.pbf"), town)
    assert codes(city.roads(Settings(roads=town), shenzhen)) == ["roads_of_elsewhere"]
    (town / "names.json").unlink()
    assert codes(city.roads(Settings(roads=town), shenzhen)) == ["roads_unusable"]


def test_posts_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "posts.csv").write_text("nothing,of,the,kind\n")
    assert codes(city.posts(Settings(posts=tmp_path / "posts.csv"), load_catalogue())) == ["posts_unusable"]
    assert codes(city.posts(Settings(), load_catalogue())) == []


def test_a_file_of_demand_that_cannot_be_used_or_is_not(tmp_path: Path) -> None:
    shenzhen, path = load_catalogue(), tmp_path / "demand.csv"
    assert codes(city.demand(Settings(), shenzhen)) == []
    path.write_text("nothing,of,the,kind\n")
    assert codes(city.demand(Settings(demand=path), shenzhen)) == ["demand_unusable"]
    cells = shenzhen.population_cells
    path.write_text(demand_csv(cells, np.ones(len(cells)), RecordClass.SIMULATED))
    assert codes(city.demand(Settings(demand=path), shenzhen)) == ["demand_unused"]
    assert codes(city.demand(Settings(demand=path, posts=tmp_path / "posts.csv"), shenzhen)) == []


def test_a_console_that_was_not_built(tmp_path: Path) -> None:
    assert codes(city.console(tmp_path)) == ["no_console"]
    for name in ("index", "aed", "crew", "hospital", "sign-in"):
        (tmp_path / f"{name}.html").touch()
    assert codes(city.console(tmp_path)) == []


# --- what stands beside the journal -----------------------------------------------------------------------------------


def test_supervisors_without_a_second_factor(data_dir: Path, tmp_path: Path) -> None:
    assert codes(kept.accounts(tmp_path)) == ["no_accounts"]
    assert codes(kept.accounts(data_dir)) == []
    connection = sqlite3.connect(data_dir / ACCOUNTS)
    with connection:
        connection.execute("UPDATE accounts SET code_key = NULL")
    connection.close()
    [finding] = kept.accounts(data_dir)
    assert finding.code == "no_second_factor"
    assert "li" in finding.what.en
    assert CliRunner().invoke(app, ["user", "password", "li", "--data-dir", str(data_dir)]).exit_code == 0
    assert codes(kept.accounts(data_dir)) == []


def test_accounts_that_cannot_be_read(data_dir: Path) -> None:
    (data_dir / ACCOUNTS).write_bytes(b"not a database, but longer than any header" * 100)
    assert codes(kept.accounts(data_dir)) == ["accounts_unreadable"]


async def test_keys_that_are_gone_and_keys_that_a_master_key_locks(tmp_path: Path) -> None:
    where, directory = tmp_path / LIVE_FILE, tmp_path / "keys"

    def found(master: bytes | None = None) -> list[str]:
        return codes(kept.keys(directory, where, lambda: master))

    assert found() == []  # nothing was sealed yet
    with PersonalKeys(directory, MASTER) as made, SqlJournal(where, vault=Vault(made)) as journal:
        for batch in Story(seed=1).batches(30):
            await journal.append(batch)
    assert found(MASTER) == []
    assert found() == ["keys_locked"]
    assert found(bytes(reversed(MASTER))) == ["keys_locked"]
    (directory / KEYS_FILE).unlink()
    assert found(MASTER) == ["keys_missing"]


def test_no_backup_an_old_one_and_one_that_is_none(data_dir: Path, tmp_path: Path) -> None:
    into = tmp_path / "b"
    assert codes(kept.newest_backup(None, SystemClock())) == ["backups_not_named"]
    assert codes(kept.newest_backup(into, SystemClock())) == ["no_backup"]
    place, _ = back_up(data_dir / LIVE_FILE, data_dir, into, now=NOW)
    assert place is not None
    assert codes(kept.newest_backup(into, VirtualClock(NOW + timedelta(hours=25)))) == []
    assert codes(kept.newest_backup(into, VirtualClock(NOW + timedelta(hours=27)))) == ["backup_old"]
    (place / "backup.json").write_text("{}")
    assert codes(kept.newest_backup(into, SystemClock())) == ["backup_unreadable"]


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_command_tells_what_it_means_and_what_to_do_and_exits_1(data_dir: Path) -> None:
    words = ["doctor", "--data-dir", str(data_dir), "--port", str(free_port())]
    (data_dir / LIVE_FILE).chmod(0o644)
    sick = CliRunner().invoke(app, words)
    assert sick.exit_code == 1
    for part in ("[须处理 SICK] files_open_to_others", "意味着:", "怎么办:", "Means: ", "Do: "):
        assert part in sick.output
    (data_dir / LIVE_FILE).chmod(0o600)
    again = json.loads(CliRunner().invoke(app, [*words, "--quick", "--json"]).output)
    assert {one["code"] for one in again} <= {"city_not_adopted", "no_roads", "backups_not_named", "no_console"}


def test_a_setting_that_cannot_be_is_a_finding_too() -> None:
    done = CliRunner().invoke(app, ["doctor", "--port", "99999", "--json"])
    assert done.exit_code == 1
    assert [one["code"] for one in json.loads(done.output)] == ["setting_wrong"]
