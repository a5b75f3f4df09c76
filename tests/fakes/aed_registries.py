"""Registries as they come from outside, written for tests: made of the embedded city's real metro stations."""

import csv
import io
from collections.abc import Iterable

from maps_data.catalogue import embedded_city
from maps_data.manifest import read_dataset
from maps_data.tables import parse_table
from routing.datum import Datum, from_wgs84_arrays
from routing.geo import Wgs84, destination

STATIONS = parse_table("metro_stations.csv", read_dataset(embedded_city()).text_of("metro_stations.csv")).columns
CATEGORIES = ("交通设施服务;地铁站;AED", "医疗保健服务;急救设备;AED")


def station_points() -> list[tuple[str, Wgs84]]:
    """Each metro station's name and point."""
    rows = zip(STATIONS["name_zh"], STATIONS["lat"], STATIONS["lon"], strict=True)
    return [(name, Wgs84(lat_deg=float(lat), lon_deg=float(lon))) for name, lat, lon in rows]


def platform_csv(datum: Datum, *, n: int = 340, off_m: float = 90.0) -> str:
    """What a map platform exports for the word AED: Chinese titles, several categories, no column of ours by its name.

    One device at an exit of each station, `off_m` from its middle in all directions; the first station has two at one point,
    and the last row is of a hotel.
    """
    named = station_points()[:n]
    points = [destination(point, 360.0 * row / 7, off_m) for row, (_, point) in enumerate(named)]
    points = [points[0], *points, points[0]]
    lat, lon = from_wgs84_arrays([p.lat_deg for p in points], [p.lon_deg for p in points], datum)
    rows = [[f"AED({named[0][0]}地铁站厅)", "站厅层", f"{lon[0]:.6f},{lat[0]:.6f}", CATEGORIES[0], "B0FFT0"]]
    for row, (name, _) in enumerate(named, start=1):
        where = f"{lon[row]:.6f},{lat[row]:.6f}"
        rows.append([f"AED({name}地铁站A口)", "A出口", where, CATEGORIES[row % 2], f"B0FF{row:04}"])
    rows.append(["大酒店", "深南大道", f"{lon[-1]:.6f},{lat[-1]:.6f}", "住宿服务;宾馆酒店", "B0FFH"])
    return table(["标题", "地址", "坐标", "类型", "POIID"], rows)


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    return text.getvalue()
