"""Reading the streets out of an extract: one pass over nodes, ways and relations, each turned into numbers at once.

Node positions are kept outside of Python, 16 bytes a node: of a city in memory, of a province in an index file that is mapped and
deleted at the end. Of a province only what lies in the box is ever kept as Python objects.
"""

import tempfile
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import osmium
from osmium.osm import NODE, RELATION, WAY

from maps_data.roads.driving import DriveRule, barrier_delay_s, drive_rule
from maps_data.roads.extract import SIGNAL_BACKWARD, SIGNAL_FORWARD, Box, Extract, Ways
from maps_data.roads.pbf import SourceError, chunks, layout_of
from maps_data.roads.restrictions import Restriction, Unused, restriction_of
from maps_data.roads.tag_values import Tags
from maps_data.roads.walking import WalkRule, is_walkable_barrier, walk_rule

WAY_KEYS: Final = ("highway", "route", "railway", "public_transport", "man_made")
UNKNOWN_E7: Final = 2_147_483_647
"""What libosmium gives for the position of a node that the file does not hold."""

INDEX_ON_DISK_BYTES: Final = 128 << 20
"""From this size of a file on (some 15 million nodes) node positions are kept on disk. A choice of ours."""

Point = tuple[int, int, int]
"""A node of a way: its number, latitude and longitude in 1e-7 degrees."""

OnProgress = Callable[[int, int], None]
"""Told how many bytes of how many have been read."""


def read_extract(path: Path, *, box: Box | None = None, on_progress: OnProgress | None = None) -> Extract:
    """The streets of a PBF, within `box` if there is one.

    Raises SourceError for a file that is no PBF, cut off or damaged, that holds no streets, or none in the box.
    """
    layout = layout_of(path)
    collected = _Collected(None if box is None else box.e7())
    dated = None
    with tempfile.TemporaryDirectory(prefix="roads-") as folder:
        is_large = layout.n_bytes >= INDEX_ON_DISK_BYTES
        index = osmium.index.create_map(f"sparse_file_array,{folder}/nodes" if is_large else "sparse_mmap_array")
        locations = osmium.NodeLocationsForWays(index)
        locations.ignore_errors()
        handlers = [locations, *_filters()]
        n_read = layout.header_end
        for chunk in chunks(path, layout):
            dated = _read_chunk(path, chunk, handlers, collected) or dated
            n_read += len(chunk) - layout.header_end
            if on_progress is not None:
                on_progress(n_read, layout.n_bytes)
    return collected.extract(path, dated)


def _read_chunk(path: Path, chunk: bytes, handlers: list[object], collected: "_Collected") -> str | None:
    """Read one piece of the file; what reads it must outlive the reading, which holds none of it. Gives the extract's date."""
    buffer = osmium.io.FileBuffer(chunk, "pbf")
    try:
        with osmium.io.Reader(buffer) as reader:
            dated: str = reader.header().get("osmosis_replication_timestamp")
            for item in osmium.OsmFileIterator(reader, *handlers):
                collected.add(item)
    except (
        RuntimeError,
        UnicodeDecodeError,
    ) as error:  # libosmium's own: inflation, decoding, fields that make no sense
        raise SourceError(
            f"{path} 已损坏，无法解码（{error}），请重新下载",
            f"{path} is damaged and cannot be decoded ({error}); download it again",
        ) from error
    return dated or None


def _filters() -> Iterator[object]:
    nodes, ways = osmium.filter.KeyFilter("highway", "barrier"), osmium.filter.KeyFilter(*WAY_KEYS)
    relations = osmium.filter.TagFilter(("type", "restriction"))
    for wanted, kind in ((nodes, NODE), (ways, WAY), (relations, RELATION)):
        wanted.enable_for(kind)
        yield wanted


@dataclass(slots=True)
class _Rows:
    """Numbers as they come, one list a column."""

    n: int = 0
    whole: dict[str, "array[int]"] = field(default_factory=dict)
    real: dict[str, "array[float]"] = field(default_factory=dict)

    def add(self, whole: dict[str, int], real: dict[str, float]) -> None:
        for name, value in whole.items():
            self.whole.setdefault(name, array("q")).append(value)
        for name, number in real.items():
            self.real.setdefault(name, array("d")).append(number)
        self.n += 1


class _Collected:
    """What has been read so far."""

    def __init__(self, box_e7: tuple[int, int, int, int] | None) -> None:
        self.box_e7 = box_e7
        self.rows = _Rows()
        self.first = array("q", [0])
        self.node, self.lat_e7, self.lon_e7 = array("q"), array("i"), array("i")
        self.classes: dict[str, int] = {}
        self.names: dict[str, int] = {"": 0}
        self.delay_s: dict[int, float] = {}
        self.signals: dict[int, int] = {}
        self.drive_blocked: set[int] = set()
        self.walk_blocked: set[int] = set()
        self.relations: list[tuple[Tags, list[tuple[str, int, str]]]] = []
        self.n_footways = self.n_missing_nodes = 0

    def add(self, item: Any) -> None:
        if item.is_way():
            self._add_way(item)
        elif item.is_node():
            self._add_node(item, _tags(item))
        else:
            self.relations.append((_tags(item), [(member.type, member.ref, member.role) for member in item.members]))

    def extract(self, path: Path, dated: str | None) -> Extract:
        """All of it. Raises SourceError when there are no streets."""
        if not self.rows.n:
            raise _nothing(path, is_boxed=self.box_e7 is not None)
        ways = self._ways()
        kept = set(ways.way_id.tolist())
        restrictions: list[Restriction] = []
        unused: dict[Unused, int] = {}
        for tags, members in self.relations:
            if self.box_e7 is None or any(kind == "w" and ref in kept for kind, ref, _ in members):
                found = restriction_of(tags, members)
                if isinstance(found, Restriction):
                    restrictions.append(found)
                else:
                    unused[found] = unused.get(found, 0) + 1
        return Extract(
            ways=ways,
            classes=tuple(self.classes),
            names=tuple(self.names),
            delay_s=self.delay_s,
            signals=self.signals,
            drive_blocked=frozenset(self.drive_blocked),
            walk_blocked=frozenset(self.walk_blocked),
            restrictions=tuple(restrictions),
            unused=unused,
            n_footways=self.n_footways,
            n_missing_nodes=self.n_missing_nodes,
            dated=dated,
        )

    def _add_node(self, node: Any, tags: Tags) -> None:
        if tags.get("highway") == "traffic_signals":
            direction = tags.get("traffic_signals:direction") or tags.get("direction")
            self.signals[node.id] = {"forward": SIGNAL_FORWARD, "backward": SIGNAL_BACKWARD}.get(
                direction or "", SIGNAL_FORWARD + SIGNAL_BACKWARD
            )
        if "barrier" in tags:
            delay_s = barrier_delay_s(tags)
            if delay_s is None:
                self.drive_blocked.add(node.id)
            elif delay_s:
                self.delay_s[node.id] = delay_s
            if not is_walkable_barrier(tags):
                self.walk_blocked.add(node.id)

    def _add_way(self, way: Any) -> None:
        points = [(node.ref, node.y, node.x) for node in way.nodes]
        runs = list(_runs(points, self.box_e7))  # first of all: of a province most is outside the box
        if not runs:
            return
        tags = _tags(way)
        drive, walk = drive_rule(tags), walk_rule(tags)
        if drive is None and walk is None:
            return
        self.n_missing_nodes += sum(y == UNKNOWN_E7 for _, y, _ in points)
        if drive is not None and len(runs[0]) != len(points):
            drive = replace(drive, duration_s=None)  # was stated over the whole way
        self.n_footways += walk is not None and walk.is_footway
        self._add_runs(way.id, tags, drive, walk, runs)

    def _add_runs(
        self,
        way_id: int,
        tags: Tags,
        drive: DriveRule | None,
        walk: WalkRule | None,
        runs: list[list[Point]],
    ) -> None:
        name = tags.get("name") or tags.get("name:zh") or tags.get("ref") or ""
        whole = {
            "way_id": way_id,
            "name": self.names.setdefault(name, len(self.names)),
            "drive_class": self._class_row(drive),
            "walk_class": self._class_row(walk),
            "is_roundabout": drive is not None and drive.is_roundabout,
            "is_ferry": drive is not None and drive.is_ferry,
        }
        real = {
            "drive_forward_mps": _mps(drive.forward_kmh if drive else None),
            "drive_backward_mps": _mps(drive.backward_kmh if drive else None),
            "walk_forward_mps": _or_nan(walk.forward_mps if walk else None),
            "walk_backward_mps": _or_nan(walk.backward_mps if walk else None),
            "ferry_s": _or_nan(drive.duration_s if drive else None),
        }
        for run in runs:
            self.rows.add(whole, real)
            for column, values in zip((self.node, self.lat_e7, self.lon_e7), zip(*run, strict=True), strict=True):
                column.extend(values)
            self.first.append(len(self.node))

    def _class_row(self, rule: DriveRule | WalkRule | None) -> int:
        return 0 if rule is None else self.classes.setdefault(rule.road_class, len(self.classes))

    def _ways(self) -> Ways:
        whole = {name: np.frombuffer(column, dtype=np.int64) for name, column in self.rows.whole.items()}
        real = {name: np.frombuffer(column, dtype=np.float64) for name, column in self.rows.real.items()}
        return Ways(
            way_id=whole["way_id"],
            name=whole["name"].astype(np.int32),
            drive_class=whole["drive_class"].astype(np.int32),
            walk_class=whole["walk_class"].astype(np.int32),
            is_roundabout=whole["is_roundabout"].astype(np.bool_),
            is_ferry=whole["is_ferry"].astype(np.bool_),
            **real,
            first=np.frombuffer(self.first, dtype=np.int64),
            node=np.frombuffer(self.node, dtype=np.int64),
            lat_e7=np.frombuffer(self.lat_e7, dtype=np.int32),
            lon_e7=np.frombuffer(self.lon_e7, dtype=np.int32),
        )


def _runs(points: list[Point], box_e7: tuple[int, int, int, int] | None) -> Iterator[list[Point]]:
    """The parts of a way whose nodes are known and, where there is a box, that have an end of each segment in it."""
    run: list[Point] = []
    was_inside = False
    for point in points:
        ref, lat_e7, lon_e7 = point
        is_known = lat_e7 != UNKNOWN_E7
        is_inside = is_known and (
            box_e7 is None or (box_e7[0] <= lon_e7 <= box_e7[2] and box_e7[1] <= lat_e7 <= box_e7[3])
        )
        if run and run[-1][0] == ref:  # a node written twice in a row
            continue
        if run and not (is_known and (is_inside or was_inside)):
            if len(run) > 1:
                yield run
            run = []
        if is_known:
            run.append(point)
        was_inside = is_inside
    if len(run) > 1:
        yield run


def _tags(item: Any) -> dict[str, str]:
    return {tag.k: tag.v for tag in item.tags}


def _mps(kmh: float | None) -> float:
    return float("nan") if kmh is None else kmh / 3.6


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value


def _nothing(path: Path, *, is_boxed: bool) -> SourceError:
    if is_boxed:
        return SourceError(
            f"{path} 在给定的 --bbox 范围内没有任何道路，请检查西、南、东、北四个经纬度",
            f"{path} has no streets within --bbox; check west, south, east, north",
        )
    return SourceError(f"{path} 中没有任何道路", f"{path} holds no streets")
