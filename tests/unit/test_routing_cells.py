"""H3 cells: conversions, neighbourhoods near and far from pentagons, and edge lengths."""

import h3
import numpy as np
import pytest

from routing.cells import (
    Cell,
    boundary,
    cell_from_text,
    cell_of,
    cell_text,
    cells_of,
    centre,
    disk,
    parent,
    resolution_of,
    ring,
    shortest_edge_m,
)
from routing.geo import Wgs84, distance_m

CIVIC_CENTRE = Wgs84(lat_deg=22.5431, lon_deg=114.0579)
HOME = cell_of(CIVIC_CENTRE, 8)
PENTAGON = Cell(int(h3.get_pentagons(8)[0], 16))


def test_a_cell_and_its_text_name_each_other() -> None:
    assert cell_text(HOME) == h3.latlng_to_cell(22.5431, 114.0579, 8)
    assert cell_from_text(cell_text(HOME)) == HOME


@pytest.mark.parametrize("text", ["", "zebra", "8841", "ffffffffffffffff", "-1"])
def test_text_that_names_no_cell_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an H3 cell"):
        cell_from_text(text)


def test_cells_of_many_points_equal_the_cells_of_each() -> None:
    lat, lon = np.linspace(22.4, 22.9, 50), np.linspace(113.7, 114.7, 50)
    one_by_one = [cell_of(Wgs84(lat_deg=a, lon_deg=o), 8) for a, o in zip(lat, lon, strict=True)]
    assert cells_of(lat, lon, 8).tolist() == one_by_one


def test_a_cell_knows_its_resolution_parent_centre_and_corners() -> None:
    assert resolution_of(HOME) == 8
    assert resolution_of(parent(HOME, 7)) == 7
    assert cell_of(centre(HOME), 8) == HOME
    assert len(boundary(HOME)) == 6
    assert all(distance_m(centre(HOME), corner) < 700 for corner in boundary(HOME))


@pytest.mark.parametrize("radius", [0, 1, 2, 5])
def test_a_disk_is_the_union_of_its_rings(radius: int) -> None:
    assert len(disk(HOME, radius)) == 1 + 3 * radius * (radius + 1)
    assert sorted(cell for r in range(radius + 1) for cell in ring(HOME, r)) == sorted(disk(HOME, radius))


def test_rings_next_to_a_pentagon_hold_the_cells_that_are_that_many_steps_away() -> None:
    """`h3.grid_ring` fails here, so the oracle is a walk from neighbour to neighbour."""
    start = ring(PENTAGON, 2)[0]
    seen, front = {start}, {start}
    for radius in range(1, 6):
        front = {neighbour for cell in front for neighbour in disk(cell, 1)} - seen
        seen |= front
        assert ring(start, radius) == sorted(front)


def test_the_shortest_edge_is_the_least_distance_of_adjacent_corners() -> None:
    corners = boundary(HOME)
    sides = [distance_m(a, b) for a, b in zip(corners, corners[1:] + corners[:1], strict=True)]
    assert shortest_edge_m(HOME) == pytest.approx(min(sides), rel=1e-6)
    assert shortest_edge_m(PENTAGON) < shortest_edge_m(HOME)
