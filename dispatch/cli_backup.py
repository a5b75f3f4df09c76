"""`dispatch backup` and `dispatch restore`: what cannot be made again, taken beside the service, and put back where nothing is."""

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from dispatch.adapters.backup import BackupFault, back_up, back_up_keys, keep_newest
from dispatch.adapters.backup import restore as restore_backup
from dispatch.adapters.journal_faults import JournalDamaged, JournalLocked
from dispatch.adapters.journal_sqlite import LIVE_FILE
from dispatch.cli_journal import DatabaseUrl, DataDir, UntilText, describe, point_of
from dispatch.engine.clocks import SystemClock
from dispatch.settings import DEFAULT_DATA_DIR

_FAULTS = (BackupFault, FileNotFoundError, JournalDamaged, JournalLocked, OSError, ValueError)


def backup(
    to: Annotated[Path, typer.Option("--to", envvar="DISPATCH_BACKUP_DIR", help="备份放在这里。 Where backups go.")],
    data_dir: DataDir = DEFAULT_DATA_DIR,
    database_url: DatabaseUrl = None,
    keep: Annotated[
        int | None, typer.Option(min=1, help="只留最新的几份。 Keep only so many, the newest; default all.")
    ] = None,
    keys_to: Annotated[
        Path | None,
        typer.Option(
            help="另把个人信息的密钥备份到这里,须与备份分开存放。 Back up the keys of personal data here, apart from the rest."
        ),
    ] = None,
    keys_dir: Annotated[
        Path | None, typer.Option(envvar="DISPATCH_KEYS_DIR", help="密钥所在目录。 Where the keys are.")
    ] = None,
) -> None:
    """备份日志、账号与导入的城市数据,可与服务同时运行。 Back up journal, accounts and imported city data beside the live service."""
    journal = database_url or data_dir / LIVE_FILE
    if keys_to is not None and (keys_to == to or to in keys_to.parents):
        _stop(ValueError("密钥须与备份分开存放。 Keys have to be kept apart from the backups."))
    try:
        place, report = back_up(journal, data_dir, to, now=SystemClock().now())
        gone = keep_newest(to, keep) if keep is not None and place is not None else []
        keys = back_up_keys(keys_dir or data_dir / "keys", keys_to) if keys_to is not None else None
    except _FAULTS as error:
        _stop(error)
    typer.echo(describe(journal, report))
    if keys is not None:
        typer.echo(f"密钥已备份至 {keys}。 The keys were backed up to {keys}.")
    if place is None:
        typer.echo(
            "日志不完好,未备份;已有的备份未动。 The journal is not sound and was not backed up; earlier ones stand."
        )
        raise typer.Exit(1)
    typer.echo(f"已备份至 {place};删去旧备份 {len(gone)} 份。 Backed up to {place}; {len(gone)} old ones deleted.")


def restore(
    source: Annotated[Path, typer.Argument(metavar="BACKUP", help="一份备份的目录。 The directory of one backup.")],
    data_dir: DataDir = DEFAULT_DATA_DIR,
    database_url: DatabaseUrl = None,
    until: UntilText = None,
) -> None:
    """恢复到空的数据目录或数据库,核对后才保留。 Restore into an empty data directory or database; kept only if it verifies."""
    journal = database_url or data_dir / LIVE_FILE
    try:
        manifest, report, left = restore_backup(source, journal, data_dir, until=point_of(until))
    except _FAULTS as error:
        _stop(error)
    typer.echo(describe(journal, report))
    typer.echo(
        f"备份于 {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC,当时末尾 {manifest.head_seq:,}。"
        f" Backed up then, at event {manifest.head_seq:,}."
    )
    typer.echo(
        "个人信息的密钥不在备份里:启动前让 DISPATCH_KEYS_DIR 指向原来的密钥目录,或放回单独备份的 keys.sqlite3。"
        " Keys of personal data are not in it: before the start point DISPATCH_KEYS_DIR to where they are, or put keys.sqlite3 back."
    )
    for name in left:
        typer.echo(f"{name} 已存在,未改动。 {name} was there already and stands as it was.")
    raise typer.Exit(0 if report.is_sound else 1)


def _stop(error: Exception) -> NoReturn:
    typer.echo(str(error), err=True)
    raise typer.Exit(1)
