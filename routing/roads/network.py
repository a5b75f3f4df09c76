"""A street network as arrays, and how it is kept: one `.npy` file an array, loaded by memory map, and `network.json`.

An edge is one direction of a piece of street between two junctions; a two-way street is two edges. Driving is
edge based: an arc is a permitted turn from one edge into another, so that a turn restriction is simply an arc that
is not there. Walking has no turns: there the junctions are joined by the edges themselves.

The network's version is the digest of its arrays and names, so that the same streets always have the same name.
A network is written beside its place and moved in at the end: whoever fails half way leaves the old one as it was.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

from routing.geo import BoolArray, FloatArray

FORMAT: Final = "roads-1"
MANIFEST: Final = "network.json"
E7: Final = 1e-7
"""OpenStreetMap's own grid: coordinates are whole numbers of 1e-7 degrees, about a centimetre."""

UInt8Array = npt.NDArray[np.uint8]
UInt32Array = npt.NDArray[np.uint32]
Int32Array = npt.NDArray[np.int32]
Int64Array = npt.NDArray[np.int64]


_Rows = TypeVar("_Rows", "Edges", "Turns")


class NetworkError(ValueError):
    """The directory holds no network that can be used; says why in Chinese (`zh`) and English (`en`)."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh, self.en = zh, en


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """E edges between junctions 0, 1, ..., and the points that draw them.

    `from_node`, `to_node` int32[E]; `length_m` float64[E]; `free_flow_ms` uint32[E], over the whole edge, without turns;
    `road_class` uint8[E], a row of `RoadNetwork.classes`; `way_id` int64[E], of OpenStreetMap; `name` int32[E], a row of
    `RoadNetwork.names` (row 0 is the empty name); `is_main` bool[E]: in the largest strongly connected part, from where
    every other such edge can be reached. Edge e is drawn by the points `first_point[e]` to `first_point[e + 1]`
    (exclusive; at least two) of `lat_e7`, `lon_e7` int32[P], in driving direction; `first_point` int32[E + 1].

    A street may have more than one edge in the same direction: where a turn restriction reaches over several streets, what is
    permitted at the end depends on where one came from, and a double of the edge remembers that. See `stretches`.
    """

    from_node: Int32Array
    to_node: Int32Array
    length_m: FloatArray
    free_flow_ms: UInt32Array
    road_class: UInt8Array
    way_id: Int64Array
    name: Int32Array
    is_main: BoolArray
    first_point: Int32Array
    lat_e7: Int32Array
    lon_e7: Int32Array

    def __len__(self) -> int:
        return len(self.from_node)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """A arcs: permitted turns. `from_edge`, `to_edge` uint32[A]; `turn_ms` uint32[A], what the turn itself costs."""

    from_edge: UInt32Array
    to_edge: UInt32Array
    turn_ms: UInt32Array

    def __len__(self) -> int:
        return len(self.from_edge)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadNetwork:
    """Streets to drive and, where the source knows them, to walk (`walk` None: no footways).

    `classes` names the rows of `road_class` by the value of OpenStreetMap's `highway` or `route` key. `source` tells
    where the streets are from: file name, its SHA-256, the extract's own date if stated, the box kept, the attribution.
    """

    version: str
    classes: tuple[str, ...]
    names: tuple[str, ...]
    drive: Edges
    turns: Turns
    walk: Edges | None
    source: dict[str, Any]

    @classmethod
    def of(
        cls,
        *,
        classes: tuple[str, ...],
        names: tuple[str, ...],
        drive: Edges,
        turns: Turns,
        walk: Edges | None,
        source: dict[str, Any],
    ) -> "RoadNetwork":
        """The network with its version worked out."""
        made = cls(version="", classes=classes, names=names, drive=drive, turns=turns, walk=walk, source=source)
        return cls(**{f.name: getattr(made, f.name) for f in fields(made)} | {"version": _version_of(made)})


def stretches(edges: Edges) -> Int32Array:
    """The stretch of street that each edge drives along, int32[E]: both directions of a stretch and all doubles have the same.

    Whoever ties a place to the network takes every edge of the stretch, and the best of them: a double is where one arrives
    from certain streets, and from a double one may go on to fewer streets than from the edge itself.
    """
    begin = edges.first_point[:-1]
    shape = [np.add.reduceat(column.astype(np.int64), begin) for column in (edges.lat_e7, edges.lon_e7)]
    ends = np.minimum(edges.from_node, edges.to_node), np.maximum(edges.from_node, edges.to_node)
    keys = [edges.way_id, *ends, np.diff(edges.first_point), *shape]
    order = np.lexsort(keys[::-1])
    is_new = np.zeros(len(order), np.bool_)
    for key in keys:
        is_new[1:] |= key[order[1:]] != key[order[:-1]]
    stretch = np.empty(len(order), np.int32)
    stretch[order] = np.cumsum(is_new)
    return stretch


def save(network: RoadNetwork, directory: Path) -> None:
    """Write the arrays and the manifest into an existing, empty `directory`."""
    for name, array in _arrays(network):
        np.save(directory / f"{name}.npy", array, allow_pickle=False)
    manifest = {
        "format": FORMAT,
        "version": network.version,
        "classes": network.classes,
        "has_walk": network.walk is not None,
        "counts": {name: len(array) for name, array in _arrays(network)},
        "source": network.source,
    }
    (directory / "names.json").write_text(json.dumps(network.names, ensure_ascii=False), encoding="utf-8")
    (directory / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")


def load(directory: Path, *, is_checked: bool = False) -> RoadNetwork:
    """The network in `directory`, its arrays mapped into memory; `is_checked` also works out the digest anew.

    Raises NetworkError when there is none, when it is of another format, incomplete, or not what its digest says.
    """
    manifest = _manifest(directory)
    try:
        names = tuple(json.loads((directory / "names.json").read_text(encoding="utf-8")))
        network = RoadNetwork(
            version=manifest["version"],
            classes=tuple(manifest["classes"]),
            names=names,
            drive=_rows(Edges, "drive", directory, manifest),
            turns=_rows(Turns, "turns", directory, manifest),
            walk=_rows(Edges, "walk", directory, manifest) if manifest["has_walk"] else None,
            source=manifest["source"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NetworkError(
            f"{directory} 中的道路网络不完整({error});请用 maps-data roads build 重新生成",
            f"the road network in {directory} is incomplete ({error}); build it again with maps-data roads build",
        ) from error
    if is_checked and _version_of(network) != network.version:
        raise NetworkError(
            f"{directory} 中的道路网络与其校验值不符;请用 maps-data roads build 重新生成",
            f"the road network in {directory} is not what its digest says; build it again with maps-data roads build",
        )
    return network


@contextmanager
def replaced(directory: Path) -> Iterator[Path]:
    """An empty directory to write into, which takes the place of `directory` when all went well.

    On failure what stood there stays. Raises FileExistsError for a directory that holds something else than a network.
    """
    if directory.exists() and any(directory.iterdir()) and not (directory / MANIFEST).exists():
        raise FileExistsError(f"{directory} 已有其他文件,未作改动 / holds other files and was left as it is")
    directory.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    fresh.chmod(0o755)
    try:
        yield fresh
        old = fresh.with_name(f"{fresh.name}-old")
        if directory.exists():
            directory.replace(old)
        fresh.replace(directory)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _arrays(network: RoadNetwork) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    for part in ("drive", "turns", "walk"):
        rows = getattr(network, part)
        if rows is not None:
            yield from ((f"{part}.{f.name}", getattr(rows, f.name)) for f in fields(rows))


def _rows(kind: type[_Rows], part: str, directory: Path, manifest: dict[str, Any]) -> _Rows:
    return kind(**{f.name: _array(directory, f"{part}.{f.name}", manifest) for f in fields(kind)})


def _array(directory: Path, name: str, manifest: dict[str, Any]) -> npt.NDArray[Any]:
    array: npt.NDArray[Any] = np.load(directory / f"{name}.npy", mmap_mode="r", allow_pickle=False)
    if len(array) != manifest["counts"][name]:
        raise ValueError(f"{name}: {len(array)} != {manifest['counts'][name]}")
    return array


def _manifest(directory: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NetworkError(
            f"{directory} 中没有道路网络({MANIFEST});请先运行 maps-data roads build",
            f"there is no road network in {directory} ({MANIFEST}); run maps-data roads build first",
        ) from error
    if manifest.get("format") != FORMAT:
        raise NetworkError(
            f"{directory} 中的道路网络格式为 {manifest.get('format')},本版本需要 {FORMAT};请重新生成",
            f"the road network in {directory} has format {manifest.get('format')}, this version needs {FORMAT}; build it again",
        )
    return manifest


def _version_of(network: RoadNetwork) -> str:
    digest = hashlib.sha256(json.dumps([FORMAT, network.classes, network.names], ensure_ascii=False).encode())
    for name, array in _arrays(network):
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return f"roads-{digest.hexdigest()[:12]}"
