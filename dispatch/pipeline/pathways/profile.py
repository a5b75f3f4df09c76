"""What of a need the rules for hospitals look at: its pathway, how urgent it is, whose age it is, and what was found."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Final

from dispatch.domain.facts import Need
from dispatch.domain.incident import Incident
from dispatch.domain.patient import Finding, FindingKind, Patient
from dispatch.domain.scales import Reading, latest_readings
from dispatch.domain.vocabulary import Complaint, Pathway, Priority

CHILD_BELOW_YEARS = 14
OBSTETRIC_FROM_WEEKS: Final = 20
PRETERM_BELOW_WEEKS: Final = 34
SURGERY_OR_INTENSIVE_CARE: Final = frozenset({Pathway.TRAUMA, Pathway.BURN, Pathway.POISONING})
ON_A_MAP: Final = frozenset({Pathway.STROKE, Pathway.STEMI})


class Age(IntEnum):
    """A newborn is a patient in the first year: ages come in whole years."""

    NEWBORN = 0
    CHILD = 1
    ADULT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Needs with the same profile suit the same hospitals.

    `is_pregnant` from `OBSTETRIC_FROM_WEEKS`, `is_preterm` below `PRETERM_BELOW_WEEKS`; `has_stemi`: read from a 12-lead ECG.
    """

    pathway: Pathway
    priority: Priority
    age: Age
    is_head_injured: bool
    is_burned: bool
    is_pregnant: bool
    is_preterm: bool
    has_stemi: bool

    @classmethod
    def of(cls, incident: Incident, patients: Iterable[Patient]) -> "Profile":
        """That of an incident and those of its patients who go together: the oldest one's age, and what was found of any."""
        patients = tuple(patients)
        found = [finding for patient in patients for finding in patient.findings]
        weeks = _weeks(found)
        return cls(
            pathway=incident.pathway,
            priority=incident.priority,
            age=_age(patients),
            is_head_injured=incident.complaint is Complaint.TRAUMA_HEAD,
            is_burned=incident.pathway is Pathway.BURN or any(map(is_burn, found)),
            is_pregnant=weeks is not None and weeks >= OBSTETRIC_FROM_WEEKS,
            is_preterm=weeks is not None and OBSTETRIC_FROM_WEEKS <= weeks < PRETERM_BELOW_WEEKS,
            has_stemi=any(each.kind is FindingKind.ECG_12_LEAD and each.part("stemi") is True for each in found),
        )

    @property
    def is_red(self) -> bool:
        return self.priority is Priority.RED

    @property
    def map_kind(self) -> str | None:
        """The treatment map whose hospitals take the need; the maps are those of adults."""
        return str(self.pathway) if self.pathway in ON_A_MAP and self.age is Age.ADULT else None


def of_need(need: Need) -> Profile:
    return Profile.of(need.incident, need.patients)


def is_burn(finding: Finding) -> bool:
    """Whether an injury is called a burn."""
    said = str(finding.value or [part for _, part in finding.parts]).lower()
    return finding.kind is FindingKind.INJURY and ("burn" in said or "烧伤" in said)


def severity_of(need: Need) -> Reading | None:
    """The latest scale that speaks of a large-vessel occlusion."""
    found = [finding for patient in need.patients for finding in patient.findings]
    readings = [said for _, said in latest_readings(found) if said.is_lvo_suspected is not None]
    return readings[-1] if readings else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """From when a stroke's time counts: `kind` is `onset` or `last_known_well`, and says which of them it is."""

    kind: str
    at: datetime
    is_exact: bool


def moment_of(need: Need) -> Moment | None:
    """Onset where anybody knows it, else last known well; None when neither is known. What was found later holds; a caller's word,
    which came with the call, is an estimate."""
    found = [finding for patient in need.patients for finding in patient.findings]
    told = {FindingKind.ONSET: need.incident.onset_at, FindingKind.LAST_KNOWN_WELL: need.incident.last_known_well_at}
    for kind, told_at in told.items():
        latest = max((f for f in found if f.kind is kind), key=lambda f: f.observed_at, default=None)
        if latest is None and told_at is not None:
            return Moment(kind=str(kind), at=told_at, is_exact=False)
        if latest is not None and isinstance(at := latest.part("at"), str):
            return Moment(kind=str(kind), at=datetime.fromisoformat(at), is_exact=latest.part("certainty") == "exact")
    return None


def _age(patients: Iterable[Patient]) -> Age:
    """The oldest's, as far as ages are known: the hospital has to take everybody."""
    oldest = max((p.age_years for p in patients if p.age_years is not None), default=CHILD_BELOW_YEARS)
    if oldest == 0:
        return Age.NEWBORN
    return Age.CHILD if oldest < CHILD_BELOW_YEARS else Age.ADULT


def _weeks(found: Iterable[Finding]) -> float | None:
    """The latest word on a pregnancy."""
    weeks = [f.value for f in found if f.kind is FindingKind.PREGNANCY_WEEKS and isinstance(f.value, int | float)]
    return weeks[-1] if weeks else None
