"""Whether a registry's points are in the datum that it was said to be in.

A wrong datum moves every point of the city by the same 0.5 to 1.3 km, so the whole file shows it where no single row does.
Two signs are looked at, for the datum that was stated and for each other one:

    shift   the length of the median offset of devices from the known places that they are named after (metro stations,
            hospitals), and from where the same registry had them before
    at_sea  how many points lie in the city's box but not on its land

The import is refused if another datum brings the devices back to their places, or out of the sea, and the stated one does not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from maps_data.importers.aed_formats import RawRow
from maps_data.importers.aed_rows import Land
from maps_data.landmarks import Gazetteer
from maps_data.places import PlaceKind
from maps_data.tables import DataError
from routing.cells import cells_of
from routing.datum import Datum, to_wgs84_arrays
from routing.geo import FloatArray, Wgs84

LEAST_ANCHORS: Final = 3
"""So many devices at known places make a median that one wrong name does not move. Choice of ours."""

ANCHOR_WITHIN_M: Final = 3_000.0
"""Farther from the place of that name the name means another place. Twice the largest shift between datums in the city."""

SHIFTED_FROM_M: Final = 200.0
"""Median offsets below are how exact places and devices are mapped (300 m for metro exits, in all directions)."""

BETTER_BY: Final = 2.0
"""The other datum must bring the devices so many times nearer to their places, or have so many times fewer at sea. Choice of ours."""

LEAST_AT_SEA: Final = 3
"""Fewer points at sea are faults of single rows. Choice of ours."""

MOST_NAMES: Final = 2_000
"""Names looked up in a large file, evenly spread over it: enough for a median."""

_PRECISE: Final = frozenset({PlaceKind.METRO_STATION, PlaceKind.HOSPITAL})
_PLACE_EXACT_M: Final = 300.0
_M_PER_DEG: Final = 111_195.0  # of a meridian on the sphere of routing.geo, to 1 m


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How well a datum fits; `shift_m` is None without `LEAST_ANCHORS` anchors."""

    datum: Datum
    shift_m: float | None
    n_anchors: int
    n_at_sea: int


def require_datum(
    rows: Sequence[RawRow], stated: Datum, *, land: Land, gazetteer: Gazetteer, known: Mapping[str, Wgs84]
) -> None:
    """DataError if the rows' points are in another datum than `stated`; `known` is where the registry had its
    devices before, by id."""
    located = [(row, point) for row in rows if (point := _numbers(row)) is not None]
    if not located:
        return
    lat_deg, lon_deg = (np.array(axis, dtype=np.float64) for axis in zip(*(point for _, point in located), strict=True))
    anchors = _anchors([row for row, _ in located], gazetteer, known)
    fits = {datum: _fit(datum, lat_deg, lon_deg, anchors, land) for datum in Datum}
    others = [fit for datum, fit in fits.items() if datum is not stated]
    for sign in (_is_shifted, _is_at_sea):
        better = [fit for fit in others if sign(fits[stated], fit)]
        if better:
            raise _refusal(fits[stated], min(better, key=lambda fit: (fit.shift_m or 0.0, fit.n_at_sea)))


def _is_shifted(stated: Fit, other: Fit) -> bool:
    if stated.shift_m is None or other.shift_m is None:
        return False
    return stated.shift_m > SHIFTED_FROM_M and stated.shift_m > BETTER_BY * other.shift_m


def _is_at_sea(stated: Fit, other: Fit) -> bool:
    """Only where no known place speaks for the stated datum."""
    if stated.shift_m is not None and stated.shift_m <= SHIFTED_FROM_M:
        return False
    return stated.n_at_sea >= LEAST_AT_SEA and stated.n_at_sea > BETTER_BY * other.n_at_sea


def _refusal(stated: Fit, better: Fit) -> DataError:
    if stated.shift_m is not None and better.shift_m is not None:
        zh = (
            f"{stated.n_anchors} 台所在地点已知的设备整体偏移约 {stated.shift_m:.0f} 米，"
            f"按 {better.datum} 则为 {better.shift_m:.0f} 米"
        )
        en = (
            f"{stated.n_anchors} devices at known places lie {stated.shift_m:.0f} m off together,"
            f" but {better.shift_m:.0f} m if read as {better.datum}"
        )
    else:
        zh = f"有 {stated.n_at_sea} 个点在海上或市界之外，按 {better.datum} 则为 {better.n_at_sea} 个"
        en = (
            f"{stated.n_at_sea} points are at sea or beyond the border, but {better.n_at_sea} if read as {better.datum}"
        )
    return DataError(
        f"坐标系与所说的 {stated.datum} 不符：{zh}；未导入。请用 --datum {better.datum} 重新导入；"
        "若已逐点核实无误，加 --trust-datum",
        f"these are not {stated.datum} coordinates: {en}; nothing was imported. Import again with --datum {better.datum};"
        " if you have checked the points one by one, add --trust-datum",
    )


def _numbers(row: RawRow) -> tuple[float, float] | None:
    try:
        lat, lon = float(row.fields.get("lat", "")), float(row.fields.get("lon", ""))
    except ValueError:
        return None
    return (lat, lon) if abs(lat) <= 90.0 and abs(lon) <= 180.0 else None


def _anchors(rows: Sequence[RawRow], gazetteer: Gazetteer, known: Mapping[str, Wgs84]) -> dict[int, Wgs84]:
    """Where the device of a row should be: where it was before, else at the place it is named after."""
    anchors = {index: point for index, row in enumerate(rows) if (point := known.get(row.fields.get("id", "")))}
    for index in range(0, len(rows), 1 + len(rows) // MOST_NAMES):
        place = gazetteer.locate(rows[index].fields.get("name", ""))[0]
        if index not in anchors and place.kind in _PRECISE and place.accuracy_m <= _PLACE_EXACT_M:
            anchors[index] = place.point
    return anchors


def _fit(datum: Datum, lat_deg: FloatArray, lon_deg: FloatArray, anchors: Mapping[int, Wgs84], land: Land) -> Fit:
    lat, lon = to_wgs84_arrays(lat_deg, lon_deg, datum)
    index = np.fromiter(anchors, np.int64, len(anchors))
    at_lat = np.array([point.lat_deg for point in anchors.values()], dtype=np.float64)
    at_lon = np.array([point.lon_deg for point in anchors.values()], dtype=np.float64)
    north_m = (lat[index] - at_lat) * _M_PER_DEG
    east_m = (lon[index] - at_lon) * _M_PER_DEG * np.cos(np.radians(at_lat))
    near = np.hypot(north_m, east_m) <= ANCHOR_WITHIN_M
    n_anchors = int(near.sum())
    is_enough = n_anchors >= LEAST_ANCHORS
    return Fit(
        datum=datum,
        shift_m=float(np.hypot(np.median(north_m[near]), np.median(east_m[near]))) if is_enough else None,
        n_anchors=n_anchors,
        n_at_sea=_count_at_sea(lat, lon, land),
    )


def _count_at_sea(lat: FloatArray, lon: FloatArray, land: Land) -> int:
    box = land.bounds
    inside = (lat >= box.south_deg) & (lat <= box.north_deg) & (lon >= box.west_deg) & (lon <= box.east_deg)
    return sum(cell not in land.cells for cell in cells_of(lat[inside], lon[inside], land.resolution).tolist())
