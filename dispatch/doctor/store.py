"""The journal: can it be read, is it of this program's layout, does it verify, and who writes it."""

import fcntl
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from dispatch.adapters.journal_faults import JournalDamaged
from dispatch.adapters.journal_places import Place, open_to_read, shown
from dispatch.adapters.journal_sqlite import LIVE_FILE
from dispatch.adapters.journal_tail import torn_after
from dispatch.adapters.verify import verify
from dispatch.doctor.finding import Finding, Grade, Said

_NOT_TAKEN: Final = Said(
    "服务无法从它启动;旧记录仍在,不要改动",
    "the service cannot start on it; what is there is still there, change nothing",
)
_RESTORE: Final = Said(
    "保留原文件,用 dispatch restore 从最近的备份恢复到空目录",
    "keep the file, and restore the newest backup into an empty directory with dispatch restore",
)


def stored(where: Place, *, in_full: bool) -> Iterator[Finding]:
    """Read the journal; `in_full` goes through all of it, otherwise only its tail is looked at. None that exists yet is no finding."""
    try:
        with open_to_read(where) as connection:
            last_good = torn_after(connection, where)
        if last_good is not None:
            yield _torn(where, last_good)
        elif in_full:
            yield from _verified(where)
    except FileNotFoundError:
        return
    except (JournalDamaged, SQLAlchemyError, ValueError) as error:
        yield Finding(
            code="journal_unreadable",
            what=Said(f"日志不能用:{error}", f"the journal cannot be used: {error}"),
            means=_NOT_TAKEN,
            do=_RESTORE,
        )


def _torn(where: Place, last_good: int) -> Finding:
    return Finding(
        code="journal_torn",
        what=Said(
            f"日志 {shown(where)} 在第 {last_good} 条之后残缺",
            f"the journal {shown(where)} is torn after event {last_good}",
        ),
        means=Said(
            "最后几条记录损坏:SQLite 启动时移入 cut_tail_*.jsonl 并继续,PostgreSQL 拒绝启动",
            "its last records are damaged: on SQLite the next start moves them to cut_tail_*.jsonl, on PostgreSQL nothing starts",
        ),
        do=Said(
            "先复制日志文件,再启动;核对最近几通来电是否都在",
            "copy the journal first, then start; check that the last calls are all there",
        ),
    )


def _verified(where: Place) -> Iterator[Finding]:
    report = verify(where)
    if report.is_sound:
        return
    yield Finding(
        code="journal_unsound",
        what=Said(
            f"日志有 {report.n_problems} 处不符,例如:{report.problems[0].text_zh}",
            f"the journal does not verify in {report.n_problems} places, as: {report.problems[0].text_en}",
        ),
        means=Said(
            "记录可能被改动或损坏,当前状态未必真实",
            "records were changed or damaged; what the board shows may not be so",
        ),
        do=Said(
            "运行 dispatch journal verify 看全部;保留原文件,从最近完好的备份恢复",
            "see all of it with dispatch journal verify; keep the file, and restore the newest sound backup",
        ),
    )


def cut_tails(data_dir: Path) -> Iterator[Finding]:
    """Whether records were once cut off and moved aside."""
    names = ", ".join(sorted(path.name for path in data_dir.glob("cut_tail_*.jsonl")))
    if names:
        yield Finding(
            code="tail_was_cut",
            grade=Grade.NOTICE,
            what=Said(f"曾截去损坏的日志末尾:{names}", f"a damaged tail of the journal was once cut off: {names}"),
            means=Said("其中的记录不在当前状态里", "what is in it is not part of the world now"),
            do=Said("核对其内容后另存他处", "look at it, then keep it elsewhere"),
        )


def held(data_dir: Path, *, is_ours: bool) -> Iterator[Finding]:
    """Whether another process holds the journal's file; `is_ours`: the service that answers here may."""
    lock = data_dir / f"{LIVE_FILE}.lock"
    if is_ours or not lock.exists():
        return
    with lock.open("rb") as holder:
        try:
            fcntl.flock(holder, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            pid = _holder_of(lock)
    yield Finding(
        code="journal_held",
        what=Said(
            f"另一个进程(编号 {pid})正占用日志 {lock.parent}",
            f"another process (number {pid}) holds the journal in {lock.parent}",
        ),
        means=Said("服务无法启动:同一日志只能有一个写入者", "the service does not start: one journal has one writer"),
        do=Said(f"查明它是什么(ps -p {pid}),确认后再停止它", f"find out what it is (ps -p {pid}) before you stop it"),
    )


def _holder_of(lock: Path) -> str:
    """The number of the process that holds `lock`, where the system tells; else a question mark."""
    inode = f":{lock.stat().st_ino}"
    with suppress(OSError):
        for line in Path("/proc/locks").read_text().splitlines():
            words = line.split()
            if "FLOCK" in words and words[5].endswith(inode):
                return words[4]
    return "?"
