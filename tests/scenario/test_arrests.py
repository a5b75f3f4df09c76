"""The cases of `arrests.txt`: who is asked to bring a defibrillator, and why the others are not."""

from datetime import UTC, datetime, timedelta
from math import cos, radians
from pathlib import Path

import pytest

from dispatch.domain.arrest import AedRun, ArrestUnit, ArrestUnitRecord, Bringer, Drone, FlightConditions, RunStatus
from dispatch.domain.ids import IncidentId, RunId, UnitId
from dispatch.domain.incident import Incident, IncidentState, Location
from dispatch.domain.vocabulary import Complaint, Duty, Pathway, Priority
from dispatch.pipeline.arrest_plan import ArrestFacts, Device, Page, plan
from routing.geo import Wgs84, distance_m
from routing.travel_time.walking import DETOUR, SPEED_MPS

NOW = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)
PATIENT = Wgs84(lat_deg=22.5431, lon_deg=114.0579)
M_PER_DEG = 111_195.0 * cos(radians(PATIENT.lat_deg))
CASES = [
    [part.strip() for part in line.split("|")]
    for line in (Path(__file__).parent / "arrests.txt").read_text("utf-8").splitlines()
    if line.strip() and not line.startswith("#")
]


def east(metres: float) -> Wgs84:
    return Wgs84(lat_deg=PATIENT.lat_deg, lon_deg=PATIENT.lon_deg + metres / M_PER_DEG)


class Case:
    """Reads the words of a line one by one."""

    def __init__(self, words: str) -> None:
        self.crew_s: float | None = None
        self.people: int | None = None
        self.floor: int | None = None
        self.wind_mps, self.is_raining, self.is_weather_known = 5.0, False, True
        self.no_fly: list[tuple[Wgs84, ...]] = []
        self.devices: list[Device] = []
        self.units: dict[str, ArrestUnit] = {}
        self.places: dict[UnitId, Wgs84] = {}
        self.runs: list[AedRun] = []
        for word in words.split():
            self.take(word)

    def take(self, word: str) -> None:
        name, _, value = word.partition("=")
        match name.split("@")[0][0], name:
            case _, "people":
                self.people = int(value)
            case _, "floor":
                self.floor = int(value)
            case _, "wind":
                self.wind_mps = float(value)
            case _, "rain":
                self.is_raining = True
            case _, "none":
                self.is_weather_known = False
            case _, "said":
                yes, _, said = value.partition("/")
                last = list(self.units)[-1]
                unit = self.units[last]
                self.units[last] = ArrestUnit(record=unit.record, n_answered=int(said), n_accepted=int(yes))
            case _, _ if word.startswith("crew@"):
                self.crew_s = float(word[5:])
            case _, _ if word.startswith("nofly@"):
                start, _, end = word[6:].partition("-")
                self.strip(float(start), float(end))
            case _, _ if word.startswith("run:"):
                self.run(word[4:])
            case "d", _:
                self.device(word)
            case (("r" | "R" | "f"), _):
                self.unit(word)

    def device(self, word: str) -> None:
        name, _, at = word.partition("@")
        name, _, barred = name.partition("!")
        point = east(float(at))
        self.devices.append(
            Device(
                aed_id=name.rstrip("+"),
                point=point,
                walk_s=distance_m(PATIENT, point) * DETOUR / SPEED_MPS,
                fixed_s=35.0,
                p_usable=0.95,
                barred=barred or None,
                has_contact=name.endswith("+"),
            )
        )
        self.devices.sort(key=lambda device: device.walk_s)

    def unit(self, word: str) -> None:
        name, _, at = word.partition("@")
        name, *limits = name.split("~")
        is_off, is_busy = name.endswith("-"), name.endswith("*")
        name = name.rstrip("-*")
        limit = {key: float(value) for key, _, value in (part.partition("=") for part in limits)}
        drone = None
        if name.startswith("f"):
            drone = Drone(
                name=name,
                base=east(float(at)),
                cruise_mps=15.0,
                range_m=limit.get("range", 12_000.0),
                payload_kg=limit.get("kg", 3.0),
                wind_limit_mps=limit.get("wind", 10.0),
                flies_in_rain=False,
            )
        elif at != "?":
            self.places[UnitId(name)] = east(float(at))
        record = ArrestUnitRecord(unit_id=UnitId(name), has_aed=name[0] in "Rf", drone=drone, record_class="simulated")
        self.units[name] = ArrestUnit(
            record=record,
            duty=Duty.OUT_OF_SERVICE if is_off else Duty.IN_SERVICE,
            run_id=RunId("elsewhere") if is_busy else None,
        )

    def run(self, word: str) -> None:
        name, _, status = word.partition("=")
        run = AedRun(
            run_id=RunId(f"run-{name}"),
            incident_id=IncidentId("inc"),
            bringer=Bringer.RESPONDER,
            unit_id=UnitId(name),
            aed_id="d1",
            status=RunStatus(status),
            timestamps=((RunStatus.OFFERED, NOW), (RunStatus(status), NOW)),
            arrives_at=NOW + timedelta(seconds=300),
            p=0.3,
            gain_s=100.0,
            answer_by=NOW + timedelta(seconds=45),
        )
        self.runs.append(run)
        if run.is_active:
            self.units[name] = ArrestUnit(record=self.units[name].record, run_id=run.run_id)

    def strip(self, start: float, end: float) -> None:
        south, north = PATIENT.lat_deg - 0.01, PATIENT.lat_deg + 0.01
        west, east_ = east(start).lon_deg, east(end).lon_deg
        corners = ((south, west), (south, east_), (north, east_), (north, west))
        self.no_fly.append(tuple(Wgs84(lat_deg=lat, lon_deg=lon) for lat, lon in corners))

    @property
    def facts(self) -> ArrestFacts:
        conditions = FlightConditions(
            wind_mps=self.wind_mps,
            is_raining=self.is_raining,
            no_fly=tuple(self.no_fly),
            source="test",
            reported_at=NOW,
            expires_at=NOW + timedelta(hours=1) if self.is_weather_known else NOW,
        )
        incident = Incident(
            incident_id=IncidentId("inc"),
            number=1,
            state=IncidentState.OPEN,
            priority=Priority.RED,
            pathway=Pathway.OHCA,
            complaint=Complaint.CARDIAC_ARREST,
            determinant=None,
            location=Location(point=PATIENT, accuracy_m=10.0, source="caller", cell=""),
            address_text=None,
            floor=self.floor,
            received_at=NOW,
            onset_at=None,
            last_known_well_at=None,
            preferred_hospital_id=None,
            answers=(),
            units_required=1,
            is_simulated=True,
        )
        return ArrestFacts(
            incident=incident,
            is_attended=False,
            crew_id=None,
            crew_s=self.crew_s,
            devices=self.devices,
            units=list(self.units.values()),
            places=self.places,
            runs=self.runs,
            claimed=frozenset(run.aed_id for run in self.runs if run.is_active and run.aed_id),
            conditions=conditions,
            n_bystanders=self.people,
            now=NOW,
        )


def who(page: Page) -> str:
    return (page.unit_id or str(page.bringer)) + (f":{page.aed_id}" if page.aed_id else "")


@pytest.mark.parametrize(("title", "there", "asked", "others"), CASES, ids=[case[0] for case in CASES])
def test_who_brings_the_first_shock(title: str, there: str, asked: str, others: str) -> None:
    made = plan(Case(there).facts)
    assert [who(page) for page in made.pages] == asked.split()
    said = {(passed.unit_id or (passed.bringer or passed.aed_id)): passed.code for passed in made.passed_over}
    for word in others.split():
        name, _, code = word.partition("=")
        assert said.get(name) == code, made.passed_over
    assert made.is_proved


def test_gains_are_what_would_be_lost_without_each() -> None:
    """Ambulance at 900 s, a bystander with 0.57 at 369 s: E = 0.57 * 369 + 0.43 * 909 (the mean of the spread crew)."""
    made = plan(Case("crew@900 people=2 d1@150").facts)
    (page,) = made.pages
    assert page.p == pytest.approx(0.57)
    assert page.at_s == pytest.approx(20 + 2 * 150 * DETOUR / SPEED_MPS + 35 + 60, abs=0.5)
    assert made.alone_s == pytest.approx(900 * (0.82 + 1 + 1.21) / 3)
    assert made.expected_s == pytest.approx(0.57 * page.at_s + 0.43 * made.alone_s)
    assert page.gain_s == pytest.approx(made.alone_s - made.expected_s)
