"""The words of the clinical pathways: why a hospital suits a stroke, an infarction, an injury; who else is told. Chinese and
English."""

from typing import Any, Final

from dispatch.domain.choice import ModelledOutcome
from dispatch.domain.world import World

REASONS: Final[dict[str, tuple[str, str]]] = {
    "specialty_children": ("专业:儿科", "Specialty: children"),
    "specialty_maternity": ("专业:妇幼专科", "Specialty: maternity"),
    "specialty_psychiatry": ("专业:精神专科", "Specialty: psychiatry"),
    "body_first": ("先在综合医院急诊排除躯体疾病", "A general house first, to rule out an illness of the body"),
    "specialty_burns": ("专业:可治烧伤", "Specialty: treats burns"),
    "burns_unknown": ("烧伤救治能力未知", "Not known whether it treats burns"),
    "grade_tertiary": ("专业:三级医院", "Specialty: tertiary house"),
    "grade_secondary": ("二级医院,危重患者次选", "Secondary house, second choice for a severe case"),
    "lvo_suspected": (
        "{scale_name} {score}/{highest} 分:疑似大血管闭塞",
        "{scale_name} {score} of {highest}: large-vessel occlusion suspected",
    ),
    "lvo_not_suspected": (
        "{scale_name} {score}/{highest} 分:未提示大血管闭塞",
        "{scale_name} {score} of {highest}: does not suggest a large-vessel occlusion",
    ),
    "lvo_not_scored": (
        "尚无 LAMS、RACE 或 FAST-ED 评分:不能判断是否绕行",
        "No LAMS, RACE or FAST-ED score yet: no reason to pass a hospital by",
    ),
    "stroke_time_unknown": (
        "发病时刻和最后正常时刻均未知:不能判断时间窗",
        "Neither onset nor last known well is known: no window can be judged",
    ),
    "lysis_in_time": (
        "距{since_zh} {age_min} 分钟({certainty_zh}),预计第 {needle_min} 分钟可溶栓,在 4.5 小时内",
        "{age_min} min since {since_en} ({certainty_en}); needle expected at {needle_min} min, within 4.5 h",
    ),
    "lysis_too_late": (
        "距{since_zh} {age_min} 分钟({certainty_zh}),预计第 {needle_min} 分钟才可溶栓,已超过 4.5 小时",
        "{age_min} min since {since_en} ({certainty_en}); needle expected at {needle_min} min, beyond 4.5 h",
    ),
    "lvo_direct": (
        "直送取栓医院:全程 {drive_min} 分钟(多 {extra_min} 分钟),在 30 分钟内;省去转院,模型预期更好",
        "Straight to thrombectomy: {drive_min} min in all ({extra_min} more), within 30; no transfer, modelled as better",
    ),
    "lvo_past_lysis": (
        "直送取栓医院:全程 {drive_min} 分钟(多 {extra_min} 分钟);溶栓已过时间窗,绕行无损失",
        "Straight to thrombectomy: {drive_min} min in all ({extra_min} more); past lysis, so nothing is lost on the way",
    ),
    "nearest_is_capable": (
        "最近的卒中医院即可取栓",
        "The nearest stroke hospital does thrombectomy itself",
    ),
    "does_thrombectomy": ("可取栓({grade_zh})", "Does thrombectomy ({grade_en})"),
    "does_pci": ("可做 PCI({grade_zh})", "Does PCI ({grade_en})"),
    "lvo_too_far": (
        "取栓医院都在 30 分钟车程之外:先就近溶栓,再转院",
        "No thrombectomy within 30 min: lysis in the nearest hospital first, then transfer",
    ),
    "lvo_equivalent": (
        "直送取栓与就近溶栓后转院相当:就近",
        "Straight to thrombectomy or lysis first and transfer: equivalent, so the nearest",
    ),
    "beyond_reperfusion": (
        "超过 24 小时:不为取栓绕行",
        "Beyond 24 h: no hospital is passed by for thrombectomy",
    ),
    "ecg_missing": (
        "尚无 12 导联心电图:首次医疗接触后 10 分钟内完成并传输",
        "No 12-lead ECG yet: within 10 min of first medical contact, and transmit it",
    ),
    "stemi_on_ecg": ("心电图:ST 段抬高型心肌梗死", "ECG: ST-elevation infarction"),
    "ecg_transmitted": ("心电图已传至医院:导管室可提前启动", "ECG transmitted: the laboratory can be made ready"),
    "ecg_not_transmitted": (
        "心电图未传输:请传输,以便提前启动导管室",
        "ECG not transmitted: send it, so that the laboratory is made ready",
    ),
    "pci_within_90": (
        "首次医疗接触至导丝通过预计 {device_min} 分钟,在 90 分钟内",
        "First medical contact to device expected at {device_min} min, within 90",
    ),
    "pci_within_120": (
        "首次医疗接触至导丝通过预计 {device_min} 分钟,超过 90、在 120 分钟内:仍首选 PCI",
        "First medical contact to device expected at {device_min} min, beyond 90 but within 120: PCI still comes first",
    ),
    "lysis_first": (
        "导丝通过预计要 {device_min} 分钟,超过 120 分钟:如无禁忌,30 分钟内先溶栓,再转 PCI 医院",
        "Device not before {device_min} min, beyond 120: lysis within 30 min unless contraindicated, then on to PCI",
    ),
    "pci_unknown": (
        "没有已知能做 PCI 的胸痛地图医院可达",
        "No hospital of the STEMI map within reach is known to do PCI",
    ),
    "passes_busy_laboratory": (
        "较近的 {n} 家导管室正忙,等待会更晚",
        "The laboratory of {n} nearer hospitals is busy; waiting would be later",
    ),
    "passes_no_pci": (
        "较近的 {n} 家不确知能做 PCI,转院会更晚",
        "{n} nearer hospitals are not known to do PCI; a transfer would be later",
    ),
}

_LIVE: Final = {
    "operating_room": ("手术室停用", "Operating room closed"),
    "icu": ("重症监护停收", "Intensive care closed"),
    "obstetrics": ("产科停收", "Obstetrics closed"),
    "neonatal_icu": ("新生儿重症停收", "Newborn intensive care closed"),
}
RULES: Final[dict[str, tuple[str, str]]] = {
    "below_secondary_grade": (
        "二级以下或等级未知,不收危重创伤、烧伤、中毒",
        "Below secondary grade, or of unknown grade: takes no severe injury, burn or poisoning",
    ),
    **{f"{capability}_closed": words for capability, words in _LIVE.items()},
}

HANDOVERS: Final[dict[str, tuple[str, str]]] = {
    "hazardous_material": ("有毒或危险气体:联动 119", "Hazardous material: call in 119"),
    "assault": ("伤人事件:联动 110", "Assault: call in 110"),
    "psychiatric_danger": (
        "有伤害自己或他人的危险:立即联动 110 同往",
        "Danger to himself or others: call in 110 to go along now",
    ),
    "psychiatric_ask": (
        "先问是否有伤害自己或他人的危险;有则联动 110",
        "Ask first whether there is danger to himself or others; if so, call in 110",
    ),
    "psychiatric_support": (
        "无危险时可转接心理援助热线 12356,不替代救护车",
        "Where nobody is in danger the hotline 12356 can be offered; never in an ambulance's stead",
    ),
}

SCALE_NAMES: Final = {
    "cpss": "CPSS",
    "be_fast": "BE-FAST",
    "lams": "LAMS",
    "race": "RACE",
    "fast_ed": "FAST-ED",
    "gcs": "GCS",
}
SINCE: Final = {
    "onset": ("发病", "onset"),
    "last_known_well": ("最后正常", "last known well"),
    "first_medical_contact": ("首次医疗接触", "first medical contact"),
}
CERTAINTY: Final = {"exact": ("时刻确切", "exact"), "estimated": ("时刻为估计", "estimated")}
_MEASURES: Final = {
    "no_disability": ("90 天无残疾(mRS 0–1)的概率", "probability of no disability at 90 days (mRS 0–1)"),
    "mortality": ("死亡率", "mortality"),
}
_SOURCES: Final = {
    "no_disability": "Emberson 2014; Fransen 2016; SAMueL",
    "mortality": "Terkelsen 2010",
}


def outcome_wire(world: World, outcome: ModelledOutcome) -> dict[str, Any]:
    """The ways side by side; `modelled` says what they are, and on whose figures."""
    zh, en = _MEASURES[outcome.measure]
    return {
        "modelled": True,
        "measure": outcome.measure,
        "text": f"模型估计:{zh}",
        "text_en": f"Modelled: {en}",
        "source": _SOURCES[outcome.measure],
        "rule": outcome.rule,
        "since": outcome.since,
        "options": [
            {
                "way": option.way,
                "hospital_id": option.hospital_id,
                **_names(world, option.hospital_id, ""),
                "then_hospital_id": option.then_hospital_id,
                **_names(world, option.then_hospital_id, "then_"),
                "unit_id": option.unit_id,
                "needle_s": option.needle_s,
                "reperfusion_s": option.reperfusion_s,
                "p_outcome": option.p_outcome,
                "best_share": round(option.n_best / outcome.n_worlds, 3),
            }
            for option in outcome.options
        ],
    }


def _names(world: World, hospital_id: Any, prefix: str) -> dict[str, str | None]:
    hospital = world.hospitals.get(hospital_id)
    return {
        f"{prefix}name_zh": hospital.record.name_zh if hospital else None,
        f"{prefix}name_en": hospital.record.name_en if hospital else None,
    }


def handover_wire(to: str, why: str) -> dict[str, str]:
    """`{to, code, text, text_en}`."""
    zh, en = HANDOVERS[why]
    return {"to": to, "code": why, "text": zh, "text_en": en}
