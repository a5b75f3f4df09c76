"""What chance decides in a simulation, and how it is distributed.

Every draw depends on the seed and on names only (a call, a step), never on the order of events: the same call has the same luck
under every policy, so that two policies can be compared pair by pair (common random numbers).
Durations are lognormal with a stated median; where a source gives only the median, the spread is an assumption and says so.
"""

import math
from dataclasses import dataclass
from random import Random
from typing import Final

from dispatch.domain.assignment import Disposition


@dataclass(frozen=True, slots=True)
class Lognormal:
    """exp(N(ln median, sigma²)): a median in the unit of the quantity (seconds, or 1 for a factor)."""

    median: float
    sigma: float

    def of(self, chance: Random) -> float:
        return self.median * math.exp(self.sigma * chance.gauss(0.0, 1.0))


CALL_TAKING_S: Final = Lognormal(60.0, 0.5)
"""Ring → call entered. Median 60 s as in the planning study on the transplanted week; San Francisco's week 2017-01 has a median
of 74 s with quartiles 18 and 118 s. The spread is assumed."""

ACKNOWLEDGEMENT_S: Final = Lognormal(8.0, 0.4)
"""Page → acknowledged. Assumed: no shared log records it; one crew in about 2,000 lets the 30 s of the re-offer pass."""

TURNOUT_S: Final = Lognormal(60.0, 0.3)
"""Page → wheels rolling. Median 60 s as in the planning study; the city's target is three minutes. The spread is assumed."""

DRIVE_FACTOR: Final = Lognormal(1.0, 0.2)
"""Actual ÷ expected drive: the planning study's noise per call."""

TO_PATIENT_S: Final = Lognormal(126.0, 0.5)
"""Kerb → patient ("vertical time"): median 2.1 min in New York. The spread is assumed."""

SCENE_TRANSPORTED_S: Final = Lognormal(1091.0, 0.5)
"""On scene → left, where the log is silent: San Francisco 2017-01, 1,699 responses, quartiles 761 and 1,478 s."""

SCENE_NOT_TRANSPORTED_S: Final = Lognormal(874.0, 1.0)
"""On scene → available without a patient: the same, 381 responses, quartiles 289 and 2,210 s; its longest stays are cut short."""

HOSPITAL_S: Final = Lognormal(1910.0, 0.3)
"""At hospital → available, where the log is silent: the same, 1,682 responses, quartiles 1,590 and 2,373 s."""

TRANSPORTED_SHARE: Final = 0.75
"""Of calls with an ambulance, where the log is silent: San Francisco 2018, six neighbourhoods, 20,142 calls."""

HANDOVER_SHARE: Final = 0.5
"""Transfer of care as a share of the time at hospital. Assumed: no shared log records it."""

NOT_TRANSPORTED_AS: Final = (
    (0.40, Disposition.NO_PATIENT),
    (0.775, Disposition.REFUSED),
    (0.905, Disposition.HANDED_TO_OTHER),
    (0.945, Disposition.DECEASED),
    (1.0, Disposition.TREATED_ON_SCENE),
)
"""Cumulated shares of how calls without transport ended in San Francisco (2017-01 and 2018, 4,886 calls that were not called off):
no merit, not found or gone; declined or against advice; police or fire; medical examiner; other."""


class Draws:
    """Independent sources of chance by name, all from one seed."""

    def __init__(self, seed: int, *, drive_factor: Lognormal = DRIVE_FACTOR) -> None:
        self.seed, self.drive_factor = seed, drive_factor

    def of(self, *names: str | int) -> Random:
        """The source that belongs to these names; the same ones give the same draws again."""
        return Random(f"{self.seed}/{'/'.join(map(str, names))}")


def disposition_without_transport(chance: Random) -> Disposition:
    """How a mission ends that carries nobody."""
    lot = chance.random()
    return next(disposition for up_to, disposition in NOT_TRANSPORTED_AS if lot <= up_to)
