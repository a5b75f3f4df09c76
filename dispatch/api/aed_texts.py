"""What the AED answers say in words, Chinese and English: why a device stands where it stands, and what to do first."""

from collections.abc import Set as AbstractSet
from typing import Any, Final

from maps_data.aed_judgement import Choice
from maps_data.aed_usable import Doubt
from maps_data.records import Aed
from maps_data.vocabulary import OSM_SOURCE, AedAccess, AedReportKind, Known, RecordClass

Words = dict[str, str]

EMERGENCY: Final = {
    "zh": "先拨打 120,让旁人去取 AED;立即开始心肺复苏,不要离开患者。",
    "en": "Call 120 first and send somebody else for the AED; start CPR at once and do not leave the patient.",
    "steps": [
        {"zh": "拨打 120,打开免提,说清地点", "en": "Call 120 on speaker and say where you are"},
        {
            "zh": "患者无反应、无正常呼吸:双手按压胸部中央,每分钟 100 至 120 次,深 5 至 6 厘米",
            "en": "No response and no normal breathing: push on the middle of the chest,"
            " 100 to 120 a minute, 5 to 6 cm deep",
        },
        {
            "zh": "AED 一到就开机,按语音提示操作,其间不停按压",
            "en": "Switch the AED on as soon as it is there and do as it says; keep pushing meanwhile",
        },
    ],
}
"""Rate and depth: ERC Guidelines 2021, Basic Life Support (doi:10.1016/j.resuscitation.2021.02.009)."""

NOTHING_NEAR: Final = {
    "zh": "5 公里内没有登记的 AED。请立即拨打 120 并持续心肺复苏。",
    "en": "No AED is on record within 5 km. Call 120 now and keep up CPR.",
}

_COUNTED: Final = {
    "zh": "时间从所给位置的地面算起,{walk},已计入寻找、上下楼、取用与可能扑空;不含患者所在楼层。",
    "en": "Times count from street level at the given position, {walk}; finding it, stairs, taking it out"
    " and the risk of a trip in vain are in them, the patient's own storey is not.",
}
_ESTIMATED: Final = {"zh": "按步行估算", "en": "by a walking estimate"}
_ON_FOOTWAYS: Final = {"zh": "沿步道步行往返", "en": "there and back over footways"}
_MIXED: Final = {
    "zh": "沿步道步行往返,不通步道者按估算并逐台注明",
    "en": "there and back over footways, by an estimate where none leads there, as each device says",
}

REPORTED: Final = {
    "zh": "已记录,在核实前会注明“未核实”。若正在急救,请拨打 120。",
    "en": "Recorded, and shown as unverified until somebody has looked. In an emergency call 120.",
}

FETCHING: Final = {
    "zh": "已为您预留。请快去快回;20 秒没有移动将让给他人。",
    "en": "Kept for you. Be quick; after 20 s without movement it goes to the next.",
}
FETCH_ENDED: Final = {"zh": "预留已结束。", "en": "The device is no longer kept for you."}

SIMULATED: Final = {
    "zh": "模拟数据:这些 AED 由程序生成,不是真实设备。",
    "en": "Simulated data: these AEDs were generated and are no real devices.",
}

OPEN_NOW: Final[dict[Known, Words]] = {
    Known.YES: {"zh": "现在开放", "en": "Open now"},
    Known.NO: {"zh": "现在关闭", "en": "Closed now"},
    Known.UNKNOWN: {"zh": "不知现在是否开放", "en": "Not known whether it is open now"},
}

_ACCESS: Final[dict[AedAccess, Words]] = {
    AedAccess.YES: {"zh": "任何人可取用", "en": "Anybody may take it"},
    AedAccess.PERMISSIVE: {"zh": "一般允许取用", "en": "Usually anybody may take it"},
    AedAccess.CUSTOMERS: {"zh": "须向店员或场馆人员索取", "en": "Ask the staff for it"},
    AedAccess.PRIVATE: {"zh": "在单位内部,须请值班人员取出", "en": "On private premises: ask whoever is on duty"},
    AedAccess.NO: {"zh": "不对外开放", "en": "Not open to the public"},
    AedAccess.UNKNOWN: {"zh": "不知是否对外开放", "en": "Not known whether the public may take it"},
}

_DOUBTS: Final[dict[Doubt, Words]] = {
    Doubt.HOURS_UNKNOWN: {
        "zh": "开放时间不明,按一半可能扑空计",
        "en": "Hours not known: counted as an even chance of a trip in vain",
    },
    Doubt.HOURS_UNLESS_HOLIDAY: {
        "zh": "平日此时开放;若今天是法定假日则关闭",
        "en": "Open at this hour unless today is a public holiday",
    },
    Doubt.HOURS_HOLIDAY_UNSAID: {
        "zh": "今天是放假日,其开放时间未写明假日安排",
        "en": "Today is a public holiday, of which its hours say nothing",
    },
    Doubt.HOURS_MAKE_UP_WORKDAY: {
        "zh": "今天是调休上班日,按工作日时间计",
        "en": "Today is worked in exchange for a day off: counted as a working day",
    },
    Doubt.CHECK_OVERDUE: {"zh": "上次检查已超过半年", "en": "Last checked more than half a year ago"},
    Doubt.NEVER_CHECKED: {"zh": "没有检查记录", "en": "No check on record"},
    Doubt.PADS_EXPIRED: {"zh": "电极片已过期", "en": "Pads past their date"},
    Doubt.BATTERY_EXPIRED: {"zh": "电池已过期", "en": "Battery past its date"},
    Doubt.REPORTED_MISSING: {"zh": "有人报告不在原处(未核实)", "en": "Reported missing (unverified)"},
    Doubt.REPORTED_USED: {"zh": "有人报告已被取用(未核实)", "en": "Reported as used (unverified)"},
    Doubt.REPORTED_LOCKED: {"zh": "有人报告锁闭(未核实)", "en": "Reported locked (unverified)"},
    Doubt.REPORTED_MOVED: {"zh": "有人报告已挪动(未核实)", "en": "Reported moved (unverified)"},
}

_BEING_FETCHED: Final = {"zh": "已有人正在去取", "en": "Somebody is already fetching it"}
_WITHDRAWN: Final = {"zh": "经核实暂不可用", "en": "Found by staff not to be usable"}
_NEVER_CERTAIN: Final = {"zh": "任何设备都可能不可用", "en": "No device is certain to be usable"}
_REPORT_WORKS: Final = {"zh": "有人报告可用(未核实)", "en": "Reported as working (unverified)"}


def doubt_words(doubt: Doubt) -> Words:
    """What speaks against a device, in words."""
    return _DOUBTS[doubt]


def access_rule(access: AedAccess) -> Words:
    """Who may take the device, in words."""
    return _ACCESS[access]


def counted(is_network: AbstractSet[bool]) -> Words:
    """What the times are made of; `is_network` tells of all walks whether they are over footways."""
    walk = _MIXED if len(is_network) > 1 else _ON_FOOTWAYS if True in is_network else _ESTIMATED
    return {language: words.format(walk=walk[language]) for language, words in _COUNTED.items()}


def licence_of(aed: Aed) -> str | None:
    """The licence of a record: ours for what the project generated, OpenStreetMap's for what it says; others are not on record."""
    if aed.record_class is RecordClass.SIMULATED:
        return "Apache-2.0"
    return "ODbL-1.0" if OSM_SOURCE in aed.source else None


def why(choice: Choice) -> list[dict[str, Any]]:
    """`[{code, zh, en, seconds?}]`: what moved the device to its place, the time first; `seconds` is its share of `risk_s`."""
    minutes, walk_min = choice.eta.total_s / 60, (choice.eta.walk_out_s + choice.eta.walk_back_s) / 60
    reasons: list[dict[str, Any]] = [
        {
            "code": "total_time",
            "zh": f"预计 {minutes:.0f} 分钟取回,其中步行往返 {walk_min:.0f} 分钟",
            "en": f"Expected back in {minutes:.0f} min, {walk_min:.0f} min of it on foot",
        }
    ]
    live = choice.standing.live
    if live.is_fetched:
        reasons.append({"code": "being_fetched", **_BEING_FETCHED})
    if live.is_withdrawn:
        reasons.append({"code": "withdrawn", **_WITHDRAWN})
    if choice.hours.open_now is not Known.UNKNOWN:
        reasons.append({"code": f"open_now_{choice.hours.open_now}", **OPEN_NOW[choice.hours.open_now]})
    if choice.aed.access is not AedAccess.YES:
        reasons.append({"code": f"access_{choice.aed.access}", **_ACCESS[choice.aed.access]})
    if choice.report is not None and choice.report.kind is AedReportKind.WORKS:
        reasons.append({"code": "reported_works", **_REPORT_WORKS})
    for doubt, seconds in choice.risk_shares():
        words = _NEVER_CERTAIN if doubt is None else _DOUBTS[doubt]
        reasons.append({"code": str(doubt or "never_certain"), **words, "seconds": round(seconds, 1)})
    return reasons


def closed_sooner(n: int) -> Words:
    """How many closed devices would have been sooner."""
    return {
        "zh": f"另有 {n} 台更近的 AED 现在关闭、不对外开放、停用或正被取用",
        "en": f"{n} more AED(s) would be sooner, but are closed now, not open to the public, out of use, or being fetched",
    }
