"""What can be wrong with a stored journal, whatever it is stored in."""

from sqlalchemy.exc import DBAPIError

from dispatch.adapters.journal_tables import FORMAT


class JournalDamaged(Exception):
    """The stored journal cannot be used as it is; the text says, in both languages, what to do."""


class JournalLocked(Exception):
    """Another process writes this journal."""

    def __init__(self, where: object) -> None:
        super().__init__(
            f"另一个进程正在写日志 {where};同一时间只能有一个写入者。"
            f" Another process is writing the journal {where}; only one may write at a time."
        )


def cause_of(error: Exception) -> str:
    """What the database itself said, without the statement around it."""
    return str(error.orig if isinstance(error, DBAPIError) else error)


def require_format(found: str | None) -> None:
    """Raise `JournalDamaged` unless `found`, the journal's own word, is the format that this program writes."""
    if found != FORMAT:
        raise JournalDamaged(
            f"日志格式为 {found},本程序只识别 {FORMAT};请使用写入该日志的程序版本。"
            f" The journal has format {found} and this program reads {FORMAT}; use the version that wrote it."
        )
