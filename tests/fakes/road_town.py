"""Small towns drawn with letters, as OpenStreetMap files, and their networks read back as letters.

A drawing gives the place of every node, one column 20 m and one row 40 m; ways are strings of letters. An edge is named by the letters
it runs through; a double (an edge that remembers where one came from) has a prime.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import osmium
from osmium.osm.mutable import Node, Relation, Way

from maps_data.roads.build import Summary, network_of
from routing.roads.network import RoadNetwork

Tags = Mapping[str, str]
STREET: Tags = {"highway": "residential"}
SOUTH_DEG, WEST_DEG = 22.5, 114.0
COLUMN_DEG, ROW_DEG = 20 / 102_800, 40 / 111_200


@dataclass
class Town:
    """A drawing and what is written on it. A restriction is (from, via, to, tags), its via a letter or ways between commas."""

    drawing: str
    ways: Mapping[str, Tags]
    nodes: Mapping[str, Tags] = field(default_factory=dict)
    restrictions: list[tuple[str, str, str, Tags]] = field(default_factory=list)

    def places(self) -> dict[str, tuple[float, float]]:
        """Longitude and latitude of each letter, in degrees."""
        return {
            letter: (round(WEST_DEG + x * COLUMN_DEG, 7), round(SOUTH_DEG - y * ROW_DEG, 7))
            for y, line in enumerate(self.drawing.splitlines())
            for x, letter in enumerate(line)
            if letter.isalpha()
        }

    def write(self, path: Path) -> Path:
        way_ids = {way: 100 + i for i, way in enumerate(self.ways)}
        with osmium.SimpleWriter(str(path)) as writer:
            for letter, place in sorted(self.places().items()):
                writer.add_node(Node(id=ord(letter), location=place, tags=dict(self.nodes.get(letter, {}))))
            for way, tags in self.ways.items():
                writer.add_way(Way(id=way_ids[way], nodes=[ord(letter) for letter in way], tags=dict(tags)))
            for i, (start, via, end, tags) in enumerate(self.restrictions):
                vias = [("n", ord(via), "via")] if len(via) == 1 else [("w", way_ids[w], "via") for w in via.split(",")]
                members = [("w", way_ids[start], "from"), *vias, ("w", way_ids[end], "to")]
                writer.add_relation(Relation(id=1 + i, members=members, tags={"type": "restriction", **tags}))
        return path


@dataclass
class Built:
    """The network of a town, its edges by their letters."""

    network: RoadNetwork
    summary: Summary
    names: list[str]

    def table(self) -> dict[str, set[str]]:
        """The turning table: every edge with the edges that may follow."""
        turns: dict[str, set[str]] = {name: set() for name in self.names}
        for start, end in zip(self.network.turns.from_edge, self.network.turns.to_edge, strict=True):
            turns[self.names[start]].add(self.names[end])
        return turns

    def turn_s(self, start: str, end: str) -> float:
        turns = self.network.turns
        pair = (turns.from_edge == self.names.index(start)) & (turns.to_edge == self.names.index(end))
        (milliseconds,) = turns.turn_ms[pair]
        return float(milliseconds) / 1000

    def kmh(self, name: str) -> float:
        edge, drive = self.names.index(name), self.network.drive
        return float(3600 * drive.length_m[edge] / drive.free_flow_ms[edge])


def built(town: Town, folder: Path) -> Built:
    """The network of a town, by way of a file in `folder`."""
    network, summary = network_of(town.write(folder / "town.osm.pbf"))
    letters = {(round(lon * 1e7), round(lat * 1e7)): letter for letter, (lon, lat) in town.places().items()}
    drive = network.drive
    names: list[str] = []
    for begin, end in zip(drive.first_point[:-1], drive.first_point[1:], strict=True):
        points = zip(drive.lon_e7[begin:end].tolist(), drive.lat_e7[begin:end].tolist(), strict=True)
        name = "".join(letters[point] for point in points)
        names.append(name + "'" * sum(known.rstrip("'") == name for known in names))
    return Built(network, summary, names)


def table(text: str) -> dict[str, set[str]]:
    """A turning table as it is written down: a line an edge, with the edges that may follow."""
    lines = (line.partition(":") for line in text.strip().splitlines())
    return {edge.strip(): set(following.split()) for edge, _, following in lines}
