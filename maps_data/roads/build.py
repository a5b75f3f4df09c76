"""From an extract to a network on disk: streets cut into edges, turns between them, paths on foot, and the main part of each."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from maps_data.progress import OnStage
from maps_data.roads.edges import Cut, cut, way_lengths_m
from maps_data.roads.extract import Box, Extract, Ways
from maps_data.roads.forbidden import Forbidden, forbidden_by
from maps_data.roads.main_part import largest_strong_part
from maps_data.roads.pbf import SourceError, sha256_of
from maps_data.roads.reading import read_extract
from maps_data.roads.restrictions import Unused
from maps_data.roads.sequences import Doubled, doubled
from maps_data.roads.turns import all_turns, turn_ms, with_u_turns
from routing.geo import BoolArray, FloatArray, IntArray
from routing.roads.network import Edges, RoadNetwork, Turns, replaced, save
from routing.travel_time import calibration, estimate_constants

LEAST_FERRY_MPS: Final = 0.1
"""Of a ferry whose stated duration and drawn line do not agree; a choice of ours."""

ATTRIBUTION: Final = "© OpenStreetMap contributors, ODbL 1.0"

LEARNED_FILES: Final = (calibration.FILE, estimate_constants.FILE)
"""What was learned of the fleet and the city stays when its network is built anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What was built, for whoever ordered it. Shares are of edges."""

    version: str
    n_edges: int
    n_turns: int
    n_junctions: int
    n_doubles: int
    drive_km: float
    main_share: float
    n_walk_edges: int | None
    walk_main_share: float | None
    n_footways: int
    n_missing_nodes: int
    n_restrictions: int
    n_by_node: int
    n_by_ways: int
    n_impossible: int
    unused: dict[Unused, int]


def build(
    pbf: Path, out: Path, *, box: Box | None = None, url: str | None = None, on_stage: OnStage = lambda *_: None
) -> Summary:
    """Build the network of `pbf` into the directory `out`, in place of a network that is there.

    Raises SourceError for a file that cannot be used and FileExistsError where `out` holds something else; the old network stays.
    """
    with replaced(out) as directory:
        network, summary = network_of(pbf, box=box, url=url, on_stage=on_stage)
        on_stage("写入", "writing", None)
        save(network, directory)
        on_stage("准备查询", "preparing queries", None)
        _prepare(network, directory)
        for learned in LEARNED_FILES:
            if (out / learned).exists():
                shutil.copy2(out / learned, directory)
    return summary


def network_of(
    pbf: Path, *, box: Box | None = None, url: str | None = None, on_stage: OnStage = lambda *_: None
) -> tuple[RoadNetwork, Summary]:
    """The network of an extract, in memory. Raises SourceError for a file that cannot be used."""
    extract = read_extract(
        pbf, box=box, on_progress=lambda done, total: on_stage("读取道路", "reading streets", done / total)
    )
    on_stage("行车网络", "streets to drive", None)
    drive_cut, drive, turns, forbidden = _drive(extract, pbf)
    on_stage("步行网络", "paths to walk", None)
    walk = _walk(extract) if extract.n_footways else None
    network = RoadNetwork.of(
        classes=extract.classes,
        names=extract.names,
        drive=drive,
        turns=turns,
        walk=walk,
        source=_source(pbf, extract, box, url),
    )
    return network, _summary(network, extract, drive_cut, forbidden)


def _prepare(network: RoadNetwork, directory: Path) -> None:
    from routing.roads.hierarchy import prepare

    prepare(network, directory)


def _drive(extract: Extract, pbf: Path) -> tuple[Cut, Edges, Turns, Forbidden]:
    ways = extract.ways
    forward, backward = _with_ferries(ways)
    rows = np.flatnonzero(~(np.isnan(forward) & np.isnan(backward)))
    if not len(rows):
        raise SourceError(f"{pbf} 中没有可行车的道路", f"{pbf} holds no street to drive on")
    via_nodes = {item.via_node for item in extract.restrictions if item.via_node is not None}
    whole = cut(
        ways,
        rows=rows,
        forward_mps=forward,
        backward_mps=backward,
        road_class=ways.drive_class,
        breaks=_sorted(via_nodes | set(extract.delay_s) | set(extract.signals)),
        blocked=_sorted(set(extract.drive_blocked)),
    )
    forbidden = forbidden_by(extract.restrictions, whole)
    result = _turns(extract, whole, forbidden)
    edges = _with_doubles(whole.edges, result.original)
    is_main = largest_strong_part(len(edges), result.from_edge, result.to_edge)
    turns = Turns(
        from_edge=result.from_edge.astype(np.uint32),
        to_edge=result.to_edge.astype(np.uint32),
        turn_ms=result.turn_ms.astype(np.uint32),
    )
    return whole, replace(edges, is_main=is_main), turns, forbidden


def _turns(extract: Extract, whole: Cut, forbidden: Forbidden) -> Doubled:
    from_edge, to_edge = all_turns(whole)
    keep = forbidden.remaining(from_edge, to_edge)
    no_u_turn = np.zeros(len(whole.edges), dtype=np.bool_)
    no_u_turn[[edge for edge, onto in forbidden.pairs if onto == whole.twin[edge]]] = True
    from_edge, to_edge = with_u_turns(whole, from_edge[keep], to_edge[keep], no_u_turn)
    costs = turn_ms(extract, whole, from_edge, to_edge)
    return doubled(len(whole.edges), from_edge, to_edge, costs, paths=forbidden.paths, only_paths=forbidden.only_paths)


def _walk(extract: Extract) -> Edges:
    ways = extract.ways
    rows = np.flatnonzero(~(np.isnan(ways.walk_forward_mps) & np.isnan(ways.walk_backward_mps)))
    whole = cut(
        ways,
        rows=rows,
        forward_mps=ways.walk_forward_mps,
        backward_mps=ways.walk_backward_mps,
        road_class=ways.walk_class,
        breaks=_sorted(set()),
        blocked=_sorted(set(extract.walk_blocked)),
    )
    edges = whole.edges
    in_main = largest_strong_part(len(whole.junction), edges.from_node, edges.to_node)
    return replace(edges, is_main=in_main[edges.from_node] & in_main[edges.to_node])


def _with_ferries(ways: Ways) -> tuple[FloatArray, FloatArray]:
    """Speeds in m/s, those of ferries from the duration that they state."""
    states = ~np.isnan(ways.ferry_s)
    mps = np.maximum(way_lengths_m(ways) / np.where(states, ways.ferry_s, 1.0), LEAST_FERRY_MPS)

    def either(speed: FloatArray) -> FloatArray:
        return np.where(states & ~np.isnan(speed), mps, speed)

    return either(ways.drive_forward_mps), either(ways.drive_backward_mps)


def _with_doubles(edges: Edges, original: IntArray) -> Edges:
    """The edges, and behind them the doubles of `original`."""
    counts = np.diff(edges.first_point)[original]
    begin = np.concatenate([[0], np.cumsum(counts)])
    points = np.arange(begin[-1]) + np.repeat(edges.first_point[original] - begin[:-1], counts)
    all_edges = np.concatenate([np.arange(len(edges)), original])
    return Edges(
        **{
            name: getattr(edges, name)[all_edges]
            for name in ("from_node", "to_node", "length_m", "free_flow_ms", "road_class", "way_id", "name", "is_main")
        },
        first_point=np.concatenate([edges.first_point, edges.first_point[-1] + begin[1:]]).astype(np.int32),
        lat_e7=np.concatenate([edges.lat_e7, edges.lat_e7[points]]),
        lon_e7=np.concatenate([edges.lon_e7, edges.lon_e7[points]]),
    )


def _sorted(nodes: set[int]) -> IntArray:
    return np.array(sorted(nodes), dtype=np.int64)


def _source(pbf: Path, extract: Extract, box: Box | None, url: str | None) -> dict[str, Any]:
    return {
        "file": pbf.name,
        "sha256": sha256_of(pbf),
        "url": url,
        "dated": extract.dated,
        "box_deg": None if box is None else [box.west_deg, box.south_deg, box.east_deg, box.north_deg],
        "n_footways": extract.n_footways,
        "attribution": ATTRIBUTION,
    }


def _summary(network: RoadNetwork, extract: Extract, drive_cut: Cut, forbidden: Forbidden) -> Summary:
    drive, walk = network.drive, network.walk
    unused = {reason: extract.unused.get(reason, 0) + forbidden.unused.get(reason, 0) for reason in Unused}
    applied = forbidden.n_by_node + forbidden.n_by_ways + forbidden.n_impossible
    n_edges = len(drive_cut.edges)
    return Summary(
        version=network.version,
        n_edges=n_edges,
        n_turns=len(network.turns),
        n_junctions=len(drive_cut.junction),
        n_doubles=len(drive) - n_edges,
        drive_km=float(drive_cut.edges.length_m.sum()) / 1000,
        main_share=_share(drive.is_main),
        n_walk_edges=None if walk is None else len(walk),
        walk_main_share=None if walk is None else _share(walk.is_main),
        n_footways=extract.n_footways,
        n_missing_nodes=extract.n_missing_nodes,
        n_restrictions=applied + sum(unused.values()),
        n_by_node=forbidden.n_by_node,
        n_by_ways=forbidden.n_by_ways,
        n_impossible=forbidden.n_impossible,
        unused={reason: count for reason, count in unused.items() if count},
    )


def _share(flags: BoolArray) -> float:
    return float(flags.mean())
