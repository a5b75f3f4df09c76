"""Rows of a drill log (interchange format 1.0): UTF-8 CSV, gzip allowed, an empty cell is unknown.

Every value that does not follow the format is refused with file, row, column and what to do, so that a drill never runs
on a guess. Columns beyond the format are left alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from maps_data.manifest import read_text
from maps_data.tables import CellError, DataError, Table, parse_table, require_unique

SCHEMA_VERSION = "1.0"

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a log: `get` converts a cell, `error` says what is wrong with it."""

    table: Table
    index: int

    def get(self, column: str, convert: Callable[[str], T]) -> T:
        """The cell, converted; `DataError` when it does not convert."""
        cell = self.table.columns[column][self.index]
        try:
            return convert(cell)
        except CellError as error:
            raise self.error(column, f"“{cell}” {error.zh}", f"'{cell}' {error.en}") from None

    def get_if_there(self, column: str, convert: Callable[[str], T]) -> T | None:
        """The same for a column that a log may lack: None where it does."""
        return self.get(column, convert) if column in self.table.columns else None

    def error(self, column: str, zh: str, en: str) -> DataError:
        """Rows are counted as an editor shows them: the header is row 1."""
        where = f"{self.table.file}:{self.index + 2}:{column}"
        return DataError(f"{where} {zh}", f"{where} {en}")


def read_rows(path: Path, columns: Sequence[str], id_column: str) -> list[Row]:
    """The rows of a log that has at least `columns` and unique ids; `DataError` for anything else, or another version."""
    try:
        text = read_text(path)
    except OSError as error:
        raise DataError(f"无法读取 {path}：{error}", f"{path} cannot be read: {error}") from None
    table = parse_table(str(path), text)
    missing = ", ".join(name for name in columns if name not in table.columns)
    if missing:
        raise DataError(
            f"{path}:1 表头缺少 {missing}，请确认是 1.0 格式的日志",
            f"{path}:1 the header lacks {missing}; is this a log of format 1.0?",
        )
    require_unique(table, id_column)
    rows = [Row(table, index) for index in range(table.n_rows)]
    for row in rows:
        row.get("schema_version", _known_version)
    return rows


def instant(cell: str) -> datetime:
    """An instant with its offset, as UTC."""
    try:
        at = datetime.fromisoformat(cell)
    except ValueError:
        raise CellError(
            "不是 ISO 8601 时间，例如 2026-11-30T00:00:59+08:00", "is not ISO 8601, as in 2026-11-30T00:00:59+08:00"
        ) from None
    if at.tzinfo is None:
        raise CellError("没有时区偏移，请补上，例如 +08:00", "has no offset from UTC; add it, as in +08:00")
    return at.astimezone(UTC)


def flag(cell: str) -> bool:
    """0 or 1."""
    if cell not in {"0", "1"}:
        raise CellError("应为 0 或 1", "must be 0 or 1")
    return cell == "1"


def one_of(kind: type[E]) -> Callable[[str], E]:
    """A value of a closed vocabulary, spelled exactly."""
    members = {member.value: member for member in kind}

    def convert(cell: str) -> E:
        if cell not in members:
            allowed = ", ".join(members)
            raise CellError(f"不在允许的值之内：{allowed}", f"is not one of {allowed}")
        return members[cell]

    return convert


def _known_version(cell: str) -> str:
    if cell != SCHEMA_VERSION:
        raise CellError(f"应为 {SCHEMA_VERSION}，请转换日志", f"must be {SCHEMA_VERSION}; convert the log")
    return cell
