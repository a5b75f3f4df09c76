"""Real streets: every turn restriction of two cities is honoured, each read from the file anew and looked for among the turns.

The reading here is the test's own: relations and nodes straight from the file. Edges are found by way and by the place of their
ends. The same is asked of a town drawn with letters, which takes no time and stands in where the recorded files are missing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import osmium
import pytest

from maps_data.roads.build import Summary, network_of
from routing.roads.network import RoadNetwork
from tests.fakes.road_town import STREET, Town

FILES = {"monaco": 27, "Helsinki": 45}
"""Files, and the turn restrictions in each."""

TOWN = Town(
    """
  n
w-x-e
  s
""",
    {"wx": STREET, "xe": STREET, "nx": STREET, "xs": STREET},
    restrictions=[
        ("wx", "x", "nx", {"restriction": "no_left_turn"}),
        ("nx", "x", "xs", {"restriction": "only_straight_on"}),
    ],
)


@dataclass(frozen=True)
class Rule:
    """A restriction over a node as its relation states it."""

    kind: str
    from_way: int
    via: int
    to_way: int


@dataclass(frozen=True)
class City:
    """A network, and what the test itself read in the file."""

    network: RoadNetwork
    summary: Summary
    rules: list[Rule]
    place: dict[int, tuple[int, int]]

    def edges_at(self, way: int, node: int, *, into: bool) -> list[int]:
        """Edges of a way that end at a node (`into`) or begin there."""
        drive = self.network.drive
        point = drive.first_point[1:] - 1 if into else drive.first_point[:-1]
        at = (drive.lat_e7[point], drive.lon_e7[point])
        lat_e7, lon_e7 = self.place[node]
        return np.flatnonzero((drive.way_id == way) & (at[0] == lat_e7) & (at[1] == lon_e7)).tolist()

    def onward(self, edge: int) -> set[int]:
        return set(self.network.turns.to_edge[self.network.turns.from_edge == edge].tolist())


def read(path: Path) -> City:
    network, summary = network_of(path)
    rules, place = [], {}
    for item in osmium.FileProcessor(str(path)):
        if item.is_node():
            place[item.id] = (item.location.y, item.location.x)
        elif item.is_relation() and item.tags.get("type") == "restriction":
            members = {member.role: member.ref for member in item.members}
            rules.append(Rule(item.tags["restriction"], members["from"], members["via"], members["to"]))
    return City(network, summary, rules, place)


@pytest.fixture(scope="session", params=["town", pytest.param("recorded", marks=pytest.mark.slow)])
def cities(
    request: pytest.FixtureRequest, shared_data: Path | None, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, City]:
    if shared_data is None or request.param == "town":
        return {"town": read(TOWN.write(tmp_path_factory.mktemp("town") / "town.osm.pbf"))}
    return {name: read(shared_data / "roads" / f"{name}.osm.pbf") for name in FILES}


@pytest.fixture(scope="session")
def driven(cities: dict[str, City]) -> Callable[[], Iterator[tuple[City, Rule]]]:
    """Every rule whose ways are both driven."""

    def rules() -> Iterator[tuple[City, Rule]]:
        for city in cities.values():
            ways = set(city.network.drive.way_id.tolist())
            yield from ((city, rule) for rule in city.rules if {rule.from_way, rule.to_way} <= ways)

    return rules


def test_every_restriction_is_accounted_for(cities: dict[str, City]) -> None:
    for name, city in cities.items():
        summary = city.summary
        assert len(city.rules) == summary.n_restrictions == FILES.get(name, 2)
        applied = summary.n_by_node + summary.n_by_ways + summary.n_impossible
        assert applied + sum(summary.unused.values()) == summary.n_restrictions


def test_no_forbidden_turn_is_left(driven: Callable[[], Iterator[tuple[City, Rule]]]) -> None:
    """In both cities every restricted way ends at its node, so there is one turn, and it is gone."""
    asked = 0
    for city, rule in driven():
        if rule.kind.startswith("no_"):
            into = city.edges_at(rule.from_way, rule.via, into=True)
            out = city.edges_at(rule.to_way, rule.via, into=False)
            assert into, rule
            assert all(not city.onward(edge) & set(out) for edge in into), rule
            asked += 1
    assert asked


def test_where_only_one_turn_is_allowed_no_other_is_left(driven: Callable[[], Iterator[tuple[City, Rule]]]) -> None:
    asked = 0
    for city, rule in driven():
        if rule.kind.startswith("only_"):
            (edge,) = city.edges_at(rule.from_way, rule.via, into=True)
            out = set(city.edges_at(rule.to_way, rule.via, into=False))
            assert city.onward(edge), rule
            assert city.onward(edge) <= out, rule
            asked += 1
    assert asked


def test_most_of_a_city_reaches_itself(cities: dict[str, City]) -> None:
    """In the cut-out centre of Helsinki a tenth of the edges lead out of it."""
    for name, city in cities.items():
        assert city.summary.main_share > (0.85 if name in FILES else 0.5)
        assert city.network.walk is None or city.summary.walk_main_share > 0.9


@pytest.mark.slow
def test_the_whole_city_of_shenzhen_has_its_edges_and_no_footways(shared_data: Path | None) -> None:
    """The recorded network of classes motorway to tertiary: some 34 thousand edges, 6,297 km of carriageways of which one in four is
    driven both ways. It holds nothing made for walking, and says so."""
    if shared_data is None:
        return
    network, summary = network_of(shared_data / "roads" / "shenzhen-recon.osm.pbf")
    assert summary.n_edges == pytest.approx(34_000, rel=0.02)
    assert summary.main_share > 0.96
    assert network.walk is None
    assert network.source["n_footways"] == 0
