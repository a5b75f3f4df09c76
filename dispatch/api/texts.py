"""What reasons, rules and terms say to people, in Chinese and English. The codes are the decision's; only the words are here."""

from collections.abc import Mapping
from typing import Any

from dispatch.api import texts_pathways
from dispatch.domain.choice import Reason

_CAPABILITY = {
    "emergency": ("急诊", "emergency department"),
    "ct": ("CT", "CT"),
    "cath_lab": ("导管室", "cath lab"),
    "thrombectomy": ("取栓团队", "thrombectomy team"),
    "icu": ("重症监护", "intensive care"),
    "operating_room": ("手术室", "operating room"),
    "obstetrics": ("产科", "obstetrics"),
    "neonatal_icu": ("新生儿重症", "newborn intensive care"),
}
_GRADE = {
    "official": ("官方公布", "official"),
    "registry": ("登记名录", "registry list"),
    "inferred": ("推断", "inferred"),
    "reported": ("医院所报", "as the hospital reports"),
}

REASONS: dict[str, tuple[str, str]] = {
    "near": ("就近:路程第 {rank} 近", "Near: number {rank} by travel time"),
    "within_target": (
        "就急:预计 {response_min} 分钟到达,在 {target_min} 分钟目标内",
        "Urgent: there in {response_min} min, inside the {target_min} min target",
    ),
    "beyond_target": (
        "就急:预计 {response_min} 分钟到达,超出 {target_min} 分钟目标",
        "Urgent: there in {response_min} min, beyond the {target_min} min target",
    ),
    "equivalent": (
        "相当,就近:首选并不确定优于其他车组",
        "Equivalent, take the nearest: not surely better than the others",
    ),
    "equivalent_instead": (
        "相当,就近:代价原以 {call_sign} 为先,但并不确定更好",
        "Equivalent, take the nearest: by cost {call_sign} came first, but not surely",
    ),
    "equivalent_covering": (
        "与最近的车组相当:最近的留作覆盖",
        "Equivalent to the nearest unit, which is kept for coverage",
    ),
    "diverted": (
        "改派:正赴次要事件,改派后早到 {gain_s} 秒",
        "Diverted: on its way to a less urgent incident; there {gain_s} s sooner than anybody else",
    ),
    "relieves": ("接替在途的 {call_sign},到得更早", "Relieves {call_sign}, which is on its way and would be later"),
    "staffing_als_for_red": ("专业:高级生命支持车组", "Specialty: advanced life support crew"),
    "staffing_bls": (
        "专业:基本生命支持车组,危重患者次选",
        "Specialty: basic crew, second choice for a critical patient",
    ),
    "staffing_als": ("高级车组宜留给危重患者", "An advanced crew is better kept for critical patients"),
    "staffing_msu": ("移动卒中单元,宜留给卒中患者", "Mobile stroke unit, better kept for stroke"),
    "staffing_mstemi": ("移动胸痛单元,宜留给胸痛患者", "Mobile STEMI unit, better kept for chest pain"),
    "specialty_msu": ("专业:移动卒中单元,车上可做 CT 和溶栓", "Specialty: mobile stroke unit with CT and lysis"),
    "specialty_mstemi": ("专业:移动胸痛单元", "Specialty: mobile STEMI unit"),
    "specialty_neonatal": ("专业:新生儿转运单元", "Specialty: neonatal unit"),
    "position_assumed": ("未收到定位,按在驻地推算", "No position report yet: assumed at its base"),
    "position_unlocated": (
        "定位是 {minutes} 分钟前的:可派车组不够才列出,派出前请问明位置",
        "Position is {minutes} min old: listed because too few others are free, ask where it is before sending it",
    ),
    "position_stale": ("定位已是 {age_s} 秒前", "Position is {age_s} s old"),
    "negative_pressure": ("专业:负压车", "Specialty: negative-pressure ambulance"),
    "no_negative_pressure": ("非负压车", "Not a negative-pressure ambulance"),
    "specialty_stroke": ("专业:卒中地图医院({grade_zh})", "Specialty: on the stroke map ({grade_en})"),
    "specialty_stemi": ("专业:胸痛地图医院({grade_zh})", "Specialty: on the STEMI map ({grade_en})"),
    "urgent_available": ("就急:{capability_zh}可用", "Urgent: {capability_en} available"),
    "urgent_busy": ("就急:{capability_zh}繁忙", "Urgent: {capability_en} busy"),
    "urgent_kept": ("就急:{capability_zh}已为该患者预留", "Urgent: {capability_en} is kept for the patient"),
    "urgent_closed": ("就急:{capability_zh}关闭", "Urgent: {capability_en} closed"),
    "urgent_unknown": ("就急:{capability_zh}状态未知(医院未报)", "Urgent: {capability_en} unknown (not reported)"),
    "wish": ("意愿:患者或家属要求", "Wish: asked for by the patient or family"),
    "inbound": ("已有 {patients} 名患者在途", "{patients} patients already on their way there"),
    **texts_pathways.REASONS,
}

RULES: dict[str, tuple[str, str]] = {
    "off_duty": ("不在岗", "Out of service"),
    "committed": ("正在执行任务", "Committed to an assignment"),
    "on_its_way": ("正赴次要事件,改派不值", "On its way to a less urgent incident; taking it is not worth it"),
    "divert_forbidden": ("正赴的事件不得改派", "On its way to an incident that may not lose its crew"),
    "diverted_before": ("正赴的事件已被改派过", "On its way to an incident that has lost a crew before"),
    "reserved": ("已预留", "Reserved"),
    "declined": ("车组已拒绝此任务", "The crew has declined this incident"),
    "fix_unusable": ("定位超过 5 分钟未更新", "Position older than 5 minutes"),
    "neonatal_unit_kept": ("新生儿转运单元,仅用于新生儿", "Neonatal unit, for newborns only"),
    "advanced_crew_must_follow": (
        "首车之外须有高级生命支持车组到场",
        "An advanced crew must answer beside the first",
    ),
    "special_unit_kept": ("专用单元,留给对应病种", "Special unit, kept for its own pathway"),
    "unreachable": ("无法到达", "Cannot be reached"),
    "not_stroke_designated": ("不在卒中地图", "Not on the stroke map"),
    "not_stemi_designated": ("不在胸痛地图", "Not on the STEMI map"),
    "specialised_hospital": ("专科医院,不收此类急诊", "Specialised hospital, takes no such emergency"),
    "emergency_closed": ("急诊关闭", "Emergency department closed"),
    "ct_closed": ("CT 停用", "CT closed"),
    "transfer_agreed_elsewhere": ("转院已与另一家医院商定", "The transfer was agreed on with another hospital"),
    "patient_turned_away": ("医院已说明不能接收该患者", "The hospital has said that it cannot take the patient"),
    "cath_lab_closed": ("导管室停用", "Cath lab closed"),
    **texts_pathways.RULES,
}

# What anybody may know of a degradation; the exact reason is for staff.
DEGRADATIONS: dict[str, tuple[str, str]] = {
    "keys_missing": (
        "个人信息的部分密钥缺失,相应内容按已抹除显示",
        "Some keys of personal data are missing; what they seal is shown as erased",
    ),
    "aed_data_missing": (
        "现用的 AED 数据在本机缺失或损坏,所示为较早的版本",
        "The AED data in force is missing or damaged on this machine; an earlier version is shown",
    ),
    "roads_not_loaded": (
        "道路网络未能载入,行程时间为估算",
        "The road network could not be loaded; travel times are estimated",
    ),
    "footways_not_loaded": (
        "步行道路网络未能载入,步行时间为估算",
        "The footways could not be loaded; times on foot are estimated",
    ),
    "roads_failed": (
        "道路网络应答失败,行程时间暂为估算",
        "The road network failed; travel times are estimated for now",
    ),
    "traffic_not_applied": (
        "最新路况未能计入行程时间",
        "The latest traffic is not in the travel times",
    ),
    "journal_unreachable": (
        "日志数据库无应答,显示的是此前的情况,新的操作暂不能保存",
        "The journal's database does not answer: what is shown is from before, and nothing new can be saved",
    ),
    "no_writer": (
        "正在切换写入进程,新的操作稍候保存",
        "The writing process is being replaced; new commands wait",
    ),
    "clock_stepped": (
        "本机时钟在运行中被拨动,服务仍按拨动前的时间计时,请核对时间并逐个重启进程",
        "This machine's clock was set while the service ran, which goes on by the time before; check the time, then restart the "
        "processes one after another",
    ),
    "positions_lost": (
        "半数以上车组的定位超过 5 分钟未更新,派出前请问明位置",
        "More than half of the crews have positions older than 5 minutes: ask where they are before sending them",
    ),
    "not_ready": (
        "服务不接受操作,请改用纸单并通知值班技术人员",
        "The service takes no commands: go on with paper and call the technician on duty",
    ),
    "redis_unreachable": (
        "Redis 无应答,进程之间改为轮询,画面可能晚到一秒",
        "Redis does not answer; processes poll each other, and screens may be a second late",
    ),
}

NOTICES: dict[str, tuple[str, str]] = {
    "traces_unreachable": (
        "追踪数据送不到收集器,已丢弃;派车不受影响",
        "Traces do not reach their collector and are dropped; dispatch goes on as ever",
    ),
}


NEEDS: dict[str, tuple[str, str]] = {
    "emergency": ("急诊", "an emergency department"),
    "children": ("儿科急诊", "a children's emergency department"),
    "obstetrics": ("产科", "obstetrics"),
    "cath_lab": ("导管室", "a cath lab"),
    "burns": ("烧伤救治", "burns care"),
}


def reason_wire(reason: Reason) -> dict[str, Any]:
    """`{code, sign, text, text_en}`, Chinese first."""
    zh, en = REASONS[reason.code]
    params = _readable(dict(reason.params))
    return {"code": reason.code, "sign": reason.sign, "text": zh.format(**params), "text_en": en.format(**params)}


def rule_texts(rule: str) -> dict[str, str]:
    zh, en = RULES[rule]
    return {"rule": rule, "text": zh, "text_en": en}


def degradation_texts(code: str) -> dict[str, str]:
    """`{code, text_zh, text_en}`."""
    zh, en = (DEGRADATIONS | NOTICES)[code]
    return {"code": code, "text_zh": zh, "text_en": en}


def _readable(params: Mapping[str, str | int | float]) -> dict[str, Any]:
    readable: dict[str, Any] = dict(params)
    for name in ("response_s", "target_s"):
        if name in params:
            readable[name.removesuffix("_s") + "_min"] = f"{float(params[name]) / 60:.0f}"
    if "capability" in params:
        readable["capability_zh"], readable["capability_en"] = _CAPABILITY[str(params["capability"])]
    if "grade" in params:
        readable["grade_zh"], readable["grade_en"] = _GRADE[str(params["grade"])]
    if "scale" in params:
        readable["scale_name"] = texts_pathways.SCALE_NAMES[str(params["scale"])]
    for name, words in (("since", texts_pathways.SINCE), ("certainty", texts_pathways.CERTAINTY)):
        if name in params:
            readable[f"{name}_zh"], readable[f"{name}_en"] = words[str(params[name])]
    return readable
