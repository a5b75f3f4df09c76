"""Small towns drawn with letters: where people walk."""

from pathlib import Path

import pytest

from routing.roads.network import Edges
from routing.travel_time.walking import SPEED_MPS
from tests.fakes.road_town import STREET, Tags, Town, built

FOOTWAY: Tags = {"highway": "footway"}


def walked(town: Town, folder: Path) -> dict[str, int]:
    """Edges on foot by their letters, with the row of each."""
    network = built(town, folder).network
    letters = {(round(lon * 1e7), round(lat * 1e7)): letter for letter, (lon, lat) in town.places().items()}
    walk = network.walk
    assert walk is not None
    points = list(zip(walk.lon_e7.tolist(), walk.lat_e7.tolist(), strict=True))
    bounds = zip(walk.first_point[:-1].tolist(), walk.first_point[1:].tolist(), strict=True)
    return {"".join(letters[point] for point in points[begin:end]): row for row, (begin, end) in enumerate(bounds)}


def both_ways(*edges: str) -> set[str]:
    return {*edges, *(edge[::-1] for edge in edges)}


@pytest.mark.parametrize(
    ("tags", "is_walked"),
    [
        (FOOTWAY, True),
        (FOOTWAY | {"footway": "crossing"}, True),
        ({"highway": "path"}, True),
        ({"highway": "steps"}, True),
        ({"highway": "corridor"}, True),
        ({"railway": "platform"}, True),
        ({"man_made": "pier"}, True),
        (STREET, True),
        (STREET | {"oneway": "yes"}, True),
        (STREET | {"foot": "no"}, False),
        (STREET | {"access": "no"}, False),
        (STREET | {"access": "no", "foot": "yes"}, True),
        (FOOTWAY | {"access": "private"}, True),
        ({"highway": "motorway"}, False),
        ({"highway": "trunk"}, False),
        ({"highway": "trunk", "sidewalk": "right"}, True),
        ({"highway": "trunk", "foot": "designated"}, True),
        ({"highway": "cycleway"}, False),
        ({"highway": "cycleway", "foot": "yes"}, True),
        ({"highway": "construction"}, False),
    ],
)
def test_where_one_walks(tmp_path: Path, tags: Tags, is_walked: bool) -> None:
    edges = walked(Town("a-b c-d", {"ab": tags, "cd": FOOTWAY, "dc": STREET}), tmp_path)
    assert (("ab" in edges), ("ba" in edges)) == (is_walked, is_walked)


def test_a_one_way_rule_for_cars_is_none_for_walkers_but_one_for_walkers_is(tmp_path: Path) -> None:
    ways = {"ab": STREET | {"oneway": "yes"}, "bc": FOOTWAY | {"oneway:foot": "yes"}}
    assert set(walked(Town("a-b-c", ways), tmp_path)) == {"ab", "ba", "bc"}


def test_of_a_square_the_outline_is_walked(tmp_path: Path) -> None:
    """The street sa meets the square abcd at a."""
    town = Town(
        """
s-a-b
  d-c
""",
        {"sa": STREET, "abcda": {"highway": "pedestrian", "area": "yes"}},
    )
    edges = walked(town, tmp_path)
    assert set(edges) == both_ways("sa", "abcda")


def test_stairs_are_slower(tmp_path: Path) -> None:
    town = Town("a---------b---------c", {"ab": FOOTWAY, "bc": {"highway": "steps"}, "ca": STREET})
    edges, walk = walked(town, tmp_path), _walk(town, tmp_path)
    mps = 1000 * walk.length_m / walk.free_flow_ms
    assert mps[edges["ab"]] == pytest.approx(SPEED_MPS, rel=1e-4)
    assert mps[edges["bc"]] == pytest.approx(0.6 * SPEED_MPS, rel=1e-4)


def test_a_barrier_that_keeps_walkers_out_parts_the_way(tmp_path: Path) -> None:
    """One walks past the bollard at b; the gate at d is closed to all, and what lies behind it is not in the main part."""
    town = Town(
        "a-b-c-d-e",
        {"abcde": STREET},
        {"b": {"barrier": "bollard"}, "d": {"barrier": "gate", "access": "no"}},
    )
    town = Town(town.drawing, {**town.ways, "ac": FOOTWAY}, town.nodes)
    edges, walk = walked(town, tmp_path), _walk(town, tmp_path)
    main = {name for name, row in edges.items() if walk.is_main[row]}
    assert main == both_ways("abc", "cd", "ac")
    assert set(edges) - main == both_ways("de")


def test_without_footways_there_is_no_walking_network(tmp_path: Path) -> None:
    """A file of streets only knows nothing of paths, and times on foot stay estimates; the source says why."""
    network = built(Town("a-b-c", {"ab": STREET, "bc": STREET}), tmp_path).network
    assert network.walk is None
    assert network.source["n_footways"] == 0


def _walk(town: Town, folder: Path) -> Edges:
    (folder / "town.osm.pbf").unlink()
    walk = built(town, folder).network.walk
    assert walk is not None
    return walk
