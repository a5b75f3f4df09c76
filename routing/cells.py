"""H3 cells: the hexagons that key every index, zone and cache of places.

A `Cell` is the 64-bit integer, which h3 handles two to three times as fast as the string; the string
form stands only on the wire and in files (`cell_text`, `cell_from_text`). Twelve cells of every
resolution are pentagons, all of them at sea; functions here are right there too.

Uber H3 4.5, https://h3geo.org. `grid_ring` of that release returns wrong cells near pentagons without
saying so (uber/h3#1241), therefore a ring here is the difference of two disks.
"""

from functools import lru_cache
from typing import NewType

import h3.api.memview_int as h3
import numpy as np
import numpy.typing as npt

from routing.geo import IntArray, Wgs84

Cell = NewType("Cell", int)


def cell_of(point: Wgs84, resolution: int) -> Cell:
    """The cell of `resolution` (0 to 15) that holds `point`."""
    return Cell(h3.latlng_to_cell(point.lat_deg, point.lon_deg, resolution))


def cells_of(lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike, resolution: int) -> IntArray:
    """The cells of n points: int64[n] (the top bit of a cell is never set)."""
    lat, lon = np.asarray(lat_deg, dtype=np.float64), np.asarray(lon_deg, dtype=np.float64)
    pairs = zip(lat.tolist(), lon.tolist(), strict=True)
    return np.fromiter((h3.latlng_to_cell(a, o, resolution) for a, o in pairs), np.int64, len(lat))


def cell_text(cell: Cell) -> str:
    """The hexadecimal form of a cell, as it stands on the wire and in files."""
    return str(h3.int_to_str(cell))


def cell_from_text(text: str) -> Cell:
    """The cell that `text` names; ValueError if it names none."""
    try:
        cell = int(text, 16)
    except ValueError:
        raise ValueError(f"not an H3 cell: {text!r}") from None
    if not 0 <= cell < 2**63 or not h3.is_valid_cell(cell):
        raise ValueError(f"not an H3 cell: {text!r}")
    return Cell(cell)


def resolution_of(cell: Cell) -> int:
    """The resolution of a cell, 0 (coarse) to 15 (fine)."""
    return int(h3.get_resolution(cell))


def parent(cell: Cell, resolution: int) -> Cell:
    """The cell of a coarser `resolution` above this one in H3's hierarchy.

    Children cover their parent only roughly: a point near an edge may lie in a cell whose parent is not
    the coarser cell that holds the point.
    """
    return Cell(h3.cell_to_parent(cell, resolution))


def children(cell: Cell, resolution: int) -> list[Cell]:
    """The cells of a finer `resolution` below this one in H3's hierarchy, ascending; see `parent` for what they cover."""
    return sorted(h3.cell_to_children(cell, resolution))


def centre(cell: Cell) -> Wgs84:
    """The centre of a cell."""
    lat_deg, lon_deg = h3.cell_to_latlng(cell)
    return Wgs84(lat_deg=lat_deg, lon_deg=lon_deg)


def boundary(cell: Cell) -> tuple[Wgs84, ...]:
    """The corners of a cell, counter-clockwise, the first one not repeated."""
    return tuple(Wgs84(lat_deg=lat, lon_deg=lon) for lat, lon in h3.cell_to_boundary(cell))


def disk(cell: Cell, radius: int) -> list[Cell]:
    """All cells at most `radius` steps from `cell`, itself included, each once, in no promised order."""
    return list(h3.grid_disk(cell, radius))


def ring(cell: Cell, radius: int) -> list[Cell]:
    """All cells exactly `radius` steps from `cell`, ascending; radius 0 is the cell itself."""
    return [cell] if radius == 0 else sorted(set(disk(cell, radius)).difference(disk(cell, radius - 1)))


@lru_cache(maxsize=65_536)
def shortest_edge_m(cell: Cell) -> float:
    """Length of the cell's shortest edge; edges of one resolution vary (at 8: 396 to 585 m)."""
    return min(float(h3.edge_length(edge, unit="m")) for edge in h3.origin_to_directed_edges(cell))
