"""CSV tables read column by column, with errors that name file, row and column and say what to do.

A column is converted as a whole by one function of a cell's text, once for each different text, so that ten
thousand rows cost little. Rows are counted as an editor shows them: the header is row 1.
"""

import csv
import io
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

from routing.datum import Datum
from routing.geo import Wgs84

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


class DataError(Exception):
    """Data that cannot be used; `zh` and `en` are whole sentences for the person who can mend it."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en

    def __reduce__(self) -> tuple[type["DataError"], tuple[str, str]]:
        """As it was raised, when it comes from another process."""
        return DataError, (self.zh, self.en)


class CellError(ValueError):
    """A cell's text does not convert; the advice says what would."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A file's cells by column: every column holds `n_rows` texts."""

    file: str
    columns: Mapping[str, Sequence[str]]
    n_rows: int

    def column(self, name: str, convert: Callable[[str], T]) -> list[T]:
        """All cells of a column, stripped of blanks and converted; equal cells share one value, so `convert` must
        be pure and its values immutable. DataError names the first cell that does not convert.
        """
        cells = self._cells(name)
        values: dict[str, T] = {}
        for cell in dict.fromkeys(cells):
            try:
                values[cell] = convert(cell.strip())
            except CellError as error:
                where = f"{self.file}:{cells.index(cell) + 2}:{name}"
                raise DataError(f"{where} “{cell}” {error.zh}", f"{where} '{cell}': {error.en}") from None
        return list(map(values.__getitem__, cells))

    def optional_column(self, name: str, convert: Callable[[str], T]) -> list[T]:
        """As `column`; a file without the column reads as empty cells."""
        return self.column(name, convert) if name in self.columns else [convert("")] * self.n_rows

    def points(self, holds: Callable[[Wgs84], bool]) -> list[Wgs84]:
        """The points of the columns `lat`, `lon`, which the city's box must hold; a `datum` other than WGS-84 is refused."""
        self.column("datum", _wgs84_only)
        lats, lons = self.column("lat", latitude_deg), self.column("lon", longitude_deg)
        points = [Wgs84(lat_deg=lat, lon_deg=lon) for lat, lon in zip(lats, lons, strict=True)]
        for index, point in enumerate(points):
            if not holds(point):
                where = f"{self.file}:{index + 2}:lat,lon"
                raise DataError(
                    f"{where} {point.lat_deg}, {point.lon_deg} 不在城市范围内，请检查坐标与顺序（先纬度后经度）",
                    f"{where} {point.lat_deg}, {point.lon_deg} is outside of the city; check the values and their order",
                )
        return points

    def references(self, name: str, targets: Mapping[str, T]) -> list[T]:
        """The records that a column of ids names; an id that is not in `targets` is an error."""
        return [targets[target] for target in self.column(name, one_of(targets))]

    def _cells(self, name: str) -> Sequence[str]:
        if name not in self.columns:
            where = f"{self.file}:1:{name}"
            raise DataError(f"{where} 缺少此列，请在表头补上", f"{where} column is missing; add it to the header")
        return self.columns[name]


def parse_table(file: str, text: str) -> Table:
    """Parse CSV `text` with a header line. DataError for no header or a row of another width."""
    rows = list(csv.reader(io.StringIO(text, newline="")))
    if not rows:
        raise DataError(f"{file} 是空的，至少需要表头", f"{file} is empty; it needs at least a header")
    header = [name.strip().lstrip("\ufeff") for name in rows[0]]
    for index, row in enumerate(rows[1:]):
        if len(row) != len(header):
            where = f"{file}:{index + 2}"
            raise DataError(
                f"{where} 有 {len(row)} 格，表头有 {len(header)} 列，请检查逗号与引号",
                f"{where} has {len(row)} cells, the header {len(header)} columns; check commas and quotes",
            )
    columns: Iterable[Sequence[str]] = zip(*rows[1:], strict=True) if len(rows) > 1 else [()] * len(header)
    return Table(file=file, columns=dict(zip(header, columns, strict=True)), n_rows=len(rows) - 1)


def text(cell: str) -> str:
    """A text that must not be empty."""
    if not cell:
        raise CellError("不能为空，请填写", "must not be empty; fill it in")
    return cell


def optional_text(cell: str) -> str | None:
    """A text, or None for an empty cell."""
    return cell or None


def number(cell: str) -> float:
    """A finite decimal number."""
    try:
        value = float(cell)
    except ValueError:
        raise CellError("不是数字，请填十进制数", "is not a number; give a decimal number") from None
    if not abs(value) < float("inf"):
        raise CellError("不是有限的数", "is not finite; give a decimal number")
    return value


def share(cell: str) -> float:
    """A number from 0 to 1."""
    value = number(cell)
    if not 0.0 <= value <= 1.0:
        raise CellError("应在 0 与 1 之间", "must lie between 0 and 1")
    return value


def not_negative(cell: str) -> float:
    """A number that is zero or more."""
    value = number(cell)
    if value < 0.0:
        raise CellError("不能为负", "must not be negative")
    return value


def whole(cell: str) -> int:
    """A whole number that is zero or more."""
    if not (cell.isascii() and cell.isdigit()):
        raise CellError("不是非负整数", "is not a whole number of zero or more")
    return int(cell)


def latitude_deg(cell: str) -> float:
    """A latitude in decimal degrees."""
    value = number(cell)
    if not -90.0 <= value <= 90.0:
        raise CellError("不是纬度，应在 -90 与 90 之间", "is no latitude; it must lie between -90 and 90")
    return value


def longitude_deg(cell: str) -> float:
    """A longitude in decimal degrees."""
    value = number(cell)
    if not -180.0 <= value <= 180.0:
        raise CellError("不是经度，应在 -180 与 180 之间", "is no longitude; it must lie between -180 and 180")
    return value


def day(cell: str) -> date:
    """A day as YYYY-MM-DD."""
    try:
        return date.fromisoformat(cell)
    except ValueError:
        raise CellError("不是日期，请用 YYYY-MM-DD", "is not a day; write YYYY-MM-DD") from None


def yes_no(cell: str) -> bool:
    """`yes` or `no`."""
    if cell not in {"yes", "no"}:
        raise CellError("应为 yes 或 no", "must be yes or no")
    return cell == "yes"


def optional(convert: Callable[[str], T]) -> Callable[[str], T | None]:
    """`convert`, save that an empty cell is None."""
    return lambda cell: convert(cell) if cell else None


def member(kind: type[E]) -> Callable[[str], E]:
    """A value of a closed vocabulary, in either case."""
    members = {value.value: value for value in kind}

    def convert(cell: str) -> E:
        try:
            return members[cell.lower()]
        except KeyError:
            allowed = ", ".join(members)
            raise CellError(f"不在允许的值之内：{allowed}", f"is not one of {allowed}") from None

    return convert


def one_of(targets: Container[str]) -> Callable[[str], str]:
    """An id that `targets` holds."""

    def convert(cell: str) -> str:
        if cell not in targets:
            raise CellError("没有这个编号的记录，请改正或补上该记录", "names no record; correct it or add the record")
        return cell

    return convert


def several(convert: Callable[[str], T]) -> Callable[[str], tuple[T, ...]]:
    """Values joined by `|`; an empty cell is none of them."""
    return lambda cell: tuple(convert(part.strip()) for part in cell.split("|")) if cell else ()


def require_unique(table: Table, name: str) -> None:
    """DataError if two rows of a column hold the same text."""
    seen: dict[str, int] = {}
    for index, cell in enumerate(table.column(name, text)):
        if cell in seen:
            where = f"{table.file}:{index + 2}:{name}"
            first = seen[cell] + 2
            raise DataError(
                f"{where} “{cell}” 与第 {first} 行重复，请给每条记录不同的编号",
                f"{where} '{cell}' repeats row {first}; give every record an id of its own",
            )
        seen[cell] = index


def write_table(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """CSV text with LF line ends; None becomes an empty cell."""
    lines: list[str] = []
    writer = csv.writer(_Lines(lines), lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return "".join(lines)


class _Lines:
    """The one method of a file that csv.writer needs."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def write(self, line: str) -> None:
        self._lines.append(line)


def _wgs84_only(cell: str) -> Datum:
    datum = member(Datum)(cell)
    if datum is not Datum.WGS84:
        raise CellError(
            "城市数据只接受 wgs84，请先转换坐标", "the city's data is in wgs84 only; convert the coordinates first"
        )
    return datum
