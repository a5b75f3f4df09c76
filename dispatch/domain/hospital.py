"""Hospitals: designations with their evidence, and a live ledger of capabilities in which silence is unknown."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from dispatch.domain.casualties import CasualtyCapacity
from dispatch.domain.ids import HospitalId, PatientId
from dispatch.domain.patient import Patient
from dispatch.domain.reception import Contradiction, Slot
from dispatch.domain.vocabulary import Capability, CapabilityState
from routing.geo import Wgs84

# A patient may be brought: it says so, or says nothing.
_OPEN = frozenset({CapabilityState.AVAILABLE, CapabilityState.UNKNOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Designation:
    """Membership of the stroke or STEMI map. `grade` is `official`, `registry` or `inferred`; an unknown date is None."""

    kind: str
    grade: str
    evidence: str
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HospitalRecord:
    """What the catalogue says of a hospital.

    `standing` are capabilities that it is believed to have at all (with grade), apart from what it reports now;
    `is_general` is False for specialised houses (children, maternity, tumour ...) that take no general emergency.
    """

    hospital_id: HospitalId
    name_zh: str
    name_en: str
    level_zh: str | None
    point: Wgs84
    coord_quality: str
    designations: tuple[Designation, ...] = ()
    standing: tuple[tuple[Capability, str], ...] = ()
    specialties: frozenset[str] = frozenset()
    is_general: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CapabilityStatus:
    """A reported state: the value, who said so, when, and until when it may be believed."""

    state: CapabilityState
    source: str
    updated_at: datetime
    expires_at: datetime
    slots_free: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hospital:
    record: HospitalRecord
    capabilities: tuple[tuple[Capability, CapabilityStatus], ...] = ()
    casualty_capacity: CasualtyCapacity | None = None
    """None: nobody has said, and it is assumed."""
    slots: tuple[Slot, ...] = ()
    contradictions: tuple[tuple[Capability, Contradiction], ...] = ()
    version: int = 0

    @property
    def hospital_id(self) -> HospitalId:
        return self.record.hospital_id

    def status_of(self, capability: Capability) -> CapabilityStatus | None:
        return next((status for name, status in self.capabilities if name is capability), None)

    def state_of(self, capability: Capability) -> CapabilityState:
        """What is believed of it now. Nothing said, expired, or contradicted at the door is unknown; busy while all its places are
        kept for patients."""
        status = self.status_of(capability)
        state = status.state if status else CapabilityState.UNKNOWN
        if state in _OPEN and self.slots and self.slots_of(capability) and self.slots_free(capability) <= 0:
            return CapabilityState.BUSY
        if state is CapabilityState.AVAILABLE and self.contradiction_of(capability) is not None:
            return CapabilityState.UNKNOWN
        return state

    def slots_of(self, capability: Capability) -> tuple[Slot, ...]:
        return tuple(slot for slot in self.slots if slot.capability is capability)

    def slot_of(self, capability: Capability, patient_id: PatientId) -> Slot | None:
        """The place that is kept here for a patient."""
        return next((slot for slot in self.slots_of(capability) if slot.patient_id == patient_id), None)

    def is_kept_for(self, patients: Iterable[Patient], capability: Capability) -> bool:
        """Whether a place of it is kept for one of these."""
        return bool(self.slots) and any(self.slot_of(capability, patient.patient_id) for patient in patients)

    def slots_free(self, capability: Capability) -> int:
        """How many more patients can have a place kept; one without a number, unless busy or closed.

        All places that are kept count against a reported number, as if it left them out: rather one too few than two patients in one
        lab.
        """
        status = self.status_of(capability)
        state = status.state if status else CapabilityState.UNKNOWN
        if state not in _OPEN:
            return 0
        n_slots = 1 if status is None or status.slots_free is None else status.slots_free
        return n_slots - len(self.slots_of(capability))

    def contradiction_of(self, capability: Capability) -> Contradiction | None:
        """What was observed against its claim since it was made."""
        return next((found for name, found in self.contradictions if name is capability), None)

    def is_designated(self, kind: str, on: date) -> bool:
        """Member of map `kind` on that day, as far as its sources tell (an undated membership counts for today's decisions)."""
        return any(
            d.kind == kind and (d.since is None or d.since <= on) and (d.until is None or on < d.until)
            for d in self.record.designations
        )
