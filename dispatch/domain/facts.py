"""What a decision is given: the open needs, every unit and hospital in rows, and the travel times between them.

Row order is by id, so that ties fall the same way every time. Arrays are float64; `n` units, `m` needs, `h` hospitals.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt

from dispatch.domain.choice import ModelledOutcome, Reason
from dispatch.domain.hospital import Hospital
from dispatch.domain.ids import HospitalId, UnitId
from dispatch.domain.incident import Incident
from dispatch.domain.patient import Patient
from dispatch.domain.rules import DivertRules
from dispatch.domain.unit import FIX_UNUSABLE_AFTER_S, Fix, Unit
from dispatch.domain.vocabulary import UnitKind
from routing.geo import FloatArray
from routing.travel_time.port import TravelTimes

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """An open incident that wants `missing` more units (0 when only its destination is looked at again).

    Crews in `declined` have said no to it. Crews in `bound` are on their way and could be sent elsewhere; `n_switches` counts how
    often it has changed such a crew already. Only crews of the kinds `must_be` may go, unless it is empty (`response.py`). `met_at`:
    when a crew was first with the patient, or at least at the scene; `left_at`: when one left with a patient.
    """

    incident: Incident
    patients: tuple[Patient, ...]
    missing: int
    declined: frozenset[UnitId] = frozenset()
    bound: tuple[UnitId, ...] = ()
    n_switches: int = 0
    must_be: frozenset[UnitKind] = frozenset()
    met_at: datetime | None = None
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """Which rule keeps each row out: `codes[i]` is 0 for none, else 1 + its place in `names`."""

    codes: IntArray
    names: tuple[str, ...]

    @classmethod
    def of(cls, rules: Sequence[str | None]) -> "Ruled":
        names = tuple(sorted({rule for rule in rules if rule is not None}))
        code_of = {None: 0} | {name: code for code, name in enumerate(names, start=1)}
        return cls(codes=np.array([code_of[rule] for rule in rules], dtype=np.int64), names=names)

    def then(self, other: "Ruled") -> "Ruled":
        """The rows of `self` where it has a rule, else those of `other`."""
        shifted = np.where(other.codes > 0, other.codes + len(self.names), 0)
        return Ruled(codes=np.where(self.codes > 0, self.codes, shifted), names=self.names + other.names)

    def without(self, name: str) -> "Ruled":
        """As if there were no such rule."""
        return Ruled(codes=np.where(self.under(name), 0, self.codes), names=self.names)

    def under(self, name: str) -> BoolArray:
        """The rows that this rule keeps out."""
        under: BoolArray = self.codes == self.names.index(name) + 1
        return under

    @property
    def is_eligible(self) -> BoolArray:
        eligible: BoolArray = self.codes == 0
        return eligible

    def rows_by_rule(self) -> dict[str, list[int]]:
        """Row numbers under each rule that keeps any out."""
        grouped: dict[str, list[int]] = {}
        for row, code in enumerate(self.codes.tolist()):
            if code:
                grouped.setdefault(self.names[code - 1], []).append(row)
        return grouped


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRows:
    """All units; `ruled` says which are kept out of every choice, `kinds[i]` is the place of unit i's kind in `UnitKind`.

    `fixes[i]` is None for a unit that has not reported: it is then taken to be at its base. `fix_age_s[i]` is NaN there.
    `cover_loss[i]`: the share of demand that is expected to be covered less when the unit leaves; 0 where that is not known.
    `turned_out_s[i]`: how long its crew has been getting ready; infinity when it is driving, 0 when it rests. `at_hospital_s[i]`: how
    long a crew has been at a hospital with its patient; NaN for all others.
    """

    units: tuple[Unit, ...]
    unit_ids: tuple[UnitId, ...]
    row_of: Mapping[UnitId, int]
    kinds: IntArray
    ruled: Ruled
    fixes: tuple[Fix | None, ...]
    lat_deg: FloatArray
    lon_deg: FloatArray
    fix_age_s: FloatArray
    turned_out_s: FloatArray
    at_hospital_s: FloatArray
    cover_loss: FloatArray

    @property
    def is_unlocated(self) -> BoolArray:
        """Whose fix is too old to go by, bool[n]. Who has never reported is taken to be at its base."""
        unlocated: BoolArray = self.fix_age_s > FIX_UNUSABLE_AFTER_S
        return unlocated


@dataclass(frozen=True, slots=True, kw_only=True)
class HospitalRows:
    """All hospitals; `inbound[j]` patients are already on their way to hospital j."""

    hospitals: tuple[Hospital, ...]
    lat_deg: FloatArray
    lon_deg: FloatArray
    inbound: IntArray

    @property
    def hospital_ids(self) -> tuple[HospitalId, ...]:
        return tuple(hospital.hospital_id for hospital in self.hospitals)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suitability:
    """How well each unit (or hospital) suits one need: rules that keep it out, and soft penalties in seconds (negative: bonus)."""

    ruled: Ruled
    terms: dict[str, FloatArray]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """What is modelled for one need's ways to reperfusion, and the arguments for and against hospitals, by row."""

    outcome: ModelledOutcome
    reasons: Mapping[int, tuple[Reason, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """The crew in `row` is at a hospital; once free it is expected at the scene in `response_s`. `soft_s`: its soft penalties."""

    row: int
    response_s: float
    soft_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """`to_scene` holds legs [n, m] and `to_hospital` legs [m, h]; rows of units that are ruled out hold infinity.

    `bound_to[i]` is the need to which unit i is on its way, where the choice may send it elsewhere; else -1. `weighings`, by need:
    those whose ways to reperfusion were weighed. `awaited`, by need: those for which a crew that comes free soon is worth waiting for.
    """

    needs: tuple[Need, ...]
    units: UnitRows
    hospitals: HospitalRows
    unit_suitability: tuple[Suitability, ...]
    hospital_suitability: tuple[Suitability, ...]
    to_scene: TravelTimes
    to_hospital: TravelTimes
    data_version: str
    decided_at: datetime
    bound_to: IntArray
    divert: DivertRules
    weighings: Mapping[int, Weighing] = field(default_factory=dict)
    awaited: Mapping[int, Awaited] = field(default_factory=dict)
