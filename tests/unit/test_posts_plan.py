"""The plan of new posts, on forty cells of the city and calls that all come from one corner of them."""

import json
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from typer.testing import CliRunner

from maps_data.catalogue import Catalogue, load_catalogue
from maps_data.cli import app
from maps_data.demand_file import read_demand
from maps_data.manifest import Bounds
from maps_data.post_plan.candidates import candidate_points
from maps_data.post_plan.demand import Calls, read_calls, smoothed
from maps_data.post_plan.plan import Plan, Question, make_plan
from maps_data.posts import PostKind, read_posts
from maps_data.tables import DataError, write_table
from routing.cells import cell_of, centre, ring
from routing.geo import Wgs84, distance_m
from routing.travel_time.estimate import EstimateTravelTimes
from tests.fakes.maps_data_city import small_city
from tests.fakes.street_grids import plan_of

pytestmark = pytest.mark.slow


SHANGHAI = ZoneInfo("Asia/Shanghai")
COLUMNS = (
    "schema_version", "call_id", "record_class", "call_received_at", "lat", "lon", "datum", "priority_color", "ambulance_needed",
    "event_role",
)  # fmt: skip
QUESTION = Question(n=2, thresholds_s=(300.0, 420.0), before_s=120.0)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_city(tmp_path_factory.mktemp("posts") / "city")


@pytest.fixture(scope="module")
def catalogue(city: Path) -> Catalogue:
    return load_catalogue(city)


def row(n: int, at: str, lat: object, lon: object, **other: str) -> list[object]:
    values: dict[str, object] = {
        "schema_version": "1.0", "call_id": f"C{n}", "record_class": "transplanted", "call_received_at": at, "lat": lat,
        "lon": lon, "datum": "WGS84", "priority_color": "red", "ambulance_needed": "1", "event_role": "call",
    }  # fmt: skip
    return [(values | other)[column] for column in COLUMNS]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory, catalogue: Catalogue) -> Path:
    """Four days of calls, most of them at the centre of the first cell, some in the last; and rows that a plan leaves out."""
    near, far = centre(catalogue.population_cells[0].cell), centre(catalogue.population_cells[-1].cell)
    rows = [
        row(100 * day + n, f"2026-11-{day:02d}T{n % 24:02d}:10:00+08:00", point.lat_deg, point.lon_deg)
        for day in (16, 17, 18, 19)
        for n, point in enumerate([near] * 24 + [far] * 6)
    ]
    rows += [
        row(1, "2026-11-16", near.lat_deg, near.lon_deg),
        row(2, "2026-11-16T01:00:00+08:00", "", ""),
        row(3, "2026-11-16T01:00:00+08:00", near.lat_deg, near.lon_deg, ambulance_needed="0"),
        row(4, "2026-11-16T01:00:00+08:00", near.lat_deg, near.lon_deg, event_role="duplicate_call"),
        row(5, "2026-11-16T01:00:00+08:00", 40.0, 116.0),
        row(6, "2026-11-16T17:00:00Z", near.lat_deg, near.lon_deg, priority_color="green"),
    ]
    path = tmp_path_factory.mktemp("posts") / "week.calls.csv"
    path.write_text(write_table(COLUMNS, rows), encoding="utf-8")
    return path


def planned(catalogue: Catalogue, calls: Calls, question: Question = QUESTION) -> Plan:
    return make_plan(catalogue, calls, EstimateTravelTimes(zone=SHANGHAI), None, question, on_stage=lambda *_: None)


@pytest.fixture(scope="module")
def calls(log: Path, catalogue: Catalogue) -> Calls:
    return read_calls(log, catalogue.population_cells, SHANGHAI)


@pytest.fixture(scope="module")
def plan(catalogue: Catalogue, calls: Calls) -> Plan:
    return planned(catalogue, calls)


def test_calls_are_read_and_what_is_left_out_is_counted(calls: Calls) -> None:
    assert (len(calls.day), int(calls.is_red.sum())) == (121, 120)
    assert calls.left_out == {
        "duplicate_call": 1, "no_ambulance_needed": 1, "no_place_or_datum": 1, "no_time_of_day": 1, "outside_of_the_city": 1,
    }  # fmt: skip
    assert calls.record_classes == {"transplanted": 126}
    # 17:00 UTC is one o'clock of the next day in Shenzhen.
    assert (int(calls.hour[-1]), calls.day[-1].isoformat()) == (1, "2026-11-17")
    assert set(calls.cell.tolist()) == {0, 39}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("T00:10:00+08:00", "T00:10:00", "call_received_at"),
        ("WGS84", "ED50", "datum"),
        (",red,", ",green,", "no red call"),
    ],
)
def test_a_log_that_cannot_be_used_is_refused(
    log: Path, catalogue: Catalogue, tmp_path: Path, old: str, new: str, said: str
) -> None:
    broken = tmp_path / "broken.calls.csv"
    broken.write_text(log.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(DataError, match=said):
        read_calls(broken, catalogue.population_cells, SHANGHAI)


def test_smoothing_follows_the_counts_only_as_far_as_they_differ_from_chance() -> None:
    """Counts that are exactly as expected say that cells are alike; counts that differ wildly are believed."""
    expected = np.full(50, 4.0)
    alike, a = smoothed(expected.copy(), expected)
    assert a == pytest.approx(2_000.0)
    assert alike == pytest.approx(expected)
    wild = np.where(np.arange(50) % 10 == 0, 40.0, 0.0)
    believed, a = smoothed(wild, expected)
    assert a < 0.2
    assert believed[0] == pytest.approx(40.0, rel=0.1)
    assert 0.0 < believed[1] < 0.2
    assert smoothed(np.zeros(2), np.array([0.0, 1.0]))[0][0] == 0.0


def test_the_first_post_goes_where_the_calls_are(catalogue: Catalogue, plan: Plan) -> None:
    first = plan.new[0]
    assert distance_m(first.post.point, centre(catalogue.population_cells[0].cell)) < 1_500.0
    assert [new.post.post_id for new in plan.new] == ["K001", "K002"]
    assert first.demand_added >= plan.new[1].demand_added
    assert plan.covered == pytest.approx(plan.covered_before + sum(new.demand_added for new in plan.new))
    assert plan.covered <= plan.bound + 1e-12
    assert plan.late_before.later_than >= first.late.later_than >= plan.new[1].late.later_than
    assert sorted(hour for hours in plan.periods for hour in hours) == list(range(24))
    assert plan.held_out is not None
    assert plan.held_out[0] == plan.late_before
    assert plan.held_out[1].mean_s <= plan.held_out[0].mean_s


def test_the_same_question_has_the_same_answer(catalogue: Catalogue, calls: Calls, plan: Plan) -> None:
    assert planned(catalogue, calls).new == plan.new


def test_with_units_the_posts_say_how_many_wait_there(catalogue: Catalogue, calls: Calls) -> None:
    plan = planned(catalogue, calls, Question(n=2, thresholds_s=(480.0,), before_s=120.0, units=60, busy=0.4))
    assert 1 <= len(plan.new) <= 2
    assert all(new.units is not None and new.units >= 1 for new in plan.new)
    assert plan.covered_before < plan.covered <= plan.bound


@pytest.mark.parametrize("wrong", [{"n": 0}, {"thresholds_s": ()}, {"before_s": 300.0}, {"busy": 1.0}])
def test_a_question_must_make_sense(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"posts?\b|below"):
        Question(**{"n": 1, "thresholds_s": (300.0,), "before_s": 0.0, "busy": 0.0} | wrong)


def test_without_a_network_a_candidate_is_a_cell_mostly_on_land(catalogue: Catalogue) -> None:
    rows, points = candidate_points(catalogue.population_cells, None)
    assert len(rows) == sum(cell.land_fraction >= 0.5 for cell in catalogue.population_cells)
    assert points[0] == centre(catalogue.population_cells[int(rows[0])].cell)


def test_the_command_writes_files_that_can_be_read_and_shown(log: Path, city: Path, tmp_path: Path) -> None:
    out = tmp_path / "plan"
    command = ["posts", "plan", "--calls", str(log), "--city", str(city), "--n", "3", "--out", str(out)]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    assert "选出 3 处" in result.output
    posts = read_posts(out / "posts.csv", Bounds(south_deg=22.0, north_deg=23.0, west_deg=113.0, east_deg=115.0))
    assert [post.kind for post in posts].count(PostKind.KERBSIDE) == 3
    assert {post.record_class.value for post in posts if post.kind is PostKind.KERBSIDE} == {"simulated"}
    told = json.loads((out / "plan.json").read_text(encoding="utf-8"))
    assert told["demand_covered"]["stations"] <= told["demand_covered"]["with_new"]
    assert told["log"]["left_out"]["duplicate_call"] == 1
    page = (out / "plan.html").read_text(encoding="utf-8")
    assert page.index("移植数据") < page.index("<table>")
    assert "TRANSPLANTED" in page
    assert "http" not in page
    features = json.loads((out / "posts.geojson").read_text(encoding="utf-8"))["features"]
    assert [f["properties"]["rank"] for f in features[-3:]] == [1, 2, 3]
    assert len((out / "table.csv").read_text(encoding="utf-8").splitlines()) == 4


def test_the_demand_of_a_log_is_written_for_those_who_wait(
    log: Path, city: Path, catalogue: Catalogue, tmp_path: Path
) -> None:
    """Cell 0 has four times the calls of cell 39, and both more than residents alone would give them."""
    out = tmp_path / "demand.csv"
    result = CliRunner().invoke(app, ["posts", "demand", "--calls", str(log), "--city", str(city), "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "120 个红色呼救" in result.output
    assert "simulated" in result.output
    share = read_demand(out, catalogue.population_cells).red_share
    residents = np.array([cell.population_estimate for cell in catalogue.population_cells])
    assert share[0] > 2 * share[39]
    assert min(share[[0, 39]] / (residents / residents.sum())[[0, 39]]) > 1.0
    assert CliRunner().invoke(app, ["posts", "demand", "--calls", "none.csv", "--out", str(out)]).exit_code == 1


def test_a_plan_of_more_posts_than_places_is_refused(log: Path, city: Path, tmp_path: Path) -> None:
    command = ["posts", "plan", "--calls", str(log), "--city", str(city), "--out", str(tmp_path / "plan")]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 1
    assert "请减小 --n" in result.output
    assert CliRunner().invoke(app, [*command, "--n", "1", "--before-s", "900"]).exit_code == 2


def test_every_new_post_lies_in_its_cell(catalogue: Catalogue, plan: Plan) -> None:
    cells = {cell.cell for cell in catalogue.population_cells}
    assert all(cell_of(new.post.point, 8) in cells for new in plan.new)


def test_on_a_network_a_candidate_stands_where_a_vehicle_may_stand(catalogue: Catalogue) -> None:
    """Two parallel streets through one cell; the one nearer to its centre is a motorway. A cell without streets has no candidate."""
    plan, points = plan_of("""
        A---B
        |   |
        C---D
    """)
    plan.classes = ("residential", "motorway")
    plan.streets = [replace(street, road_class=int(street.start < 2 and street.end < 2)) for street in plan.streets]
    near_motorway = Wgs84(lat_deg=points["A"].lat_deg, lon_deg=points["A"].lon_deg)
    town = replace(catalogue.population_cells[0], cell=cell_of(near_motorway, 8))
    country = replace(town, cell=next(cell for cell in ring(town.cell, 5)))
    network = plan.network()
    rows, found = candidate_points([country, town], network)
    assert rows.tolist() == [1]
    middle = centre(town.cell)
    nearest = min((points[letter] for letter in "ABCD"), key=lambda point: distance_m(point, middle))
    assert distance_m(found[0], nearest) < 1.0
    all_motorway = replace(network, classes=("motorway", "motorway_link"))
    assert candidate_points([country, town], all_motorway)[0].tolist() == []
