"""A patient's health record as far as an emergency needs it, who may ask for it, and what goes out to a hospital's systems.

What the record says never goes into the journal; that it was asked for, by whom, why and under which consent, always does.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final


class Section(StrEnum):
    """The parts of a summary that treatment in the first hours hangs on."""

    ALLERGIES = "allergies"
    ANTICOAGULANTS = "anticoagulants"
    IMPLANTS = "implants"
    PRIOR_STROKES = "prior_strokes"
    PRIOR_STENTS = "prior_stents"


class Consent(StrEnum):
    """Given by the patient or who speaks for them; presumed of a patient who cannot be asked; refused."""

    GIVEN = "given"
    PRESUMED = "presumed"
    REFUSED = "refused"


class Purpose(StrEnum):
    """Why a record is asked for, in the codes of HL7 v3 PurposeOfUse; `BTG` is break-glass, against the patient's refusal."""

    EMERGENCY_TREATMENT = "ETREAT"
    BREAK_GLASS = "BTG"


# What each tier of consent opens: a choice of ours. Presumed consent covers what the crew itself could harm by not knowing.
SECTIONS: Final = {
    Consent.GIVEN: frozenset(Section),
    Consent.PRESUMED: frozenset({Section.ALLERGIES, Section.ANTICOAGULANTS, Section.IMPLANTS}),
    Consent.REFUSED: frozenset[Section](),
}


class PeerOutcome(StrEnum):
    """What came of asking, or telling, the other system. `failing`: it is there, and could not take what it was told."""

    ANSWERED = "answered"
    NOT_FOUND = "not_found"
    AMBIGUOUS = "ambiguous"
    UNAVAILABLE = "unavailable"
    FAILING = "failing"
    REFUSED = "refused"


class HandoverKind(StrEnum):
    PRE_ALERT = "pre_alert"
    HANDOVER = "handover"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordItem:
    """One entry as the record has it, in its own words; `since` is its date, if it has one."""

    text: str
    code: str | None = None
    since: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSummary:
    """`sections` holds what was asked for: an empty one means that the record has nothing of it, an absent one that nobody looked.

    `is_complete` False: there was more than could be read. `n_other_medications` are no known anticoagulants.
    """

    sections: dict[Section, tuple[RecordItem, ...]]
    n_other_medications: int
    is_complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordQuery:
    """Whose record: an identifier in its system. It is passed on, and kept nowhere."""

    system: str
    value: str
    sections: frozenset[Section]
    purpose: Purpose
