"""Simulated callers of a live demonstration: places by estimated residents, complaints by the mix of a real county.

The mix is that of the transplanted drill weeks (Montgomery County 2016, shares of 9,083 calls), rounded; calls come at random at
a rate that can be turned up and down.
"""

from bisect import bisect
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Final

from dispatch.domain.commands import PatientDetails, ReceiveCall
from dispatch.domain.incident import Location
from dispatch.domain.vocabulary import Complaint, Sex
from dispatch.drills.agenda import Script
from dispatch.engine.engine import Engine
from maps_data.records import PopulationCell
from routing.cells import cell_of, cell_text, centre
from routing.geo import destination

ACTOR: Final = "caller:simulated"
LOOK_AGAIN: Final = timedelta(seconds=2)
WITHIN_CELL_M: Final = 400.0  # an H3 cell of resolution 8 has edges of some 530 m
MIX: Final = {
    Complaint.ACUTE_CORONARY: 985,
    Complaint.MEDICAL_OTHER: 969,
    Complaint.RESPIRATORY: 961,
    Complaint.TRAUMA_FALL: 864,
    Complaint.TRAUMA_TRAFFIC: 672,
    Complaint.UNKNOWN: 650,
    Complaint.ABDOMINAL: 528,
    Complaint.TRAUMA_HEAD: 511,
    Complaint.SYNCOPE: 338,
    Complaint.SEIZURE: 312,
    Complaint.ALTERED_MENTAL_STATUS: 279,
    Complaint.UNCONSCIOUS: 274,
    Complaint.OVERDOSE_POISONING: 243,
    Complaint.HEMORRHAGE: 236,
    Complaint.STROKE: 232,
    Complaint.TRAUMA_OTHER: 218,
    Complaint.DIABETIC: 160,
    Complaint.CARDIAC_ARREST: 138,
    Complaint.INFECTION_FEVER: 80,
    Complaint.OBSTETRIC: 32,
}


class DrawnCalls:
    """Calls from all over the city, every one marked as simulated."""

    def __init__(self, cells: Sequence[PopulationCell]) -> None:
        self._cells = cells
        self._residents = list(accumulate(cell.population_estimate for cell in cells))

    def call(self, chance: Random, received_at: datetime) -> ReceiveCall:
        """Somebody rings at `received_at`; who, where and why is `chance`'s."""
        row = bisect(self._residents, chance.random() * self._residents[-1])
        home = self._cells[min(row, len(self._cells) - 1)]
        point = destination(centre(home.cell), chance.uniform(0.0, 360.0), WITHIN_CELL_M * chance.random() ** 0.5)
        complaint = chance.choices(list(MIX), weights=list(MIX.values()))[0]
        return ReceiveCall(
            received_at=received_at,
            complaint=complaint,
            location=Location(point=point, accuracy_m=50.0, source="caller", cell=cell_text(cell_of(point, 9))),
            address_text=f"{home.district_zh}{home.subdistrict_zh or ''}",
            patients=(PatientDetails(age_years=chance.randint(1, 95), sex=chance.choice((Sex.MALE, Sex.FEMALE))),),
            is_simulated=True,
        )


class DemoCallers:
    """Such calls at `per_hour` (0: none)."""

    def __init__(self, *, engine: Engine, cells: Sequence[PopulationCell], chance: Random) -> None:
        self.per_hour = 0.0
        self._engine, self._calls, self._chance = engine, DrawnCalls(cells), chance

    async def script(self) -> Script:
        """Ring, or look again soon: the chance of a call in each short step is its expected number."""
        while True:
            expected = self.per_hour * LOOK_AGAIN.total_seconds() / 3600.0
            while expected > 0.0:
                if self._chance.random() < min(1.0, expected):
                    call = self._calls.call(self._chance, self._engine.clock.now())
                    await self._engine.execute(call, actor=ACTOR)
                expected -= 1.0
            yield self._engine.clock.now() + LOOK_AGAIN
