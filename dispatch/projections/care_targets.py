"""The intervals of care that are measured, with their targets and the edition of what they are from.

Targets are aims for a hospital's month, most of them with the share of patients that has to reach them; none moves a decision.
Several are right for different readers, so an interval may have more than one. Where `is_read` is False the figure is from a
summary of the document and not from its own text (docs/clinical-sources.md).
"""

from dataclasses import dataclass
from typing import Final

from dispatch.domain.care import Milestone
from dispatch.domain.vocabulary import Pathway


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """What a target is from."""

    code: str
    text_zh: str
    text_en: str
    reference: str
    is_read: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Within `within_s`, in at least `share` of patients (None: no share is stated).

    `is_transferred` restricts it to patients who came from another hospital's door (True) or did not (False).
    """

    within_s: float
    share: float | None
    edition: Edition
    is_transferred: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """From one milestone to another; `pathways` None for all. `is_in_house`: both ends are in the same hospital."""

    code: str
    start: Milestone
    end: Milestone
    text_zh: str
    text_en: str
    pathways: frozenset[Pathway] | None = None
    is_in_house: bool = False
    targets: tuple[Target, ...] = ()


MINUTE_S: Final = 60.0
TARGET_STROKE_2: Final = Edition(
    code="target_stroke_2",
    text_zh="AHA/ASA Target: Stroke 第二期(2014)",
    text_en="AHA/ASA Target: Stroke, phase II (2014)",
    reference="heart.org, Target: Stroke",
    is_read=True,
)
SNIS: Final = Edition(
    code="snis",
    text_zh="神经介入外科学会卒中流程时间表",
    text_en="Society of NeuroInterventional Surgery, stroke process time metrics (ideal)",
    reference="jnis.bmj.com, table 1 of its standards committee's report",
    is_read=True,
)
AHA_2013: Final = Edition(
    code="aha_2013",
    text_zh="AHA/ASA 2013,据神经介入外科学会的列表",
    text_en="AHA/ASA 2013, as tabled by the Society of NeuroInterventional Surgery",
    reference="10.1161/STR.0b013e318284056a",
    is_read=False,
)
CHEST_PAIN_CENTRE: Final = Edition(
    code="chest_pain_centre",
    text_zh="中国胸痛中心再认证标准(所读转载未注明版次)",
    text_en="China Chest Pain Centre, standard for re-certification (the copy read does not state its edition)",
    reference="中国胸痛中心认证工作委员会",
    is_read=True,
)
ACC_2025: Final = Edition(
    code="acc_aha_2025",
    text_zh="ACC/AHA 急性冠脉综合征指南(2025)",
    text_en="ACC/AHA/ACEP/NAEMSP/SCAI guideline, acute coronary syndromes (2025)",
    reference="10.1161/CIR.0000000000001309",
    is_read=False,
)
ACCF_2013: Final = Edition(
    code="accf_aha_2013",
    text_zh="ACCF/AHA STEMI 指南(2013)",
    text_en="ACCF/AHA guideline, ST-elevation myocardial infarction (2013)",
    reference="10.1161/CIR.0b013e3182742c84",
    is_read=False,
)

_STROKE: Final = frozenset({Pathway.STROKE})
_STEMI: Final = frozenset({Pathway.STEMI})
_BOTH: Final = _STROKE | _STEMI

INTERVALS: Final = (
    Interval(
        code="call_to_dispatch",
        start=Milestone.CALL,
        end=Milestone.DISPATCH,
        text_zh="来电至派车",
        text_en="call to dispatch",
    ),
    Interval(
        code="call_to_contact",
        start=Milestone.CALL,
        end=Milestone.FIRST_CONTACT,
        text_zh="来电至首次医疗接触",
        text_en="call to first medical contact",
    ),
    Interval(
        code="onset_to_door",
        start=Milestone.ONSET,
        end=Milestone.DOOR,
        text_zh="发病至入院",
        text_en="onset to door",
        pathways=_BOTH,
    ),
    Interval(
        code="last_known_well_to_door",
        start=Milestone.LAST_KNOWN_WELL,
        end=Milestone.DOOR,
        text_zh="最后正常至入院",
        text_en="last known well to door",
        pathways=_STROKE,
    ),
    Interval(
        code="fmc_to_ecg",
        start=Milestone.FIRST_CONTACT,
        end=Milestone.ECG,
        text_zh="首次接触至心电图",
        text_en="first contact to ECG",
        pathways=_STEMI,
        targets=(Target(within_s=10 * MINUTE_S, share=0.75, edition=CHEST_PAIN_CENTRE),),
    ),
    Interval(
        code="door_to_ct",
        start=Milestone.DOOR,
        end=Milestone.CT,
        text_zh="入院至 CT",
        text_en="door to CT",
        pathways=_STROKE,
        is_in_house=True,
        targets=(Target(within_s=25 * MINUTE_S, share=None, edition=AHA_2013),),
    ),
    Interval(
        code="door_to_needle",
        start=Milestone.DOOR,
        end=Milestone.NEEDLE,
        text_zh="入院至溶栓(DNT)",
        text_en="door to needle (DNT)",
        pathways=_STROKE,
        is_in_house=True,
        targets=(
            Target(within_s=60 * MINUTE_S, share=0.75, edition=TARGET_STROKE_2),
            Target(within_s=45 * MINUTE_S, share=0.50, edition=TARGET_STROKE_2),
        ),
    ),
    Interval(
        code="door_to_lysis",
        start=Milestone.DOOR,
        end=Milestone.NEEDLE,
        text_zh="入院至溶栓(心梗)",
        text_en="door to needle (STEMI)",
        pathways=_STEMI,
        is_in_house=True,
        targets=(Target(within_s=30 * MINUTE_S, share=None, edition=ACC_2025),),
    ),
    Interval(
        code="door_to_groin",
        start=Milestone.DOOR,
        end=Milestone.GROIN,
        text_zh="入院至穿刺",
        text_en="door to groin",
        pathways=_STROKE,
        is_in_house=True,
        targets=(Target(within_s=60 * MINUTE_S, share=None, edition=SNIS),),
    ),
    Interval(
        code="door_to_balloon",
        start=Milestone.DOOR,
        end=Milestone.BALLOON,
        text_zh="入院至导丝通过(D2B)",
        text_en="door to balloon (D2B)",
        pathways=_STEMI,
        is_in_house=True,
        targets=(Target(within_s=90 * MINUTE_S, share=0.75, edition=CHEST_PAIN_CENTRE),),
    ),
    Interval(
        code="fmc_to_device",
        start=Milestone.FIRST_CONTACT,
        end=Milestone.BALLOON,
        text_zh="首次接触至导丝通过",
        text_en="first contact to device",
        pathways=_STEMI,
        targets=(
            Target(within_s=90 * MINUTE_S, share=None, edition=ACC_2025, is_transferred=False),
            Target(within_s=120 * MINUTE_S, share=None, edition=ACC_2025, is_transferred=True),
        ),
    ),
    Interval(
        code="door_in_door_out",
        start=Milestone.DOOR,
        end=Milestone.DOOR_OUT,
        text_zh="首家医院停留(DIDO)",
        text_en="door in, door out (DIDO)",
        pathways=_STEMI,
        is_in_house=True,
        targets=(Target(within_s=30 * MINUTE_S, share=None, edition=ACCF_2013),),
    ),
    Interval(
        code="door_in_door_out_stroke",
        start=Milestone.DOOR,
        end=Milestone.DOOR_OUT,
        text_zh="首家医院停留(DIDO)",
        text_en="door in, door out (DIDO)",
        pathways=_STROKE,
        is_in_house=True,
    ),
    Interval(
        code="onset_to_reperfusion",
        start=Milestone.ONSET,
        end=Milestone.REPERFUSION,
        text_zh="发病至再灌注",
        text_en="onset to reperfusion",
        pathways=_BOTH,
    ),
)


def intervals_of(pathway: Pathway) -> tuple[Interval, ...]:
    """What is measured on a pathway."""
    return tuple(interval for interval in INTERVALS if interval.pathways is None or pathway in interval.pathways)
