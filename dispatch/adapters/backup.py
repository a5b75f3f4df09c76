"""Backups: what cannot be made again, in one directory, taken beside the live service and checked before it counts.

A backup holds the journal (a SQLite file, whatever the service keeps it in), the accounts, imported city data, the sealed pictures,
and `backup.json`, which says what they are. Road networks are not in it: they are built again from their source. It is written beside
its place and moved there at the end, so that a directory with a proper name is a whole backup.
"""

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from dispatch.adapters.accounts import FILE as ACCOUNTS
from dispatch.adapters.codec_world import program_digest
from dispatch.adapters.journal_copy import copy
from dispatch.adapters.journal_places import Place
from dispatch.adapters.journal_report import Report
from dispatch.adapters.journal_sqlite import LIVE_FILE
from dispatch.adapters.journal_until import Until
from dispatch.adapters.key_files import KEYS_FILE, add_all, paths
from dispatch.adapters.pictures import DIRECTORY as PICTURES

MANIFEST: Final = "backup.json"
CITY: Final = "maps"
"""Imported city data, as a data directory has it."""
FORMAT: Final = 1
_FOLDERS: Final = (CITY, PICTURES)


class BackupFault(Exception):
    """A backup cannot be made, or is not what it was when it was made; says why in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} {en}")
        self.zh, self.en = zh, en


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup is. `files`: SHA-256 (hex) by name in the backup. Equal `world_hash` is promised for equal `program` only."""

    format: int
    made_at: datetime
    head_seq: int
    head_hash: str
    world_hash: str
    program: str
    files: dict[str, str]


def back_up(journal: Place, data_dir: Path, into: Path, *, now: datetime) -> tuple[Path | None, Report]:
    """Take a backup into a new directory below `into`: where it is, None when the journal is not sound, and what its check found.

    `BackupFault` when there is one of this second already; otherwise raises like `copy`, and OSError when it cannot be written.
    """
    into.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = into / f"{now:%Y%m%dT%H%M%SZ}"
    if place.exists():
        raise BackupFault(f"{place} 已存在", f"{place} exists already")
    unfinished = place.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    try:
        report = copy(journal, unfinished / LIVE_FILE)
        if not report.is_sound or report.world_hash is None:
            return None, report
        _settle(unfinished / LIVE_FILE)
        _copy_database(data_dir / ACCOUNTS, unfinished / ACCOUNTS)
        for name in _FOLDERS:
            if (data_dir / name).is_dir():
                shutil.copytree(data_dir / name, unfinished / name)
        manifest = Manifest(
            format=FORMAT,
            made_at=now,
            head_seq=report.head_seq,
            head_hash=report.head_hash.hex(),
            world_hash=report.world_hash.hex(),
            program=program_digest(),
            files=dict(_sums(unfinished)),
        )
        (unfinished / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
        for path in (*filter(Path.is_file, unfinished.rglob("*")), unfinished):
            _wait_for_disk(path)
        unfinished.rename(place)
        _wait_for_disk(into)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return place, report


def back_up_keys(keys_dir: Path, into: Path) -> Path:
    """A consistent copy of the keys of personal data below `into`, in one file and in place of the one before: an older one would hold
    keys that were destroyed since. `BackupFault` when there are none.
    """
    kept = paths(keys_dir)
    if not kept:
        raise BackupFault(f"{keys_dir} 中没有密钥", f"there are no keys in {keys_dir}")
    into.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = into / f"{KEYS_FILE}.unfinished"
    fresh.unlink(missing_ok=True)
    _copy_database(kept[0], fresh)
    add_all(fresh, kept[1:])
    _wait_for_disk(fresh)
    return fresh.replace(into / KEYS_FILE)


def backups(into: Path) -> list[Path]:
    """The whole backups below `into`, oldest first."""
    return sorted(path.parent for path in into.glob(f"*/{MANIFEST}") if path.parent.suffix == "")


def keep_newest(into: Path, n: int) -> list[Path]:
    """Delete all but the newest `n` backups below `into`, and say which."""
    gone = backups(into)[: -n or None]
    for path in gone:
        shutil.rmtree(path)
    return gone


def restore(
    backup: Path, journal: Place, data_dir: Path, *, until: Until | None = None
) -> tuple[Manifest, Report, list[str]]:
    """Put a backup back where nothing is: its manifest, the check of the restored journal, and what was left as it stood.

    `journal` has to be empty; accounts and city data that are there already are not written over. Nothing is restored before every
    file's checksum has been compared. `BackupFault` when one differs or the restored world is another; otherwise raises like `copy`.
    """
    manifest = checked(backup)
    report = copy(backup / LIVE_FILE, journal, until=until)
    is_whole = until is None and manifest.program == program_digest() and report.world_hash is not None
    if is_whole and report.world_hash != bytes.fromhex(manifest.world_hash):
        raise BackupFault("恢复所得的状态与备份时不同", "the restored world is not the one that was backed up")
    data_dir.mkdir(parents=True, exist_ok=True)
    left = [name for name in (ACCOUNTS, *_FOLDERS) if (data_dir / name).exists() and (backup / name).exists()]
    if (backup / ACCOUNTS).exists() and ACCOUNTS not in left:
        _copy_database(backup / ACCOUNTS, data_dir / ACCOUNTS)
    for name in _FOLDERS:
        if (backup / name).is_dir() and name not in left:
            shutil.copytree(backup / name, data_dir / name)
    return manifest, report, left


def checked(backup: Path) -> Manifest:
    """The manifest of a backup whose files are all as they were. `BackupFault` otherwise."""
    manifest = read_manifest(backup)
    found = dict(_sums(backup))
    for name, wanted in manifest.files.items():
        if found.get(name) != wanted:
            raise BackupFault(
                f"备份 {backup} 中的 {name} 缺失或已被改动,请用另一份备份",
                f"{name} of the backup {backup} is missing or has changed; use another backup",
            )
    return manifest


def read_manifest(backup: Path) -> Manifest:
    """What a backup says of itself. `BackupFault` when it is none, or one that this program does not know."""
    try:
        manifest = msgspec.json.decode((backup / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError) as error:
        raise BackupFault(f"{backup} 不是备份({error})", f"{backup} is no backup ({error})") from None
    if manifest.format != FORMAT:
        raise BackupFault(
            f"备份 {backup} 的格式 {manifest.format} 无法识别", f"the backup {backup} has format {manifest.format}"
        )
    return manifest


def _settle(journal: Path) -> None:
    """Leave write-ahead mode, so that the file is the whole journal and can be read where nothing can be written."""
    with closing(sqlite3.connect(journal)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    journal.with_name(f"{journal.name}.lock").unlink()


def _copy_database(source: Path, target: Path) -> None:
    """A consistent copy, its owner's alone, beside whoever uses it; it can be read where nothing can be written."""
    if not source.exists():
        return
    target.touch(mode=0o600)
    with closing(sqlite3.connect(source)) as reading, closing(sqlite3.connect(target)) as writing:
        reading.backup(writing)
        writing.execute("PRAGMA journal_mode=DELETE")


def _wait_for_disk(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _sums(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != MANIFEST:
            with path.open("rb") as file:
                yield path.relative_to(folder).as_posix(), hashlib.file_digest(file, "sha256").hexdigest()
