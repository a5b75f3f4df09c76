"""The table of `vignettes.txt`, row by row, through the engine: where each patient goes, and that the named reasons are given.

A reason is a rule of the weighing, the code of an argument for the hospital, or `X:rule` for a hospital that a rule keeps out.
"""

from datetime import timedelta
from pathlib import Path

import pytest

from dispatch.adapters.identifiers import Ulids, seeded_bytes
from dispatch.adapters.positions import PositionBook
from dispatch.domain import commands as cmd
from dispatch.domain import events as ev
from dispatch.domain.choice import Recommendation
from dispatch.domain.hospital import Designation, HospitalRecord
from dispatch.domain.ids import HospitalId, UnitId
from dispatch.domain.incident import Location
from dispatch.domain.patient import Finding, FindingKind, FindingScalar
from dispatch.domain.rules import Rules
from dispatch.domain.unit import UnitRecord
from dispatch.domain.vocabulary import Capability, CapabilityState, Complaint, UnitKind
from dispatch.domain.world import World
from dispatch.engine.clocks import VirtualClock
from dispatch.engine.engine import Engine
from dispatch.pipeline.pathways import journey
from dispatch.pipeline.policies import POLICIES
from routing.geo import Wgs84
from routing.optimise import destination
from tests.fakes.ascii_city import DAY, KM_EAST_DEG, NORTH_WEST, REALM, SPEED_MPS, GridTravel
from tests.fakes.memory_journal import MemoryJournal

KM_PER_MINUTE = SPEED_MPS * 60 / 1e3
LEVELS = {"tertiary": "三级甲等", "secondary": "二级甲等", "first grade": "一级甲等"}
NOW = DAY + timedelta(hours=12)


def table(first: str) -> list[list[str]]:
    """The rows of the table that begins with the column `first`."""
    lines = (Path(__file__).parent / "vignettes.txt").read_text(encoding="utf-8").splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(first)) + 1
    rows = [[cell.strip() for cell in line.split("|")] for line in lines[start:]]
    width = lines[start - 1].count("|") + 1
    return [row for row in rows if len(row) == width]


VIGNETTES = table("patient")


def parts(cell: str) -> list[str]:
    return [] if cell == "-" else [part.strip() for part in cell.split(",")]


def at(minute: float) -> Wgs84:
    """On the road, which runs east."""
    km = minute * KM_PER_MINUTE
    return Wgs84(lat_deg=NORTH_WEST.lat_deg, lon_deg=NORTH_WEST.lon_deg + km * KM_EAST_DEG)


def hospital(row: list[str]) -> HospitalRecord:
    name, minute, house, maps, can = row
    return HospitalRecord(
        hospital_id=HospitalId(name),
        name_zh=f"{name}医院",
        name_en=f"Hospital {name}",
        level_zh=next((LEVELS[level] for level in LEVELS if level in house), None),
        point=at(float(minute)),
        coord_quality="poi",
        designations=tuple(Designation(kind=kind, grade="official", evidence="drawn") for kind in parts(maps)),
        standing=tuple((Capability(each), "official") for each in parts(can)),
        specialties=frozenset(set(parts(house)) & {"children", "maternity", "psychiatry"}),
        is_general="general" in house,
    )


def found(kind: FindingKind, minutes_ago: float, **named: FindingScalar) -> Finding:
    return Finding(
        kind=kind, observed_at=NOW - timedelta(minutes=minutes_ago), observer="U-A", parts=tuple(named.items())
    )


def findings(said: str, time: str) -> list[Finding]:
    """What crews took down, the earlier first; times that were taken on the way are findings too."""
    taken = []
    for i, (name, *rest) in enumerate(part.split() for part in parts(said)):
        match name:
            case "stemi":
                sent = {"transmitted_at": NOW.isoformat()} if rest else {}
                taken.append(found(FindingKind.ECG_12_LEAD, 2, stemi=True, **sent))
            case "weeks":
                taken.append(
                    Finding(kind=FindingKind.PREGNANCY_WEEKS, observed_at=NOW, observer="U-A", value=int(rest[0]))
                )
            case _:
                taken.append(found(FindingKind.SCALE, 9 - i, name=name, score=int(rest[0])))
    for kind, minute, *certainty in (part.split() for part in parts(time)):
        moment = None if minute == "unknown" else (NOW - timedelta(minutes=int(minute))).isoformat()
        named = FindingKind.ONSET if kind == "onset" else FindingKind.LAST_KNOWN_WELL
        taken.append(found(named, 1, at=moment, certainty=certainty[0] if certainty else "estimated"))
    return taken


async def decide(row: list[str]) -> Recommendation:
    """Take the call in this town, as its hospitals are, and say who goes where."""
    (age, complaint), said, time, minute, states = row[0].split(), *row[1:5]
    clock, journal = VirtualClock(NOW), MemoryJournal()
    travel = GridTravel()
    engine = Engine(
        realm=REALM,
        world=World(),
        journal=journal,
        clock=clock,
        ids=Ulids(REALM, clock, seeded_bytes(1)),
        travel=travel,
        positions=PositionBook(),
        rules=Rules(),
        policy=POLICIES["joint"],
    )
    crew = UnitRecord(
        unit_id=UnitId("U-A"),
        call_sign="救A",
        kind=UnitKind.ALS,
        negative_pressure=False,
        home_station_id="A",
        home=at(float(minute) + 3),
        record_class="simulated",
    )
    houses = tuple(hospital(each) for each in table("place"))
    await engine.execute(cmd.AdoptCatalogue(data_version="drawn", units=(crew,), hospitals=houses), actor="test")
    for name, capability, state in (part.split() for part in parts(states)):
        await engine.execute(
            cmd.ReportHospitalStatus(
                hospital_id=HospitalId(name),
                capability=Capability(capability),
                state=CapabilityState(state),
                source="test",
                expires_at=None,
                slots_free=None,
            ),
            actor="test",
        )
    call = cmd.ReceiveCall(
        received_at=NOW,
        complaint=Complaint(complaint),
        location=Location(point=at(float(minute)), accuracy_m=10, source="caller", cell=""),
        patients=(cmd.PatientDetails(age_years=int(age)),),
        findings=tuple(findings(said, time)),
    )
    await engine.execute(call, actor="test")
    made = [entry.event.recommendation for entry in journal.entries if isinstance(entry.event, ev.RecommendationMade)]
    return made[-1]


def test_there_are_forty_and_more_of_them() -> None:
    assert len(VIGNETTES) >= 40


@pytest.mark.parametrize("row", VIGNETTES, ids=lambda row: " · ".join(row[:5]))
async def test_a_patient_goes_where_the_table_says_and_for_the_reasons_it_gives(row: list[str]) -> None:
    made = await decide(row)
    assert made.hospital is not None
    given = {reason.code for reason in made.hospital.reasons}
    given |= {f"{kept_out}:{rule}" for rule, kept in made.excluded_hospitals for kept_out in kept}
    given |= {made.outcome.rule} if made.outcome else set()
    wanted = set(row[6].replace("-", "").split())
    assert (made.hospital_id, wanted - given) == (row[5], set())


async def test_between_equals_the_nearest_hospital_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is ever sure enough here: the stroke that would pass N by goes to N after all."""
    monkeypatch.setattr(journey, "SURE_SHARE", 1.01)
    made = await decide(VIGNETTES[0])
    assert made.outcome is not None
    assert (made.hospital_id, made.outcome.rule) == ("N", "lvo_equivalent")


async def test_a_probability_without_a_positive_scale_passes_nobody_by(monkeypatch: pytest.MonkeyPatch) -> None:
    """RACE 4 is one short of its limit. Were every such patient's vessel closed, he would still go to the nearest hospital."""
    monkeypatch.setattr(destination, "p_lvo_by_race", lambda _: 0.99)
    made = await decide(["68 stroke", "race 4", "onset 40", "0", "-", "N", "-"])
    assert made.outcome is not None
    by_hospital = {option.hospital_id: option for option in made.outcome.options}
    assert made.hospital_id == "N"
    assert by_hospital[HospitalId("C")].n_best > by_hospital[HospitalId("N")].n_best
