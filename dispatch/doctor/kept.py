"""What stands beside the journal: accounts, keys of personal data, backups."""

import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from dispatch.adapters.accounts import FILE, AccountBook
from dispatch.adapters.backup import BackupFault, backups, read_manifest
from dispatch.adapters.journal_faults import JournalDamaged
from dispatch.adapters.journal_places import Place, open_to_read
from dispatch.adapters.journal_tables import EVENTS
from dispatch.adapters.journal_tail import CHECKED_ROWS
from dispatch.adapters.key_files import paths
from dispatch.adapters.personal_keys import require_opens
from dispatch.adapters.vault import is_sealed
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


def keys(directory: Path, journal: Place, read_master: Callable[[], bytes | None]) -> Iterator[Finding]:
    """Whether the keys of personal data are there when something was sealed with them, and can be used."""
    try:
        if paths(directory):
            require_opens(directory, read_master())
        elif _has_sealed(journal):
            means = Said(
                "电话、地址与备注打不开,显示为已抹除;新来电另用新密钥",
                "numbers, addresses and notes cannot be opened and read as erased; new calls get new keys",
            )
            yield _key_fault(
                "keys_missing", Said(f"{directory} 中没有密钥", f"there are no keys in {directory}"), means
            )
    except (OSError, ValueError, sqlite3.Error) as error:
        what = Said(f"{directory} 中的密钥不能用({error})", f"the keys in {directory} cannot be used ({error})")
        yield _key_fault("keys_locked", what, Said("服务无法启动", "the service does not start"))


def _key_fault(code: str, what: Said, means: Said) -> Finding:
    return Finding(
        code=code,
        what=what,
        means=means,
        do=Said(
            "核对 DISPATCH_KEYS_DIR 与主密钥,或放回单独备份的 keys.sqlite3",
            "check DISPATCH_KEYS_DIR and the master key, or put back the keys.sqlite3 that was backed up by itself",
        ),
    )


def _has_sealed(journal: Place) -> bool:
    """Whether one of the latest events is sealed."""
    try:
        with open_to_read(journal) as connection:
            latest = select(EVENTS.c.payload).order_by(EVENTS.c.seq.desc()).limit(CHECKED_ROWS)
            return any(is_sealed(payload) for payload in connection.scalars(latest))
    except (FileNotFoundError, JournalDamaged, SQLAlchemyError):
        return False  # said elsewhere


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
