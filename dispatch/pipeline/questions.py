"""What a call taker asks next, and what a yes means for the priority.

A short list of ours after published first-look criteria, not the text of any licensed protocol; a city's medical director is expected
to replace it. A yes makes a call more urgent or names it better; nothing here makes one less urgent.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from dispatch.domain.vocabulary import Complaint, Priority

YES: Final = "yes"

TRAUMA: Final = frozenset(complaint for complaint in Complaint if complaint.startswith("trauma_"))
CHEST: Final = frozenset({Complaint.ACUTE_CORONARY, Complaint.ACUTE_CORONARY_OR_ARRHYTHMIA, Complaint.ARRHYTHMIA_HEART})
BRAIN: Final = frozenset(
    {Complaint.HEADACHE, Complaint.ALTERED_MENTAL_STATUS, Complaint.SYNCOPE, Complaint.SEIZURE, Complaint.UNKNOWN}
)
AWAY: Final = frozenset(
    {Complaint.UNCONSCIOUS, Complaint.SEIZURE, Complaint.SYNCOPE, Complaint.DROWNING, Complaint.CHOKING}
)
VAGUE: Final = frozenset({Complaint.UNKNOWN, Complaint.MEDICAL_OTHER, Complaint.MEDICAL_UNSPECIFIED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Asked where `complaints` names the call's; a yes gives at least `priority`, and `complaint` where it is then another."""

    code: str
    complaints: frozenset[Complaint]
    text_zh: str
    text_en: str
    priority: Priority
    complaint: Complaint | None = None
    source: str


QUESTIONS: Final = (
    Question(
        code="arrest",
        complaints=AWAY | VAGUE | CHEST | {Complaint.OVERDOSE_POISONING, Complaint.RESPIRATORY},
        text_zh="叫不醒，而且没有呼吸或呼吸不正常？",
        text_en="Cannot be woken, and not breathing or not breathing normally?",
        priority=Priority.RED,
        complaint=Complaint.CARDIAC_ARREST,
        source="AHA telecommunicator CPR, doi:10.1161/CIR.0000000000000744",
    ),
    Question(
        code="stroke_signs",
        complaints=BRAIN | VAGUE,
        text_zh="突然口角歪斜、一侧肢体无力，或说不清话？",
        text_en="Suddenly a drooping face, one weak arm, or slurred speech?",
        priority=Priority.RED,
        complaint=Complaint.STROKE,
        source="Cincinnati Prehospital Stroke Scale, doi:10.1016/S0196-0644(99)70299-4",
    ),
    Question(
        code="chest_pain",
        complaints=CHEST | VAGUE | {Complaint.SYNCOPE, Complaint.ABDOMINAL},
        text_zh="胸痛或胸闷压迫，伴出冷汗、气促或放射到手臂下颌？",
        text_en="Chest pain or pressure with cold sweat, short breath, or into arm or jaw?",
        priority=Priority.RED,
        complaint=Complaint.ACUTE_CORONARY,
        source="AHA/ACC chest pain guideline 2021, doi:10.1161/CIR.0000000000001029",
    ),
    Question(
        code="breathing",
        complaints=frozenset({Complaint.RESPIRATORY, Complaint.ALLERGY, Complaint.INFECTION_FEVER}) | CHEST,
        text_zh="喘得说不完一句话，或嘴唇发紫？",
        text_en="Too short of breath for a whole sentence, or blue lips?",
        priority=Priority.RED,
        source="BTS/SIGN asthma guideline (SIGN 158), features of acute severe asthma",
    ),
    Question(
        code="bleeding",
        complaints=TRAUMA | {Complaint.HEMORRHAGE, Complaint.OBSTETRIC},
        text_zh="大量出血，压不住？",
        text_en="Heavy bleeding that pressure does not stop?",
        priority=Priority.RED,
        source="National guideline for the field triage of injured patients 2021, doi:10.1097/TA.0000000000003627",
    ),
    Question(
        code="high_energy",
        complaints=TRAUMA,
        text_zh="高处坠落三米以上、被困或被抛出车外？",
        text_en="A fall of over 3 m, trapped, or thrown from a vehicle?",
        priority=Priority.RED,
        source="National guideline for the field triage of injured patients 2021, doi:10.1097/TA.0000000000003627",
    ),
    Question(
        code="seizing",
        complaints=frozenset({Complaint.SEIZURE}),
        text_zh="还在抽，已超过五分钟？",
        text_en="Still seizing, for more than five minutes?",
        priority=Priority.RED,
        source="ILAE definition of status epilepticus 2015, doi:10.1111/epi.13121",
    ),
    Question(
        code="birth",
        complaints=frozenset({Complaint.OBSTETRIC}),
        text_zh="已看到胎头，或忍不住要用力？",
        text_en="The head is seen, or she cannot help pushing?",
        priority=Priority.RED,
        source="a choice of ours: birth before arrival is likely",
    ),
    Question(
        code="danger_to_self",
        complaints=frozenset({Complaint.PSYCHIATRIC, Complaint.OVERDOSE_POISONING}),
        text_zh="正在伤害自己，或扬言要这样做？",
        text_en="Harming themselves, or saying they will?",
        priority=Priority.RED,
        source="a choice of ours: a crisis call is never a held call",
    ),
    Question(
        code="danger_to_others",
        complaints=frozenset({Complaint.PSYCHIATRIC, Complaint.TRAUMA_ASSAULT}),
        text_zh="现场有人持械，或会伤人？",
        text_en="Is anybody there armed, or dangerous to others?",
        priority=Priority.ORANGE,
        source="a choice of ours: the police are told and the crew waits for them",
    ),
)


def raised_by(complaint: Complaint, answers: Iterable[tuple[str, str]]) -> Iterator[Priority]:
    """The priorities that the answers with a yes ask for; questions of other complaints do not count."""
    said = dict(answers)
    for question in QUESTIONS:
        asked = complaint in question.complaints or complaint is question.complaint
        if asked and said.get(question.code, "").strip().lower() == YES:
            yield question.priority
