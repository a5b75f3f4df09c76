"""Hospitals: designations with their evidence, and a live ledger of capabilities in which silence is unknown."""

from dataclasses import dataclass
from datetime import date, datetime

from dispatch.domain.casualties import CasualtyCapacity
from dispatch.domain.ids import HospitalId
from dispatch.domain.vocabulary import Capability, CapabilityState
from routing.geo import Wgs84


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
    version: int = 0

    @property
    def hospital_id(self) -> HospitalId:
        return self.record.hospital_id

    def status_of(self, capability: Capability) -> CapabilityStatus | None:
        return next((status for name, status in self.capabilities if name is capability), None)

    def state_of(self, capability: Capability) -> CapabilityState:
        """What it says it can do now; nothing said, or expired, is unknown."""
        status = self.status_of(capability)
        return status.state if status else CapabilityState.UNKNOWN

    def is_designated(self, kind: str, on: date) -> bool:
        """Member of map `kind` on that day, as far as its sources tell (an undated membership counts for today's decisions)."""
        return any(
            d.kind == kind and (d.since is None or d.since <= on) and (d.until is None or on < d.until)
            for d in self.record.designations
        )
