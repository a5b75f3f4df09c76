"""A plan for a scene with many patients: gathering its facts, and distributing everybody over crews and hospitals.

The engine, the embedded city and its estimated travel times are the real ones; the journal is in memory. One patient in five is
tagged red, three in ten yellow; a unit comes for each. The floor takes patient after patient, red first, to the nearest hospital that
has a place left: no units, no times of receipt, no needs, and nobody who loses for another.
"""

import asyncio
from typing import Final

import numpy as np

from dispatch.adapters.travel import estimate_of
from dispatch.domain.casualties import CasualtyPlan
from dispatch.domain.commands import PatientDetails, ReceiveCall
from dispatch.domain.incident import Incident, Location
from dispatch.domain.vocabulary import Complaint, TriageTag
from dispatch.engine.casualties import CasualtyGatherer
from dispatch.pipeline import casualties
from dispatch.pipeline.casualty_scene import Case
from maps_data.catalogue import load_catalogue
from routing.geo import Wgs84
from tests.bench.decision import AT, room_of
from tests.bench.measure import Findings, Stopwatch, Table, Value, below, percentile_ms, ratio, significant

N_UNITS: Final = 600
SCENES: Final = (30, 100, 300)
LIMIT_MS: Final = 50.0
TAGS: Final = (*[TriageTag.RED] * 2, *[TriageTag.YELLOW] * 3, *[TriageTag.GREEN] * 5)

COLUMNS: Final = {
    "patients": "伤员 patients",
    "n": "n",
    "hospitals": "用到的医院 hospitals used",
    "unplaced": "未安排 unplaced",
    "gather_p50_ms": "采集 gather CPU p50 ms",
    "plan_p50_ms": "方案 plan CPU p50 ms",
    "p99_ms": "合计 both CPU p99 ms",
    "floor_ms": "下限 floor CPU p50 ms",
    "ratio": "÷ floor",
}


def measure(*, is_quick: bool) -> Findings:
    """Rows by number of patients; the limit is on 300, in processor time."""
    rows = [asyncio.run(_row(n_patients, 20 if is_quick else 200)) for n_patients in SCENES]
    promise = "300 名伤员的方案(采集与计算),处理器时间 p99 · a plan for 300 patients, gathered and made, CPU p99"
    return Findings(
        title="伤员众多 · Mass casualties",
        method=(
            "一处现场、全市医院与车组;下限为依次送往尚有位置的最近医院。"
            " One scene, the hospitals and units of the city; the floor takes everybody to the nearest hospital with a place."
        ),
        tables=[Table(title="一个方案的用时 · Time of one plan", columns=COLUMNS, rows=rows)],
        limits=[below(promise, float(rows[-1]["p99_ms"] or 0), LIMIT_MS, "ms")],
    )


async def _row(n_patients: int, n: int) -> dict[str, Value]:
    catalogue = load_catalogue()
    room = await room_of(catalogue, N_UNITS, estimate_of(catalogue))
    gatherer = CasualtyGatherer(room.positions, room.travel)
    place = Location(point=Wgs84(lat_deg=22.5431, lon_deg=114.0579), accuracy_m=20.0, source="caller", cell="")
    patients = tuple(PatientDetails(triage_tag=TAGS[i % len(TAGS)]) for i in range(n_patients))
    crash = ReceiveCall(received_at=AT, complaint=Complaint.TRAUMA_TRAFFIC, location=place, patients=patients)
    await room.engine.execute(crash, actor="bench")
    incident = _scene(room.engine.world.open_incidents())
    gathering, planning, floor = Stopwatch(), Stopwatch(), Stopwatch()
    made: CasualtyPlan | None = None
    for turn in range(-3, n):
        if turn == 0:
            gathering, planning, floor = Stopwatch(), Stopwatch(), Stopwatch()
        room.move()
        with gathering:
            facts = await gatherer.facts(room.engine.world, incident, AT)
        assert facts is not None
        with planning:
            made = casualties.plan(facts)
        case = Case.of(facts)
        with floor:
            _nearest(case)
    assert made is not None
    floor_ms = percentile_ms(floor.cpu_s, 50)
    both_s = np.add(gathering.cpu_s, planning.cpu_s)
    return {
        "patients": n_patients,
        "n": n,
        "hospitals": len({way.hospital_id for way in made.patients}),
        "unplaced": sum(unplaced.n for unplaced in made.unplaced),
        "gather_p50_ms": significant(percentile_ms(gathering.cpu_s, 50)),
        "plan_p50_ms": significant(percentile_ms(planning.cpu_s, 50)),
        "p99_ms": significant(percentile_ms(both_s, 99)),
        "floor_ms": significant(floor_ms),
        "ratio": ratio(percentile_ms(both_s, 50), floor_ms),
    }


def _scene(incidents: list[Incident]) -> Incident:
    return next(incident for incident in incidents if incident.is_mass_casualty)


def _nearest(case: Case) -> list[int]:
    """The floor."""
    left, taken = case.houses.beds.copy(), []
    order = np.argsort(case.houses.drive_s, kind="stable")
    for tag in np.sort(case.problem.tag).tolist():
        with_place = order[left[order, tag] > 0]
        if len(with_place):
            left[with_place[0], tag] -= 1
            taken.append(int(with_place[0]))
    return taken
