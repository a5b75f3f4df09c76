"""`dispatch privacy`: erase who an incident was about, and list what was erased, while the service runs or not."""

from contextlib import closing
from datetime import timedelta
from typing import Annotated, NoReturn

import typer

from dispatch.adapters.erasure_scope import NotErasable, scope_of
from dispatch.adapters.journal_faults import JournalDamaged
from dispatch.adapters.journal_sqlite import LIVE_FILE
from dispatch.adapters.personal_keys import Erasure, KeysLocked
from dispatch.adapters.read_log import READS_FILE, ReadLog
from dispatch.adapters.retention import expired
from dispatch.cli_journal import DatabaseUrl, DataDir, KeysDir, opened_keys
from dispatch.engine.clocks import SystemClock
from dispatch.engine.ports import DependencyFailed
from dispatch.settings import DEFAULT_DATA_DIR

app = typer.Typer(help="个人信息:抹除与查看记录。 Personal data: erasure, and who read it.", no_args_is_help=True)


@app.command()
def erase(
    incident_id: Annotated[
        str,
        typer.Argument(
            metavar="INCIDENT|WARNING",
            help="已结束的事件,或一条地点警示。 An incident that has ended, or a warning of premises.",
        ),
    ],
    reason: Annotated[str, typer.Option(help="原因,勿写姓名。 Why; name nobody.")],
    ordered_by: Annotated[str, typer.Option("--by", help="由谁决定。 Who has decided it.")] = "privacy",
    data_dir: DataDir = DEFAULT_DATA_DIR,
    database_url: DatabaseUrl = None,
    keys_dir: KeysDir = None,
) -> None:
    """销毁事件(及并入的事件、患者的转院)或地点警示的密钥,不可恢复;运行中的服务一秒内忘记。 Destroy the keys, for good."""
    try:
        scope = scope_of(database_url or data_dir / LIVE_FILE, incident_id)
        with opened_keys(data_dir, keys_dir) as keys:
            now = SystemClock().now()
            for named, transfer_ids in scope.items():
                keys.erase(
                    Erasure(incident_id=named, transfer_ids=transfer_ids, reason=reason, ordered_by=ordered_by, at=now)
                )
                typer.echo(f"已抹除 / erased: {named}")
    except (NotErasable, FileNotFoundError, JournalDamaged, KeysLocked, DependencyFailed) as error:
        _stop(error)


@app.command()
def expire(
    older_than: Annotated[
        int,
        typer.Option(
            "--older-than", min=1, metavar="DAYS", help="最后一条记录距今的天数。 Days since its last record."
        ),
    ],
    is_dry_run: Annotated[bool, typer.Option("--dry-run", help="只列出,不抹除。 List only, erase nothing.")] = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    database_url: DatabaseUrl = None,
    keys_dir: KeysDir = None,
) -> None:
    """抹除保存期满的已结束事件,不可恢复;期限由运营者依法确定。 Erase ended incidents that were kept long enough, for good."""
    try:
        with opened_keys(data_dir, keys_dir) as keys:
            now = SystemClock().now()
            due = expired(database_url or data_dir / LIVE_FILE, keys, now - timedelta(days=older_than), now)
            for erasure in due:
                if not is_dry_run:
                    keys.erase(erasure)
                typer.echo(f"{'将抹除 / would be erased' if is_dry_run else '已抹除 / erased'}: {erasure.incident_id}")
    except (FileNotFoundError, JournalDamaged, KeysLocked, DependencyFailed) as error:
        _stop(error)
    typer.echo(f"{len(due)} 个事件 / incidents")


@app.command("list")
def list_erasures(data_dir: DataDir = DEFAULT_DATA_DIR, keys_dir: KeysDir = None) -> None:
    """列出已抹除的事件。 All that was erased."""
    try:
        with opened_keys(data_dir, keys_dir) as keys:
            erased = keys.erasures()
    except (KeysLocked, DependencyFailed) as error:
        _stop(error)
    for each in erased:
        noted = "" if each.is_recorded else "尚未写入日志 / not in the journal yet"
        typer.echo(
            "\t".join([each.incident_id, f"{each.at:%Y-%m-%dT%H:%M:%SZ}", each.ordered_by, each.reason, noted]).rstrip()
        )


@app.command()
def reads(
    incident_id: Annotated[str | None, typer.Option("--incident", help="只看此事件。 Of this incident only.")] = None,
    user: Annotated[str | None, typer.Option("--user", help="只看此账号。 By this account only.")] = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """谁在何时查看了哪个事件的个人信息。 Who was shown which incident's personal data, and when."""
    with closing(ReadLog(data_dir / READS_FILE)) as log:
        after = 0
        while page := log.listed(after=after, incident_id=incident_id, user=user):
            for each in page:
                roles = ",".join(each.roles)
                typer.echo(
                    f"{each.at:%Y-%m-%dT%H:%M:%SZ}\t{each.user}\t{roles}\t{each.purpose}\t{each.incident_id}".rstrip()
                )
            after = page[-1].number


def _stop(error: Exception) -> NoReturn:
    typer.echo(str(error), err=True)
    raise typer.Exit(1)
