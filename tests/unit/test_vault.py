"""Sealing: what is stored tells nothing of anybody, reads back whole with its key, and as erased without."""

import asyncio
import base64
import os
import sqlite3
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dispatch.adapters.journal_chain import recorded_of, row_of
from dispatch.adapters.journal_recovery import load_world
from dispatch.adapters.journal_sql import SqlJournal
from dispatch.adapters.key_files import KEYS_FILE
from dispatch.adapters.personal_keys import ERASURES_FILE, Erasure, KeysLocked, PersonalKeys
from dispatch.adapters.vault import Vault
from dispatch.adapters.verify import verify
from dispatch.domain.personal import without_person
from dispatch.engine.ports import Batch, Reply, Snapshot
from dispatch.settings import Settings
from tests.fakes import example_events as example
from tests.fakes.example_premises import WARNING
from tests.fakes.story import Story

AT = datetime(2026, 11, 22, tzinfo=UTC)


def erasure(incident_id: str, *transfer_ids: str) -> Erasure:
    return Erasure(incident_id=incident_id, transfer_ids=transfer_ids, reason="家属要求", ordered_by="lead", at=AT)


def write_sealed(path: Path, keys: PersonalKeys, *, batches: int = 60) -> Story:
    """A journal of a story, sealed, with a reply that names an incident and a snapshot half way."""
    story = Story(seed=7)

    async def write() -> None:
        with SqlJournal(path, vault=Vault(keys)) as journal:
            for n, batch in enumerate(story.batches(batches)):
                incident = min(story.world.incidents, default="inc-none")
                body = b'{"incident_id":"%s","caller_phone":"13800000000"}' % incident.encode()
                reply = Reply(key=f"key-{n}", request_digest=bytes(32), status=201, body=body)
                await journal.append(Batch(entries=batch.entries, reply=reply))
                if n == batches // 2:
                    await journal.save_snapshot(Snapshot(world=story.world))

    asyncio.run(write())
    return story


@pytest.mark.parametrize("event", example.EXAMPLES, ids=lambda event: type(event).__name__)
def test_an_event_is_whole_with_its_key_and_erased_without(event: example.ev.Event, tmp_path: Path) -> None:
    recorded = example.recorded(event, seq=5)
    with PersonalKeys(tmp_path) as keys:
        row = row_of(recorded, vault := Vault(keys))
        assert recorded_of(row, vault) == recorded
        assert recorded_of(row).event == without_person(event)
        keys.keep()
        keys.erase(erasure(example.INCIDENT, "trn-test-01KJ0000000000000000000001", WARNING))
        assert recorded_of(row, vault).event == without_person(event)
        assert not vault.has_missing_keys
        moved = row._replace(seq=6)
    assert recorded_of(moved).event == without_person(event)


def test_what_was_written_without_a_vault_is_read_as_it_stands(tmp_path: Path) -> None:
    with PersonalKeys(tmp_path) as keys:
        for event in example.EXAMPLES:
            recorded = example.recorded(event)
            assert recorded_of(row_of(recorded), Vault(keys)) == recorded


def test_the_files_hold_nothing_that_was_said(tmp_path: Path) -> None:
    with PersonalKeys(tmp_path / "keys") as keys:
        story = write_sealed(tmp_path / "journal", keys)
    said = [b"13800000000", "门口有人等候".encode(), b"caller rang back"]
    said += [call.caller_phone.encode() for call in story.world.calls.values() if call.caller_phone]
    for place in tmp_path.rglob("*"):
        if place.is_file():
            assert [words for words in said if words in place.read_bytes()] == [], place
    owners_alone = {stat.S_IMODE((tmp_path / "keys" / name).stat().st_mode) for name in (KEYS_FILE, ERASURES_FILE)}
    assert (owners_alone, stat.S_IMODE((tmp_path / "keys").stat().st_mode)) == ({0o600}, 0o700)


def test_a_sealed_journal_recovers_and_verifies_with_and_without_its_keys(tmp_path: Path) -> None:
    with PersonalKeys(tmp_path / "keys") as keys:
        story = write_sealed(tmp_path / "journal", keys)
        with SqlJournal(tmp_path / "journal", vault=Vault(keys)) as journal:
            world, folded = load_world(journal)
            assert world == story.world
            assert folded < world.seq
            assert journal.find_reply("key-20") is not None
        known = verify(tmp_path / "journal", Vault(keys))
    public = verify(tmp_path / "journal")
    assert (known.is_sound, known.snapshots_checked, known.snapshots_passed_over) == (True, 1, 0)
    assert (public.is_sound, public.snapshots_checked, public.snapshots_passed_over) == (True, 0, 1)
    assert public.head_hash == known.head_hash


def test_who_was_erased_is_gone_from_events_replies_and_snapshots(tmp_path: Path) -> None:
    with PersonalKeys(tmp_path / "keys") as keys:
        story = write_sealed(tmp_path / "journal", keys)
        incident_id = min(story.world.incidents)
        keys.erase(erasure(incident_id))
    with PersonalKeys(tmp_path / "keys") as keys, SqlJournal(tmp_path / "journal", vault=Vault(keys)) as journal:
        assert journal.latest_snapshot() is None
        erased = journal.read_incident(incident_id)
        assert all(without_person(entry.event) is entry.event for entry in erased)
        others = [entry for entry in journal.read() if entry not in erased]
        assert any(without_person(entry.event) is not entry.event for entry in others)
        reply = journal.find_reply("key-30")
        assert reply is not None
        assert (reply.status, b"13800000000" in reply.body, b"erased" in reply.body) == (201, False, True)
        world, _ = load_world(journal)
    assert {call.caller_phone for call in world.calls.values() if call.incident_id == incident_id} == {
        "已抹除 / erased"
    }
    assert verify(tmp_path / "journal").is_sound


def test_a_key_that_comes_back_with_a_backup_is_destroyed_again(tmp_path: Path) -> None:
    with PersonalKeys(tmp_path) as keys:
        old, snapshots = keys.make("inc-1"), keys.make("snapshots")
        keys.keep()
    backup = (tmp_path / KEYS_FILE).read_bytes()
    with PersonalKeys(tmp_path) as keys:
        assert (keys.find("inc-1"), keys.find("snapshots")) == (old, snapshots)
        keys.erase(erasure("inc-1"))
        fresh = keys.make("inc-1")  # for what is said of it afterwards
        keys.keep()
    with PersonalKeys(tmp_path) as keys:
        assert keys.find("inc-1") == fresh != old
    (tmp_path / KEYS_FILE).write_bytes(backup)
    with PersonalKeys(tmp_path) as keys:
        assert keys.find("inc-1") is None
        assert keys.find("snapshots") is None
        assert [each.incident_id for each in keys.erasures()] == ["inc-1"]


def test_another_process_sees_an_erasure_once_it_looks_again(tmp_path: Path) -> None:
    with PersonalKeys(tmp_path) as service, PersonalKeys(tmp_path) as command:
        service.make("inc-1")
        service.keep()
        assert command.find("inc-1") == service.find("inc-1")
        command.erase(erasure("inc-1"))
        service.forget()
        assert service.find("inc-1") is None
        assert [each.is_recorded for each in service.unrecorded()] == [False]
        service.note_recorded(service.erasures()[0])
        assert command.unrecorded() == []


def test_a_key_that_is_lost_is_said_and_stops_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with PersonalKeys(tmp_path / "one") as keys:
        row = row_of(example.recorded(example.EXAMPLES[1]), Vault(keys))
    with PersonalKeys(tmp_path / "other") as keys:
        vault = Vault(keys)
        assert recorded_of(row, vault).event == without_person(example.EXAMPLES[1])
        assert vault.has_missing_keys
    assert "Restore the file of keys" in caplog.text


def test_a_master_key_wraps_all_keys_and_is_asked_for(tmp_path: Path) -> None:
    master = os.urandom(32)
    with PersonalKeys(tmp_path) as keys:
        plain = keys.make("inc-1")
        keys.keep()
    with PersonalKeys(tmp_path, master) as keys:
        later = keys.make("inc-2")
        keys.keep()
    stored = (tmp_path / KEYS_FILE).read_bytes()
    assert [key for key in (plain, later) if key in stored] == []
    with PersonalKeys(tmp_path, master) as keys:
        assert (keys.find("inc-1"), keys.find("inc-2")) == (plain, later)
    for wrong in (None, os.urandom(32)):
        with pytest.raises(KeysLocked, match="DISPATCH_MASTER_KEY"):
            PersonalKeys(tmp_path, wrong)


def test_the_master_key_comes_from_the_environment_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    master = os.urandom(32)
    (tmp_path / "key").write_bytes(base64.b64encode(master) + b"\n")
    assert Settings().master is None
    assert Settings(master_key_file=tmp_path / "key").master == master
    monkeypatch.setenv("DISPATCH_MASTER_KEY", base64.b64encode(master).decode())
    assert Settings().master == master
    monkeypatch.setenv("DISPATCH_MASTER_KEY", "c2hvcnQ=")
    with pytest.raises(ValueError, match="openssl rand"):
        _ = Settings().master


def test_a_key_is_there_before_what_it_sealed(tmp_path: Path) -> None:
    """Every event that can be read can be opened, whenever the process dies: keys are committed first."""

    async def write(path: Path, keys: PersonalKeys) -> None:
        with SqlJournal(path, vault=Vault(keys)) as journal:
            await journal.append(Batch(entries=(example.recorded(example.EXAMPLES[1]),)))
            with sqlite3.connect(tmp_path / "keys" / KEYS_FILE) as another:
                assert another.execute("SELECT count(*) FROM keys").fetchone() == (1,)
            another.close()

    with PersonalKeys(tmp_path / "keys") as keys:
        asyncio.run(write(tmp_path / "journal", keys))


def test_a_file_of_the_master_key_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "master"
    with pytest.raises(ValueError, match=f"master key, {missing}, cannot be read"):
        _ = Settings(master_key_file=missing).master
