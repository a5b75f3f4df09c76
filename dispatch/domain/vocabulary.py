"""The closed vocabularies of the field; their values are what the API and the journal say.

Words that the city's data use too (`UnitKind`, `AedReportKind`) are theirs and only passed on here.
"""

from enum import StrEnum

from maps_data.vocabulary import AedReportKind as AedReportKind  # noqa: PLC0414 - passed on
from maps_data.vocabulary import UnitKind as UnitKind  # noqa: PLC0414 - passed on


class Priority(StrEnum):
    """Order of service, shown as P1 to P4. Black is a triage tag, never a call's priority."""

    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    GREEN = "green"

    @property
    def rank(self) -> int:
        """0 for the most urgent."""
        return _RANK[self]

    @property
    def is_life_threatening(self) -> bool:
        return self is Priority.RED


_RANK = {priority: rank for rank, priority in enumerate(Priority)}


class Pathway(StrEnum):
    """The clinical path that names its own targets, units and hospitals."""

    STROKE = "stroke"
    STEMI = "stemi"
    OHCA = "ohca"
    TRAUMA = "trauma"
    OBSTETRIC = "obstetric"
    BURN = "burn"
    POISONING = "poisoning"
    PSYCHIATRIC = "psychiatric"
    GENERAL = "general"


class Complaint(StrEnum):
    """Chief complaint (suspected condition), the values of the drill log format 1.0."""

    STROKE = "stroke"
    ACUTE_CORONARY = "acute_coronary"
    ACUTE_CORONARY_OR_ARRHYTHMIA = "acute_coronary_or_arrhythmia"
    ARRHYTHMIA_HEART = "arrhythmia_heart"
    CARDIAC_ARREST = "cardiac_arrest"
    RESPIRATORY = "respiratory"
    TRAUMA_TRAFFIC = "trauma_traffic"
    TRAUMA_FALL = "trauma_fall"
    TRAUMA_HEAD = "trauma_head"
    TRAUMA_MAJOR = "trauma_major"
    TRAUMA_PENETRATING = "trauma_penetrating"
    TRAUMA_ASSAULT = "trauma_assault"
    TRAUMA_BURN = "trauma_burn"
    TRAUMA_OTHER = "trauma_other"
    TRAUMA_MINOR = "trauma_minor"
    OVERDOSE_POISONING = "overdose_poisoning"
    SEIZURE = "seizure"
    SYNCOPE = "syncope"
    UNCONSCIOUS = "unconscious"
    ALTERED_MENTAL_STATUS = "altered_mental_status"
    DIABETIC = "diabetic"
    ABDOMINAL = "abdominal"
    HEMORRHAGE = "hemorrhage"
    OBSTETRIC = "obstetric"
    PSYCHIATRIC = "psychiatric"
    ALLERGY = "allergy"
    CHOKING = "choking"
    DROWNING = "drowning"
    ENVIRONMENTAL = "environmental"
    INFECTION_FEVER = "infection_fever"
    CO_HAZMAT = "co_hazmat"
    PAIN_BACK = "pain_back"
    HEADACHE = "headache"
    MEDICAL_OTHER = "medical_other"
    MEDICAL_UNSPECIFIED = "medical_unspecified"
    TRANSFER = "transfer"
    FIRE_STANDBY = "fire_standby"
    NON_MEDICAL = "non_medical"
    UNKNOWN = "unknown"
    DECEASED = "deceased"


class Duty(StrEnum):
    IN_SERVICE = "in_service"
    OUT_OF_SERVICE = "out_of_service"


class Sex(StrEnum):
    MALE = "M"
    FEMALE = "F"
    UNKNOWN = "U"


class TriageTag(StrEnum):
    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"
    BLACK = "black"


class Capability(StrEnum):
    """What a hospital can do now; each is reported by the hospital, and silence becomes unknown."""

    EMERGENCY = "emergency"
    CT = "ct"
    CATH_LAB = "cath_lab"
    THROMBECTOMY = "thrombectomy"
    ICU = "icu"
    OPERATING_ROOM = "operating_room"
    OBSTETRICS = "obstetrics"
    NEONATAL_ICU = "neonatal_icu"
    BURNS = "burns"


class CapabilityState(StrEnum):
    AVAILABLE = "available"
    BUSY = "busy"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class AssignmentMode(StrEnum):
    """Who committed the unit: the engine by its own choice, or a person."""

    AUTOMATIC = "automatic"
    DISPATCHER = "dispatcher"
