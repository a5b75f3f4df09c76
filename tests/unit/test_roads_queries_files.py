"""Files of a prepared network that are missing, damaged or another network's are told from good ones before they are believed."""

import json
from pathlib import Path

import numpy as np
import pytest

from routing.roads.graph import driving_graph
from routing.roads.hierarchy import NEVER_MS, prepare
from routing.roads.hierarchy import load as load_hierarchies
from routing.roads.network import NetworkError, RoadNetwork, save
from routing.travel_time.calibration import UNCALIBRATED, Calibration, read_calibration, write_calibration
from routing.travel_time.road import RoadTravelTimes
from tests.fakes.street_grids import random_plan

LEARNED = Calibration(fleet="120", factor=0.85, relative_error=0.2, p90_factor=1.3, n_drives=900, source="week.csv")


@pytest.fixture(scope="module")
def network() -> RoadNetwork:
    return random_plan(1).network()


@pytest.fixture
def directory(network: RoadNetwork, tmp_path: Path) -> Path:
    save(network, tmp_path)
    prepare(network, tmp_path)
    return tmp_path


def _truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-4])


def _zeroed(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


@pytest.mark.parametrize("direction", ["forward", "backward"])
@pytest.mark.parametrize("name", ["tail", "head", "order", "node_count"])
@pytest.mark.parametrize("harm", [Path.unlink, _truncated, _zeroed])
def test_a_harmed_file_is_refused_in_two_languages(directory: Path, direction: str, name: str, harm: object) -> None:
    harm(directory / "drive" / direction / name)  # type: ignore[operator]
    with pytest.raises(NetworkError) as refusal:
        RoadTravelTimes.load(directory)
    assert "maps-data roads build" in refusal.value.zh
    assert "maps-data roads build" in refusal.value.en


def test_the_hierarchy_of_another_network_is_refused(directory: Path) -> None:
    prepare(random_plan(2).network(), directory)
    with pytest.raises(NetworkError, match="another network"):
        RoadTravelTimes.load(directory)


def test_preparing_leaves_nothing_but_the_hierarchies(network: RoadNetwork, tmp_path: Path) -> None:
    prepare(network, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"drive", "walk"}


def test_nodes_out_of_range_and_weights_of_another_graph_are_refused(network: RoadNetwork, directory: Path) -> None:
    """The library would read beyond its arrays."""
    graph = driving_graph(network)
    forward, _ = load_hierarchies(graph, directory / "drive")
    metric = forward.customised(np.ones(len(graph.tail), np.uint32))
    assert metric.distances_ms([0], [0]).tolist() == [[0]]
    assert metric.distances_ms([], [0]).shape == (0, 1)
    for nodes in ([-1], [graph.node_count]):
        with pytest.raises(IndexError):
            metric.distances_ms(nodes, [0])
        with pytest.raises(IndexError):
            metric.path(0, nodes[0])
    with pytest.raises(ValueError, match="shape"):
        forward.customised(np.ones(3, np.uint32))
    shut = forward.customised(np.full(len(graph.tail), NEVER_MS, np.uint32))
    assert shut.path(0, 1) == (NEVER_MS, [])


def test_a_calibration_is_kept_beside_the_network(directory: Path) -> None:
    assert read_calibration(directory) == UNCALIBRATED
    assert RoadTravelTimes.load(directory).calibration.factor == 1.0
    write_calibration(LEARNED, directory)
    assert RoadTravelTimes.load(directory).calibration == LEARNED


@pytest.mark.parametrize("content", ["", "{}", json.dumps({"factor": "fast"}), "[1]"])
def test_a_calibration_that_cannot_be_read_is_refused(directory: Path, content: str) -> None:
    (directory / "calibration.json").write_text(content, encoding="utf-8")
    with pytest.raises(NetworkError, match=r"calibration\.json"):
        RoadTravelTimes.load(directory)


@pytest.mark.parametrize("wrong", [{"factor": 0.0}, {"factor": float("nan")}, {"p90_factor": 0.1}, {"n_drives": -1}])
def test_a_calibration_out_of_range_is_refused(wrong: dict[str, float]) -> None:
    facts = {"fleet": "120", "factor": 1.0, "relative_error": 0.2, "p90_factor": 1.3, "n_drives": 100, "source": "x"}
    with pytest.raises(ValueError, match=r"range|negative"):
        Calibration(**(facts | wrong))  # type: ignore[arg-type]
