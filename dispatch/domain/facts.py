"""What a decision is given: the open needs, every unit and hospital in rows, and the travel times between them.

Row order is by id, so that ties fall the same way every time. Arrays are float64; `n` units, `m` needs, `h` hospitals.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from dispatch.domain.hospital import Hospital
from dispatch.domain.ids import HospitalId, UnitId
from dispatch.domain.incident import Incident
from dispatch.domain.patient import Patient
from dispatch.domain.unit import Fix, Unit
from routing.geo import FloatArray
from routing.travel_time.port import TravelTimes

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """An open incident that wants `missing` more units (0 when only its recommendation is looked at again)."""

    incident: Incident
    patients: tuple[Patient, ...]
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRows:
    """All units; `rules[i]` is the rule that keeps unit i out of every choice, or None.

    `fixes[i]` is None for a unit that has not reported: it is then taken to be at its base. `fix_age_s[i]` is NaN there.
    """

    units: tuple[Unit, ...]
    rules: tuple[str | None, ...]
    fixes: tuple[Fix | None, ...]
    lat_deg: FloatArray
    lon_deg: FloatArray
    fix_age_s: FloatArray

    @property
    def unit_ids(self) -> tuple[UnitId, ...]:
        return tuple(unit.unit_id for unit in self.units)


@dataclass(frozen=True, slots=True, kw_only=True)
class HospitalRows:
    """All hospitals; `inbound[j]` patients are already on their way to hospital j."""

    hospitals: tuple[Hospital, ...]
    lat_deg: FloatArray
    lon_deg: FloatArray
    inbound: npt.NDArray[np.int64]

    @property
    def hospital_ids(self) -> tuple[HospitalId, ...]:
        return tuple(hospital.hospital_id for hospital in self.hospitals)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suitability:
    """How well each unit (or hospital) suits one need.

    `rules[i]` names what makes row i unsuitable, None where it is suitable; `terms` are soft penalties in seconds (negative: bonus).
    """

    rules: tuple[str | None, ...]
    terms: dict[str, FloatArray]

    @property
    def is_eligible(self) -> BoolArray:
        return np.fromiter((rule is None for rule in self.rules), dtype=np.bool_, count=len(self.rules))


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """`to_scene` holds legs [n, m] and `to_hospital` legs [m, h]; rows of units that are ruled out hold infinity."""

    needs: tuple[Need, ...]
    units: UnitRows
    hospitals: HospitalRows
    unit_suitability: tuple[Suitability, ...]
    hospital_suitability: tuple[Suitability, ...]
    to_scene: TravelTimes
    to_hospital: TravelTimes
    data_version: str
    decided_at: datetime
