"""What stands beside the journal: accounts and backups."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from dispatch.adapters.accounts import FILE, AccountBook
from dispatch.adapters.backup import BackupFault, backups, read_manifest
from dispatch.doctor.finding import Finding, Grade, Said
from dispatch.engine.ports import Clock

OLDEST_BACKUP: Final = timedelta(hours=26)
"""One a day, with two hours for it to be late: a choice of ours."""
_LOST: Final = Said(
    "磁盘损坏时,此后的全部来电与派遣记录都会丢失", "when the disk fails, all calls and dispatches since then are lost"
)
_BACK_UP: Final = Said("运行 dispatch backup,并让它每天自动运行", "run dispatch backup, and have it run every day")


def accounts(data_dir: Path) -> Iterator[Finding]:
    """Whether anybody can sign in, and whether those who decide much need more than a password for it."""
    path = data_dir / FILE
    try:
        names, weak = _accounts(path) if path.exists() else (0, [])
    except SQLAlchemyError as error:
        yield Finding(
            code="accounts_unreadable",
            what=Said(f"账号文件 {path} 无法读取({error})", f"the accounts in {path} cannot be read ({error})"),
            means=Said("没有人能登录", "nobody can sign in"),
            do=Said("从备份取回 accounts.sqlite3", "take accounts.sqlite3 from a backup"),
        )
        return
    if not names:
        yield Finding(
            code="no_accounts",
            grade=Grade.NOTICE,
            what=Said("没有账号", "there are no accounts"),
            means=Said("除开发模式外,没有人能登录", "outside of the development mode nobody can sign in"),
            do=Said(
                "用 dispatch user add NAME --role supervisor 建第一个",
                "make the first with dispatch user add NAME --role supervisor",
            ),
        )
    if weak:
        yield Finding(
            code="no_second_factor",
            what=Said(
                f"班长或管理员账号没有动态口令:{', '.join(weak)}",
                f"supervisors or administrators without a second factor: {', '.join(weak)}",
            ),
            means=Said("猜到或偷到密码就能指挥调度", "whoever guesses or steals the password commands the room"),
            do=Said(
                "运行 dispatch user password NAME,换密码并生成动态口令",
                "run dispatch user password NAME: a new password and an authenticator key",
            ),
        )


def _accounts(path: Path) -> tuple[int, list[str]]:
    book = AccountBook(path)
    try:
        return len(book.names()), list(book.without_second_factor())
    finally:
        book.close()


def newest_backup(into: Path | None, clock: Clock) -> Iterator[Finding]:
    """Whether there is a backup, and of when."""
    if into is None:
        yield Finding(
            code="backups_not_named",
            grade=Grade.NOTICE,
            what=Said("没有指明备份放在哪里", "where backups are was not said"),
            means=Said("不知道是否有备份", "whether there are any is not known"),
            do=Said("设 DISPATCH_BACKUP_DIR 或用 --backups", "set DISPATCH_BACKUP_DIR, or use --backups"),
        )
        return
    found = backups(into)
    if not found:
        yield Finding(
            code="no_backup", what=Said(f"{into} 中没有备份", f"there is no backup in {into}"), means=_LOST, do=_BACK_UP
        )
        return
    try:
        age = clock.now() - read_manifest(found[-1]).made_at
    except BackupFault as error:
        yield Finding(code="backup_unreadable", what=Said(error.zh, error.en), means=_LOST, do=_BACK_UP)
        return
    if age > OLDEST_BACKUP:
        hours = age.total_seconds() / 3600
        yield Finding(
            code="backup_old",
            what=Said(
                f"最近的备份 {found[-1]} 已是 {hours:,.0f} 小时前",
                f"the newest backup, {found[-1]}, is {hours:,.0f} h old",
            ),
            means=_LOST,
            do=_BACK_UP,
        )
