"""Small street networks for tests: drawn in ASCII, or random ones with one-way streets, bends and banned turns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from routing.geo import Wgs84, destination, distances_m
from routing.roads.hierarchy import prepare
from routing.roads.network import Edges, RoadNetwork, Turns, save
from routing.travel_time.calibration import Calibration
from routing.travel_time.profile import Profile
from routing.travel_time.road import RoadTravelTimes

ORIGIN = Wgs84(lat_deg=22.54, lon_deg=114.05)
"""Top left of every drawing: a place in Futian."""

SPACING_M = 100.0
"""Between neighbours of a drawing; a street of this length takes 10 s at 36 km/h."""

MPS = 10.0


@dataclass(frozen=True, kw_only=True)
class Street:
    """A piece of street between two junctions; `bends` are points on the way, in its direction."""

    start: int
    end: int
    is_one_way: bool = False
    name: str = ""
    speed_mps: float = MPS
    bends: tuple[Wgs84, ...] = ()
    road_class: int = 0
    way_id: int | None = None


@dataclass
class Plan:
    """Junctions and the streets between them, to be made a `RoadNetwork`."""

    junctions: list[Wgs84]
    streets: list[Street]
    banned: set[tuple[int, int, int]] = field(default_factory=set)
    """Turns (from junction, over junction, to junction) that are not permitted."""
    turn_ms: dict[tuple[int, int, int], int] = field(default_factory=dict)
    footways: list[Street] = field(default_factory=list)
    classes: tuple[str, ...] = ("residential",)

    def network(self) -> RoadNetwork:
        names = tuple(dict.fromkeys(["", *(street.name for street in self.streets)]))
        drive = _edges(self.junctions, self.streets, names)
        turns = self._turns(drive)
        return RoadNetwork.of(
            classes=self.classes,
            names=names,
            drive=_main_marked(drive, turns.from_edge, turns.to_edge, len(drive)),
            turns=turns,
            walk=self._walk(names),
            source={"name": "drawn for a test"},
        )

    def _walk(self, names: Sequence[str]) -> Edges | None:
        if not self.footways:
            return None
        walk = _edges(self.junctions, self.footways, names)
        labels = _components(walk.from_node, walk.to_node, len(self.junctions))
        largest = np.bincount(labels[walk.from_node]).argmax()
        is_main = (labels[walk.from_node] == largest) & (labels[walk.to_node] == largest)
        return _replaced(walk, is_main)

    def _turns(self, drive: Edges) -> Turns:
        leaving: dict[int, list[int]] = {}
        for edge, node in enumerate(drive.from_node.tolist()):
            leaving.setdefault(node, []).append(edge)
        arcs = []
        for edge, (start, over) in enumerate(zip(drive.from_node.tolist(), drive.to_node.tolist(), strict=True)):
            options = leaving.get(over, [])
            back = [e for e in options if drive.to_node[e] == start and drive.way_id[e] == drive.way_id[edge]]
            onward = [e for e in options if e not in back] or back
            for e in onward:
                turn = (start, over, int(drive.to_node[e]))
                if turn not in self.banned:
                    arcs.append((edge, e, self.turn_ms.get(turn, 0)))
        columns = np.array(arcs, np.uint32).reshape(-1, 3).T
        return Turns(from_edge=columns[0].copy(), to_edge=columns[1].copy(), turn_ms=columns[2].copy())


def drawn(picture: str, *, names: dict[str, str] | None = None) -> tuple[RoadNetwork, dict[str, Wgs84]]:
    """A network from a drawing, and the points of its letters; `plan_of` gives the parts to change before.

    Letters stand at every fourth column of every second line; `---` and `|` are two-way streets, `-->`, `<--`, `v`
    and `^` one-way ones. `names` maps streets, written as `AB`, to their names.
    """
    plan, points = plan_of(picture, names=names)
    return plan.network(), points


def plan_of(picture: str, *, names: dict[str, str] | None = None) -> tuple[Plan, dict[str, Wgs84]]:
    """As `drawn`, before it is made a network. Junction i is the i-th letter in reading order."""
    lines = [line.rstrip() for line in picture.strip("\n").splitlines()]
    indent = min(len(line) - len(line.lstrip()) for line in lines[::2])
    lines = [line[indent:] for line in lines]
    at = {
        (row, column): letter
        for row, line in enumerate(lines[::2])
        for column, letter in enumerate(line[::4])
        if letter != " "
    }
    points = {letter: place(column * SPACING_M, row * SPACING_M) for (row, column), letter in at.items()}
    index = {letter: i for i, letter in enumerate(points)}
    streets = []
    for (row, column), letter in at.items():
        east, south = at.get((row, column + 1)), at.get((row + 1, column))
        across = lines[2 * row][4 * column + 1 : 4 * column + 4]
        below = lines[2 * row + 1][4 * column : 4 * column + 1] if 2 * row + 1 < len(lines) else ""
        for other, mark in ((east, across), (south, below)):
            if other is not None and mark.strip():
                start, end = (other, letter) if "<" in mark or "^" in mark else (letter, other)
                named = names or {}
                name = named.get(start + end, named.get(end + start, ""))
                one_way = bool(set("<>v^") & set(mark))
                streets.append(Street(start=index[start], end=index[end], is_one_way=one_way, name=name))
    return Plan(junctions=list(points.values()), streets=streets), points


FREE_FLOW = Profile(hourly=(1.0,) * 24)


def loaded(
    network: RoadNetwork, *, profile: Profile = FREE_FLOW, calibration: Calibration | None = None
) -> RoadTravelTimes:
    """The network's provider, through files as in the service; unless a profile says otherwise, in free flow at every hour."""
    with TemporaryDirectory() as directory:
        save(network, Path(directory))
        prepare(network, Path(directory))
        return RoadTravelTimes.load(Path(directory), profile=profile, calibration=calibration)


def place(east_m: float, south_m: float) -> Wgs84:
    """A point so far east and south of the drawing's top left."""
    return destination(destination(ORIGIN, 90.0, east_m), 180.0, south_m)


def random_plan(seed: int, *, rows: int = 5, columns: int = 6, one_way: float = 0.3, missing: float = 0.15) -> Plan:
    """A grid with shifted junctions, bends, one-way streets, gaps and, at every tenth corner, a banned turn."""
    rng = np.random.default_rng(seed)
    junctions = [
        place(200.0 * c + rng.uniform(-60, 60), 200.0 * r + rng.uniform(-60, 60))
        for r in range(rows)
        for c in range(columns)
    ]
    pairs = [(i, i + 1) for i in range(rows * columns) if (i + 1) % columns]
    pairs += [(i, i + columns) for i in range((rows - 1) * columns)]
    streets = [_random_street(rng, junctions, pair, one_way) for pair in pairs if rng.random() >= missing]
    plan = Plan(junctions=junctions, streets=streets, footways=[_footway(s) for s in streets])
    corners = {(a, b, c) for a, b in _ways(streets) for b2, c in _ways(streets) if b == b2}
    for corner in sorted(corners):
        plan.turn_ms[corner] = int(rng.integers(0, 9_000))
        if rng.random() < 0.1:
            plan.banned.add(corner)
    return plan


def _random_street(rng: np.random.Generator, junctions: list[Wgs84], pair: tuple[int, int], one_way: float) -> Street:
    start, end = pair if rng.random() < 0.5 else pair[::-1]
    a, b = junctions[start], junctions[end]
    bends = tuple(
        Wgs84(
            lat_deg=a.lat_deg + t * (b.lat_deg - a.lat_deg) + rng.normal(0, 1e-4),
            lon_deg=a.lon_deg + t * (b.lon_deg - a.lon_deg) + rng.normal(0, 1e-4),
        )
        for t in np.linspace(0, 1, rng.integers(2, 6))[1:-1]
    )
    return Street(
        start=start,
        end=end,
        is_one_way=bool(rng.random() < one_way),
        speed_mps=float(rng.uniform(4, 25)),
        bends=bends,
        name=f"{start}路" if rng.random() < 0.5 else "",
    )


def _footway(street: Street) -> Street:
    return Street(start=street.start, end=street.end, bends=street.bends, speed_mps=1.65)


def _ways(streets: Iterable[Street]) -> Iterable[tuple[int, int]]:
    for street in streets:
        yield street.start, street.end
        if not street.is_one_way:
            yield street.end, street.start


def _edges(junctions: Sequence[Wgs84], streets: Sequence[Street], names: Sequence[str]) -> Edges:
    lines: list[list[Wgs84]] = []
    columns: list[tuple[int, int, int, int, int, float]] = []
    for number, street in enumerate(streets):
        line = [junctions[street.start], *street.bends, junctions[street.end]]
        way_id = 1_000 + number if street.way_id is None else street.way_id
        facts = (way_id, names.index(street.name) if street.name in names else 0, street.road_class, street.speed_mps)
        columns.append((street.start, street.end, *facts))
        lines.append(line)
        if not street.is_one_way:
            columns.append((street.end, street.start, *facts))
            lines.append(line[::-1])
    length_m = np.array([_length_m(line) for line in lines], np.float64)
    start, end, way_id_, name, road_class, speed_mps = (
        np.array([row[i] for row in columns], np.float64) for i in range(6)
    )
    counts = [len(line) for line in lines]
    return Edges(
        from_node=start.astype(np.int32),
        to_node=end.astype(np.int32),
        length_m=length_m,
        free_flow_ms=np.maximum(1, np.rint(length_m / speed_mps * 1_000)).astype(np.uint32),
        road_class=road_class.astype(np.uint8),
        way_id=way_id_.astype(np.int64),
        name=name.astype(np.int32),
        is_main=np.ones(len(lines), np.bool_),
        first_point=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        lat_e7=np.array([round(p.lat_deg * 1e7) for line in lines for p in line], np.int32),
        lon_e7=np.array([round(p.lon_deg * 1e7) for line in lines for p in line], np.int32),
    )


def _length_m(line: Sequence[Wgs84]) -> float:
    pairs = pairwise(line)
    return float(sum(distances_m([a.lat_deg], [a.lon_deg], b)[0] for a, b in pairs))


def _components(tail: np.ndarray, head: np.ndarray, n: int) -> np.ndarray:
    joined = csr_array((np.ones(len(tail)), (tail.astype(np.int64), head.astype(np.int64))), shape=(n, n))
    return connected_components(joined, directed=True, connection="strong")[1]


def _main_marked(edges: Edges, tail: np.ndarray, head: np.ndarray, n: int) -> Edges:
    labels = _components(tail, head, n)
    return _replaced(edges, labels == np.bincount(labels).argmax())


def _replaced(edges: Edges, is_main: np.ndarray) -> Edges:
    return Edges(
        **{name: getattr(edges, name) for name in Edges.__dataclass_fields__ if name != "is_main"}, is_main=is_main
    )
