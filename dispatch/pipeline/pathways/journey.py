"""A patient's way to reperfusion in time: from now to the crew, off the scene, through doors; what each stage is expected to take.

Medians and spreads of the logarithm. What no source was found for is a choice of ours, to be replaced by each hospital's own records.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

import numpy as np

from dispatch.domain.choice import Reason
from dispatch.domain.facts import HospitalRows, Need, Suitability
from dispatch.domain.hospital import Hospital
from dispatch.domain.ids import UnitId
from dispatch.domain.vocabulary import Capability
from dispatch.pipeline.pathways.houses import busy_s, is_known_to_have
from routing.geo import BoolArray, FloatArray
from routing.optimise.destination import Stage
from routing.optimise.robustness import Z_90

DOOR_TO_NEEDLE_S = 3090
DOOR_TO_GROIN_S = 5400
DOOR_IN_DOOR_OUT_S = 5520
DOOR_TO_DEVICE_S = 4500
KNOWN_DOOR_S = 2700
MSU_TO_NEEDLE_S = 1800
HOSPITAL_SIGMA = 0.35
SCENE_SIGMA = 0.45
ESTIMATED_SIGMA = 0.25
SURE_SHARE: Final = 0.6
SIGMA_STEP: Final = 0.05
MAX_OPTIONS: Final = 3


class Column(IntEnum):
    """Which stages share their chance; the last column of the worlds is P(LVO)'s."""

    ONSET = 0
    SCENE = 1
    DRIVE = 2
    OTHER_DRIVE = 3
    TRANSFER = 4
    NEEDLE = 5
    DEPARTURE = 6
    TREATMENT = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Angiography:
    """Which hospitals are known to do it, bool[h], and how long a patient waits there, float64[h]: a cath lab, or thrombectomy."""

    is_known: BoolArray
    wait_s: FloatArray

    @classmethod
    def of(cls, hospitals: Sequence[Hospital], capability: Capability) -> "Angiography":
        """As the hospitals are now."""
        return cls(
            is_known=np.array([is_known_to_have(hospital, capability) for hospital in hospitals], dtype=np.bool_),
            wait_s=np.array([busy_s(hospital, capability) for hospital in hospitals], dtype=np.float64),
        )

    def kept_for(self, need: Need, hospitals: Sequence[Hospital], capability: Capability) -> "Angiography":
        """The same to a need: nobody waits where a place is kept for him."""
        kept = [row for row, hospital in enumerate(hospitals) if hospital.is_kept_for(need.patients, capability)]
        if not kept:
            return self
        wait_s = self.wait_s.copy()
        wait_s[kept] = 0.0
        return replace(self, wait_s=wait_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """One need's times in seconds from now; negative: it has happened. Arrays float64 by hospital row.

    `met_s`: the crew is with the patient; `leaves_s`: it leaves with him. `drive_s` [h] from the scene, `queue_s` [h] for those on
    their way there, `transfer_s` [h, h] between hospitals, from row to column. `angiography` is what the pathway treats with.
    `drive_sigma`: spread of a drive. `msu`: the mobile stroke unit that could be at the scene first, when.
    """

    need: Need
    hospitals: HospitalRows
    suitability: Suitability
    met_s: float
    leaves_s: float
    drive_s: FloatArray
    queue_s: FloatArray
    transfer_s: FloatArray
    angiography: Angiography
    drive_sigma: float
    msu: tuple[UnitId, float] | None

    @property
    def may_take(self) -> BoolArray:
        """Hospitals that suit and can be reached."""
        eligible: BoolArray = self.suitability.ruled.is_eligible & (self.drive_s < math.inf)
        return eligible

    @property
    def price_s(self) -> FloatArray:
        """What each hospital costs in seconds, as the choice prices it."""
        return sum(self.suitability.terms.values(), self.drive_s + self.queue_s)

    def until_left(self) -> list[Stage]:
        """Now → off the scene."""
        return [Stage(max(0.0, self.leaves_s), SCENE_SIGMA, Column.SCENE)]

    def drive(self, row: int, *, is_other: bool = False) -> Stage:
        """Scene → hospital; with `is_other` its error is another one's than that of the first hospital's drive."""
        return Stage(float(self.drive_s[row]), self.drive_sigma, Column.OTHER_DRIVE if is_other else Column.DRIVE)

    def transfer(self, row: int, to: int) -> list[Stage]:
        """Door in → door of the second hospital."""
        drive_s = float(self.transfer_s[row, to])
        return [
            Stage(DOOR_IN_DOOR_OUT_S, HOSPITAL_SIGMA, Column.DEPARTURE),
            Stage(drive_s, self.drive_sigma, Column.TRANSFER),
        ]


def total_s(stages: Sequence[Stage]) -> float:
    """The sum of the medians."""
    return sum(stage.median_s for stage in stages)


def in_hospital(seconds: float, column: Column) -> Stage:
    return Stage(seconds, HOSPITAL_SIGMA, column)


def in_steps(sigma: float) -> float:
    """Rounded, so that few factors have to be kept."""
    return round(round(sigma / SIGMA_STEP) * SIGMA_STEP, 2)


def drive_sigma(p90_factor: float) -> float:
    """The spread of a drive whose stated time is exceeded by this factor once in ten."""
    return in_steps(math.log(max(p90_factor, 1.0)) / Z_90)


def minutes(seconds: float) -> int:
    return round(seconds / 60)


def plus(code: str, **params: str | float) -> Reason:
    """An argument for a hospital."""
    return Reason(code=code, sign="+", params=tuple(params.items()))


def minus(code: str, **params: str | float) -> Reason:
    """An argument against it, or what is missing."""
    return Reason(code=code, sign="-", params=tuple(params.items()))
