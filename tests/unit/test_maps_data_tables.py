"""A table's errors name file, row and column, and say what to do, in both languages."""

import re
from collections.abc import Callable
from datetime import date

import pytest

from maps_data import tables
from maps_data.tables import DataError, parse_table, require_unique, write_table
from maps_data.vocabulary import CoordQuality

THREE_ROWS = "id,lat,lon,datum,day\nA,22.5,114.0,wgs84,2026-11-21\nB,22.6,114.1,wgs84,\nC,22.7,114.2,WGS84,2026-12-01\n"


def everywhere(_: object) -> bool:
    return True


def test_columns_convert_as_a_whole() -> None:
    table = parse_table("places.csv", THREE_ROWS)
    assert table.column("id", tables.text) == ["A", "B", "C"]
    assert table.column("day", tables.optional(tables.day)) == [date(2026, 11, 21), None, date(2026, 12, 1)]
    assert [point.lat_deg for point in table.points(everywhere)] == [22.5, 22.6, 22.7]


@pytest.mark.parametrize(
    ("convert", "good", "bad", "zh", "en"),
    [
        (tables.whole, "4", "4.5", "不是非负整数", "whole number"),
        (tables.number, "1", "nan", "不是有限的数", "not finite"),
        (tables.latitude_deg, "22.5", "114.06", "不是纬度", "no latitude"),
        (tables.day, "2026-11-21", "2026/11/21", "请用 YYYY-MM-DD", "write YYYY-MM-DD"),
        (tables.yes_no, "yes", "是", "应为 yes 或 no", "must be yes or no"),
        (tables.member(CoordQuality), "poi", "exact", "poi, approximate", "poi, approximate"),
        (tables.text, "x", " ", "不能为空", "must not be empty"),
    ],
)
def test_a_bad_cell_is_named_by_file_row_and_column(
    convert: Callable[[str], object], good: str, bad: str, zh: str, en: str
) -> None:
    """Row 1 is the header, row 2 is good: the bad cell stands in row 3, as an editor shows it."""
    table = parse_table("places.csv", write_table(["n"], [[good], [bad]]))
    with pytest.raises(DataError) as caught:
        table.column("n", convert)
    assert caught.value.zh.startswith("places.csv:3:n")
    assert zh in caught.value.zh
    assert caught.value.en.startswith("places.csv:3:n")
    assert en in caught.value.en


def test_a_missing_column_is_named() -> None:
    with pytest.raises(DataError, match=re.escape("places.csv:1:phone column is missing; add it to the header")):
        parse_table("places.csv", THREE_ROWS).column("phone", tables.text)


def test_a_row_of_another_width_is_named() -> None:
    with pytest.raises(DataError, match=re.escape("places.csv:3 has 1 cells, the header 2 columns")):
        parse_table("places.csv", "a,b\n1,2\n3\n")


def test_a_file_without_a_header_is_refused() -> None:
    with pytest.raises(DataError, match="empty"):
        parse_table("places.csv", "")


def test_only_wgs84_gets_past_the_door() -> None:
    shifted = parse_table("places.csv", THREE_ROWS.replace("22.6,114.1,wgs84", "22.6,114.1,gcj02"))
    with pytest.raises(DataError, match=re.escape("places.csv:3:datum 'gcj02': the city's data is in wgs84 only")):
        shifted.points(everywhere)


def test_a_point_outside_of_the_city_is_named() -> None:
    with pytest.raises(DataError, match=re.escape("places.csv:4:lat,lon 22.7, 114.2 is outside of the city")):
        parse_table("places.csv", THREE_ROWS).points(lambda point: point.lat_deg < 22.65)


def test_ids_stand_once() -> None:
    with pytest.raises(DataError, match=re.escape("places.csv:4:id 'A' repeats row 2")):
        require_unique(parse_table("places.csv", "id\nA\nB\nA\n"), "id")


def test_a_byte_order_mark_and_quoted_line_breaks_do_no_harm() -> None:
    table = parse_table("places.csv", '\ufeffid,note\nA,"two\nlines, one cell"\n')
    assert table.column("id", tables.text) == ["A"]
    assert table.column("note", tables.text) == ["two\nlines, one cell"]
