"""What a fleet's recorded drives teach: a factor known beforehand is found again, and a log that teaches nothing is refused."""

import csv
import json
import shutil
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from typer.testing import CliRunner

from maps_data.cli import app
from maps_data.roads.calibrate import OrdinaryCar
from routing.datum import wgs84_to_gcj02
from routing.geo import Wgs84
from routing.travel_time.calibration import read_calibration
from routing.travel_time.road import RoadTravelTimes
from tests.fakes.city_streets import save_city_streets

pytestmark = pytest.mark.slow


SHENZHEN = ZoneInfo("Asia/Shanghai")
BEGIN = datetime(2026, 3, 2, 1, tzinfo=UTC)
FACTOR, SIGMA = 0.78, 0.2
Row = dict[str, str]
Run = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("calibrate") / "roads"
    save_city_streets(directory)
    return directory


@pytest.fixture(scope="module")
def car(city: Path) -> OrdinaryCar:
    return OrdinaryCar(city, SHENZHEN)


class Fleet:
    """Logs of drives that take FACTOR times what an ordinary car takes, give or take SIGMA."""

    def __init__(self, car: OrdinaryCar, *, n: int = 200) -> None:
        self.units: list[Row] = []
        self.calls: list[Row] = []
        self.units_path = self.calls_path = Path()
        chance = np.random.default_rng(7)
        for number in range(n):
            scene, post = _somewhere(chance, 22.63, 22.70), _somewhere(chance, 22.53, 22.60)
            departed_at = BEGIN + timedelta(minutes=17 * number)
            takes_s = car.travel_time_s(post, scene, departing_at=departed_at) * FACTOR
            arrived_at = departed_at + timedelta(seconds=float(takes_s * np.exp(chance.normal(0, SIGMA))))
            self.calls.append(_call(number, scene))
            self.units.append(_response(number, departed_at, arrived_at, post))

    def write(self, *, without: tuple[str, ...] = ()) -> list[str]:
        """The arguments that name the files; `without` leaves columns of the unit log out."""
        _write(self.units_path, [{k: v for k, v in row.items() if k not in without} for row in self.units])
        _write(self.calls_path, self.calls)
        return ["roads", "calibrate", str(self.units_path), "--calls", str(self.calls_path)]


@pytest.fixture(scope="module")
def drives(car: OrdinaryCar) -> Fleet:
    return Fleet(car)


def own(drives: Fleet, directory: Path) -> Fleet:
    """A copy that may be changed, whose logs stand in `directory`."""
    copy = deepcopy(drives)
    copy.units_path, copy.calls_path = directory / "fleet.units.csv", directory / "fleet.calls.csv"
    return copy


@pytest.fixture
def fleet(tmp_path: Path, drives: Fleet) -> Fleet:
    return own(drives, tmp_path)


@pytest.fixture(scope="module")
def run(city: Path) -> Run:
    def command(arguments: list[str], roads: Path = city) -> tuple[int, str]:
        done = CliRunner().invoke(app, [*arguments, "--roads", str(roads)])
        return done.exit_code, done.output

    return command


@pytest.fixture(scope="module")
def taught(city: Path, drives: Fleet, run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the network that the fleet has calibrated; to be looked at only."""
    roads = Path(shutil.copytree(city, tmp_path_factory.mktemp("taught") / "roads"))
    code, said = run([*own(drives, roads.parent).write(), "--fleet", "福田"], roads)
    assert code == 0, said
    return roads


def _somewhere(chance: np.random.Generator, south_deg: float, north_deg: float) -> Wgs84:
    return Wgs84(lat_deg=float(chance.uniform(south_deg, north_deg)), lon_deg=float(chance.uniform(114.00, 114.15)))


def _call(number: int, scene: Wgs84) -> Row:
    place = {"lat": f"{scene.lat_deg:.6f}", "lon": f"{scene.lon_deg:.6f}", "datum": "WGS84"}
    return {"call_id": f"c{number}", **place, "priority_color": "red" if number % 3 else "yellow"}


def _response(number: int, departed_at: datetime, arrived_at: datetime, post: Wgs84) -> Row:
    shifted = wgs84_to_gcj02(post)  # what a vehicle's terminal in China usually reports
    origin = {"from_lat": f"{shifted.lat_deg:.6f}", "from_lon": f"{shifted.lon_deg:.6f}", "from_datum": "gcj02"}
    times = {"enroute_at": departed_at.isoformat(), "on_scene_at": arrived_at.isoformat()}
    return {"call_id": f"c{number}", "transport_capable": "1", **times, **origin, "quality_flags": ""}


def _write(path: Path, rows: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def told(roads: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((roads / "calibration.json").read_text(encoding="utf-8"))
    return found


def test_the_factor_of_a_fleet_is_found_within_its_interval(taught: Path) -> None:
    total = told(taught)["total"]
    assert total["factor_low"] < FACTOR < total["factor_high"]
    assert total["factor_high"] - total["factor_low"] < 0.1
    assert total["sigma"] == pytest.approx(SIGMA, rel=0.25)
    # One drive in ten takes longer than exp(1.28 sigma) times the median of a lognormal law.
    assert read_calibration(taught).p90_factor == pytest.approx(np.exp(1.2816 * SIGMA), rel=0.08)


def test_from_then_on_the_network_is_as_fast_as_the_fleet(taught: Path, car: OrdinaryCar) -> None:
    calibration = read_calibration(taught)
    a, b = Wgs84(lat_deg=22.55, lon_deg=114.0), Wgs84(lat_deg=22.6, lon_deg=114.1)
    times = RoadTravelTimes.load(taught).to_one([a.lat_deg], [a.lon_deg], b, departing_at=BEGIN)
    ordinary_s = car.travel_time_s(a, b, departing_at=BEGIN)
    assert times.travel_time_s[0] == pytest.approx(calibration.factor * ordinary_s)
    assert (times.relative_error, times.p90_factor) == (calibration.relative_error, calibration.p90_factor)


def test_a_calibration_says_whose_drives_taught_it(taught: Path) -> None:
    calibration = read_calibration(taught)
    assert (calibration.fleet, calibration.n_drives) == ("福田", 200)
    assert "fleet.units.csv sha256:" in calibration.source
    assert {"red", "yellow", "0 to 7 h"} <= {group["name_en"] for group in told(taught)["groups"]}


def test_learning_again_does_not_compound(fleet: Fleet, taught: Path, tmp_path: Path, run: Run) -> None:
    """Recorded drives are held against an ordinary car, not against the network as it was calibrated before."""
    again = Path(shutil.copytree(taught, tmp_path / "roads"))
    run([*fleet.write(), "--fleet", "福田"], again)
    assert told(again)["total"] == told(taught)["total"]
    assert read_calibration(again) == read_calibration(taught)


def test_drives_that_teach_nothing_are_counted_by_reason(fleet: Fleet, city: Path, run: Run) -> None:
    units = fleet.units
    units[0]["quality_flags"] = "neg_turnout|neg_travel"
    units[1]["on_scene_at"] = ""
    units[2]["transport_capable"] = "0"
    units[3]["from_lat"] = ""
    units[4]["call_id"] = "unheard of"
    units[5]["on_scene_at"] = units[5]["enroute_at"]
    units[6]["from_lat"], units[6]["from_lon"] = "31.23", "121.47"  # Shanghai
    run(fleet.write())
    expected = ("flagged", "no_times", "not_an_ambulance", "no_origin", "no_scene", "too_short_or_long", "off_network")
    left_out = told(city)["left_out"]
    assert {reason: left_out.get(reason) for reason in expected} == dict.fromkeys(expected, 1)


def test_without_origins_there_is_nothing_to_learn(fleet: Fleet, run: Run) -> None:
    code, said = run(fleet.write(without=("from_lat", "from_lon", "from_datum")))
    assert code == 2
    assert "没有记录车组从何处出发" in said
    assert "add the columns from_lat, from_lon, from_datum" in said.replace("\n", " ")


def test_transports_teach_when_hospitals_are_known(fleet: Fleet, city: Path, car: OrdinaryCar, run: Run) -> None:
    """Those with lights and siren, from the scene to the hospital."""
    for number, (row, call) in enumerate(zip(fleet.units, fleet.calls, strict=True)):
        hospital = Wgs84(lat_deg=22.5431, lon_deg=114.0579)
        scene = Wgs84(lat_deg=float(call["lat"]), lon_deg=float(call["lon"]))
        left_at = datetime.fromisoformat(row["enroute_at"]) + timedelta(hours=1)
        takes_s = 0.9 * car.travel_time_s(scene, hospital, departing_at=left_at)
        place = {"hospital_lat": "22.5431", "hospital_lon": "114.0579", "hospital_datum": "wgs84"}
        times = {
            "left_scene_at": left_at.isoformat(),
            "at_hospital_at": (left_at + timedelta(seconds=takes_s)).isoformat(),
        }
        row.update(place | times)
        call["transport_emergency"] = "1" if number % 2 else "0"
    code, said = run(fleet.write(without=("from_lat", "from_lon", "from_datum")))
    assert code == 0, said
    assert told(city)["purpose"] == "to_hospital"
    assert told(city)["left_out"]["no_siren"] == 100
    assert read_calibration(city).factor == pytest.approx(0.9, abs=1e-3)


def test_too_few_drives_are_refused_and_the_old_calibration_stays(fleet: Fleet, taught: Path, run: Run) -> None:
    before = told(taught)
    fleet.units, fleet.calls = fleet.units[:40], fleet.calls[:40]
    code, said = run(fleet.write(), taught)
    assert code == 2
    assert "fewer than 100" in said.replace("\n", " ")
    assert told(taught) == before


@pytest.mark.parametrize(
    ("column", "cell", "sentence"),
    [
        ("from_datum", "", "says no datum"),
        ("enroute_at", "2026-03-02T09:00:00", "no offset from UTC"),
        ("from_lat", "north", "not a number"),
        ("transport_capable", "yes", "0 or 1"),
    ],
)
def test_a_cell_that_means_nothing_is_named(fleet: Fleet, run: Run, column: str, cell: str, sentence: str) -> None:
    fleet.units[4][column] = cell
    code, said = run(fleet.write())
    assert code == 2
    assert f"fleet.units.csv:6:{column}" in said
    assert sentence in said.replace("\n", " ")


def test_a_directory_without_a_network_is_refused(fleet: Fleet, tmp_path: Path, run: Run) -> None:
    code, said = run(fleet.write(), tmp_path / "nowhere")
    assert code == 2
    assert "there is no road network" in said.replace("\n", " ")


def test_an_unknown_time_zone_is_refused(fleet: Fleet, run: Run) -> None:
    code, said = run([*fleet.write(), "--zone", "Atlantis/Capital"])
    assert code == 2
    assert "no time zone" in said


def test_the_recorded_days_of_san_francisco_say_that_origins_are_missing(
    shared_data: Path | None, fleet: Fleet, run: Run
) -> None:
    """Real logs of the interchange format hold no origins; without them the same log is written here."""
    logs = shared_data / "call_logs" / "neutral" if shared_data else None
    arguments = fleet.write(without=("from_lat", "from_lon", "from_datum"))
    if logs is not None:
        arguments = [
            "roads",
            "calibrate",
            str(logs / "sffd-2017w01.units.csv.gz"),
            "--calls",
            str(logs / "sffd-2017w01.calls.csv.gz"),
        ]
    code, said = run(arguments)
    assert code == 2
    assert "does not say where units set out" in said.replace("\n", " ")
