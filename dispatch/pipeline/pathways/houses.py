"""Which hospitals suit a need: the rules of its pathway, each with a name, and soft penalties in seconds.

| need | goes to | cannot do without |
|---|---|---|
| stroke, adult | the stroke map | emergency, CT |
| STEMI or chest pain, adult | the STEMI map | emergency, cath lab |
| trauma, burn | a general house, red ones of secondary grade or higher | emergency; red: operating room; head: CT |
| obstetric, or pregnant from 20 weeks | maternity, or a general house | obstetrics; before 34 weeks newborn intensive care |
| newborn | children's, maternity, or a general house | newborn intensive care |
| child | a general house or children's; with a stroke or infarction rather children's: the maps are those of adults | emergency |
| poisoning | a general house, red ones of secondary grade or higher | emergency; red: intensive care |
| psychiatric | a general house (for the body first) or one of psychiatry | emergency |
| transfer | the hospital that it was agreed on with | |
| all others | a general house | emergency |

Closed keeps a hospital out, busy costs, unknown is allowed and said. Only the maps' membership is sourced; the rest are choices of
ours.
"""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from dispatch.domain.facts import HospitalRows, Need, Ruled, Suitability
from dispatch.domain.hospital import Hospital
from dispatch.domain.ids import HospitalId
from dispatch.domain.vocabulary import Capability, CapabilityState, Complaint, Pathway, Priority
from dispatch.domain.world import World
from dispatch.pipeline.pathways.profile import ON_A_MAP, SURGERY_OR_INTENSIVE_CARE, Age, Profile, of_need

CITY_ZONE: Final = ZoneInfo("Asia/Shanghai")

HOSPITAL_BUSY_S = 900.0
ANGIOGRAPHY_BUSY_S = 1800.0
HOSPITAL_LEVEL_S = 300.0
NO_SPECIALIST_HOUSE_S = 600.0
WISH_S = -300.0

_ANGIOGRAPHY: Final = frozenset({Capability.CATH_LAB, Capability.THROMBECTOMY})


class HospitalRules:
    """Rules and penalties of every hospital for each need.

    Hospitals change far less often than needs do, so the answer for each profile is kept until one of them or the day changes.
    """

    def __init__(self) -> None:
        self._of: tuple[object, date] | None = None
        self._known: dict[Profile, Suitability] = {}

    def suitability(self, world: World, need: Need, rows: HospitalRows, now: datetime) -> Suitability:
        """How well each hospital suits `need`."""
        on = city_day(now)
        if self._of is None or self._of[0] is not world.hospitals or self._of[1] != on:
            self._of, self._known = (world.hospitals, on), {}
        profile = of_need(need)
        if profile not in self._known:
            self._known[profile] = _suitability(profile, rows, on)
        return _with_agreements(_with_wish(self._known[profile], need, rows), need, rows)


def city_day(now: datetime) -> date:
    return now.astimezone(CITY_ZONE).date()


def rule_against(hospital: Hospital, profile: Profile, on: date) -> str | None:
    """The name of the rule by which this hospital does not suit; None when it does."""
    return _house_rule(hospital, profile, on) or _live_rule(hospital, profile)


def needed_capabilities(profile: Profile) -> tuple[Capability, ...]:
    """What the pathway cannot do without."""
    needed = [Capability.EMERGENCY]
    if profile.map_kind is not None:
        needed.append(Capability.CT if profile.pathway is Pathway.STROKE else Capability.CATH_LAB)
    if profile.pathway is Pathway.TRAUMA and profile.is_head_injured:
        needed.append(Capability.CT)
    if profile.pathway is Pathway.TRAUMA and profile.is_red:
        needed.append(Capability.OPERATING_ROOM)
    if profile.pathway is Pathway.POISONING and profile.is_red:
        needed.append(Capability.ICU)
    if profile.pathway is Pathway.OBSTETRIC or profile.is_pregnant:
        needed.append(Capability.OBSTETRICS)
    if profile.age is Age.NEWBORN or profile.is_preterm:
        needed.append(Capability.NEONATAL_ICU)
    return tuple(needed)


def is_known_to_have(hospital: Hospital, capability: Capability) -> bool:
    """Whether it says so now, or its standing record does and it has not said that it is closed."""
    state = hospital.state_of(capability)
    if state is not CapabilityState.UNKNOWN:
        return state is not CapabilityState.CLOSED
    return any(kind is capability for kind, _ in hospital.record.standing)


def known_by(hospital: Hospital, capability: Capability) -> str:
    """How it is known that a hospital has it: `reported` by itself now, else the grade of its standing record."""
    if hospital.state_of(capability) is not CapabilityState.UNKNOWN:
        return "reported"
    return next((grade for kind, grade in hospital.record.standing if kind is capability), "inferred")


def busy_s(hospital: Hospital, capability: Capability) -> float:
    """How long a patient is expected to wait for it."""
    if hospital.state_of(capability) is not CapabilityState.BUSY:
        return 0.0
    return ANGIOGRAPHY_BUSY_S if capability in _ANGIOGRAPHY else HOSPITAL_BUSY_S


def wait_s(hospital: Hospital, capability: Capability, need: Need) -> float:
    """`busy_s` for the patients of a need: none where a place is kept for them."""
    return 0.0 if hospital.is_kept_for(need.patients, capability) else busy_s(hospital, capability)


def is_of_grade(hospital: Hospital, *grades: str) -> bool:
    """Whether its level is one of `grades` (三级, 二级); an unknown level is none."""
    return (hospital.record.level_zh or "").startswith(grades)


def _suitability(profile: Profile, rows: HospitalRows, on: date) -> Suitability:
    hospitals, needed = rows.hospitals, needed_capabilities(profile)
    terms = {
        "level": np.array([_level_penalty_s(hospital, profile) for hospital in hospitals]),
        "busy": np.array([sum(busy_s(hospital, c) for c in needed) for hospital in hospitals]),
    }
    if profile.is_burned or profile.age is not Age.ADULT:
        terms["specialist"] = np.array([_specialist_penalty_s(hospital, profile) for hospital in hospitals])
    return Suitability(ruled=Ruled.of([rule_against(hospital, profile, on) for hospital in hospitals]), terms=terms)


def _with_wish(suitability: Suitability, need: Need, rows: HospitalRows) -> Suitability:
    wished = need.incident.preferred_hospital_id
    if wished is None:
        return suitability
    if need.incident.complaint is Complaint.TRANSFER and wished not in _turned_away(need):
        return Suitability(ruled=_agreed_on(wished, rows), terms=suitability.terms)
    wish = np.array([WISH_S if hospital.hospital_id == wished else 0.0 for hospital in rows.hospitals])
    return Suitability(ruled=suitability.ruled, terms={**suitability.terms, "wish": wish})


def _agreed_on(hospital_id: HospitalId, rows: HospitalRows) -> Ruled:
    """A transfer goes where a bed was agreed on, and nowhere else: not even back to where the patient is."""
    rules = [
        None if hospital.hospital_id == hospital_id else "transfer_agreed_elsewhere" for hospital in rows.hospitals
    ]
    return Ruled.of(rules)


def _turned_away(need: Need) -> set[HospitalId]:
    return {refusal.hospital_id for patient in need.patients for refusal in patient.turned_away}


def _with_agreements(suitability: Suitability, need: Need, rows: HospitalRows) -> Suitability:
    """A hospital that has turned a patient away takes no part; what is kept for a patient is not busy to him."""
    slotted = [row for row, hospital in enumerate(rows.hospitals) if hospital.slots]
    if slotted:
        busy, needed = suitability.terms["busy"].copy(), needed_capabilities(of_need(need))
        busy[slotted] = [sum(wait_s(rows.hospitals[row], c, need) for c in needed) for row in slotted]
        suitability = Suitability(ruled=suitability.ruled, terms={**suitability.terms, "busy": busy})
    away = _turned_away(need)
    if not away:
        return suitability
    codes = np.array([hospital.hospital_id in away for hospital in rows.hospitals], dtype=np.int64)
    ruled = suitability.ruled.then(Ruled(codes=codes, names=("patient_turned_away",)))
    return Suitability(ruled=ruled, terms=suitability.terms)


def _house_rule(hospital: Hospital, profile: Profile, on: date) -> str | None:
    if profile.map_kind is not None:
        return None if hospital.is_designated(profile.map_kind, on) else f"not_{profile.map_kind}_designated"
    if not hospital.record.is_general and not hospital.record.specialties & _specialties(profile):
        return "specialised_hospital"
    if profile.pathway in SURGERY_OR_INTENSIVE_CARE and profile.is_red and not is_of_grade(hospital, "三级", "二级"):
        return "below_secondary_grade"
    return None


def _specialties(profile: Profile) -> set[str]:
    """Specialised houses that take such a patient."""
    if profile.age is Age.NEWBORN:
        return {"children", "maternity"}
    taken = {"children"} if profile.age is Age.CHILD else set()
    if profile.pathway is Pathway.OBSTETRIC:
        taken.add("maternity")
    if profile.pathway is Pathway.PSYCHIATRIC:
        taken.add("psychiatry")
    if profile.is_burned:
        taken.add("burns")
    return taken


def _live_rule(hospital: Hospital, profile: Profile) -> str | None:
    for capability in needed_capabilities(profile):
        if hospital.state_of(capability) is CapabilityState.CLOSED:
            return f"{capability}_closed"
    return None


def _level_penalty_s(hospital: Hospital, profile: Profile) -> float:
    """A red patient without a map of its own is better off in a tertiary (三级) house."""
    return (
        HOSPITAL_LEVEL_S if profile.is_red and profile.map_kind is None and not is_of_grade(hospital, "三级") else 0.0
    )


def _specialist_penalty_s(hospital: Hospital, profile: Profile) -> float:
    """A burn is better off where burns are known to be treated, unless it is slight; a newborn, or a child that would be on a map,
    in a house of its own."""
    penalty_s = 0.0
    if profile.is_burned and profile.priority in {Priority.RED, Priority.ORANGE}:
        has_burns = "burns" in hospital.record.specialties or is_known_to_have(hospital, Capability.BURNS)
        penalty_s += 0.0 if has_burns else NO_SPECIALIST_HOUSE_S
    if profile.age is Age.NEWBORN:
        is_own = hospital.record.specialties & {"children", "maternity"}
        has_care = is_own or is_known_to_have(hospital, Capability.NEONATAL_ICU)
        penalty_s += 0.0 if has_care else NO_SPECIALIST_HOUSE_S
    if profile.age is Age.CHILD and profile.pathway in ON_A_MAP:
        penalty_s += 0.0 if "children" in hospital.record.specialties else NO_SPECIALIST_HOUSE_S
    return penalty_s
