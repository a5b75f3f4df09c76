"""Why a command is refused: a stable code, words in both languages, and, for a wrong field, where it is."""

from enum import Enum


class Refusal(Enum):
    """Each refusal's code (the value's first part), HTTP-like class of failure, and its sentence in Chinese and English."""

    INCIDENT_NOT_FOUND = ("incident_not_found", "没有这个事件", "There is no such incident")
    ASSIGNMENT_NOT_FOUND = ("assignment_not_found", "没有这个派车任务", "There is no such assignment")
    UNIT_NOT_FOUND = ("unit_not_found", "没有这个车组", "There is no such unit")
    POST_NOT_FOUND = ("post_not_found", "没有这个候命点", "There is no such post")
    HOSPITAL_NOT_FOUND = ("hospital_not_found", "没有这家医院", "There is no such hospital")
    PATIENT_NOT_FOUND = ("patient_not_found", "没有这名患者", "There is no such patient")
    TRAFFIC_NOT_FOUND = (
        "traffic_not_found",
        "没有这条路况,或已结束",
        "There is no such traffic report, or it has ended",
    )
    AED_DATA_CHANGED = (
        "aed_data_changed",
        "现用的 AED 数据已被他人更换,请看最新版本再决定",
        "Someone has exchanged the AED data meanwhile; look again and decide",
    )
    AED_BEING_FETCHED = (
        "aed_being_fetched",
        "已有人正在去取这台 AED",
        "Somebody is already fetching this AED",
    )
    AED_FETCH_ENDED = (
        "aed_fetch_ended",
        "取用预留已结束,这台 AED 可能已由他人去取",
        "The device is no longer kept for you; somebody else may be fetching it",
    )
    AED_NOT_REPORTED = ("aed_not_reported", "没有关于这台 AED 的报告", "Nothing was reported of this AED")
    ARREST_UNIT_NOT_FOUND = (
        "arrest_unit_not_found",
        "没有这名志愿者或这架无人机",
        "There is no such responder or drone",
    )
    RUN_NOT_FOUND = ("run_not_found", "没有这次取送", "There is no such run")
    NOT_AN_ARREST = ("not_an_arrest", "该事件不是心脏骤停", "The incident is no cardiac arrest")
    AED_NOT_NEAR = (
        "aed_not_near",
        "这台 AED 不在可取之列",
        "The device is not among those that can be fetched for this patient",
    )
    BYSTANDER_SENT = (
        "bystander_sent",
        "已请一位旁人去取 AED",
        "A bystander has been sent for a device already",
    )
    INCIDENT_NOT_OPEN = ("incident_not_open", "事件已结束", "The incident has ended")
    INCIDENT_HAS_ACTIVE_UNITS = (
        "incident_has_active_units",
        "仍有车组在执行任务,不能结束事件",
        "Units are still committed to the incident; it cannot be closed",
    )
    RETRIAGE_REQUIRED = (
        "retriage_required",
        "候派事件须重新评估后才能结束",
        "A held incident has to be re-triaged before it can be closed",
    )
    CANNOT_JOIN_ITSELF = ("cannot_join_itself", "不能并入自身", "An incident cannot join itself")
    UNIT_NOT_AVAILABLE = (
        "unit_not_available",
        "车组已有任务或不在岗;改派须注明 divert 和理由",
        "The unit is committed or off duty; to divert it, say so and why",
    )
    DIVERT_REASON_REQUIRED = ("divert_reason_required", "改派须有理由", "Diverting a unit needs a reason")
    DIVERT_TOO_LATE = (
        "divert_too_late",
        "车组已到现场,不能改派",
        "The crew is already with its patient and cannot be diverted",
    )
    VERSION_CONFLICT = (
        "version_conflict",
        "事件已被他人更改,请看最新状态再决定",
        "Someone has changed the incident meanwhile; look again and decide",
    )
    ROOM_RULES_CHANGED = (
        "room_rules_changed",
        "当班规则已被他人更改,请看最新规则再决定",
        "Someone has changed the rules of the room meanwhile; look again and decide",
    )
    ILLEGAL_TRANSITION = ("illegal_transition", "状态不能这样变更", "The status cannot change this way")
    CORRECTION_REASON_REQUIRED = ("correction_reason_required", "更正须有理由", "A correction needs a reason")
    STATUS_IN_FUTURE = ("status_in_future", "发生时间不能在将来", "A step cannot have happened in the future")
    DISPOSITION_WITHOUT_END = (
        "disposition_without_end",
        "只有任务结束时才能填写转归",
        "A disposition is given when the assignment ends",
    )
    UNIT_COMMITTED = ("unit_committed", "车组正在执行任务", "The unit is committed to an assignment")
    PATIENT_NOT_IN_INCIDENT = (
        "patient_not_in_incident",
        "患者不属于该事件",
        "The patient is not part of the incident",
    )
    PATIENT_NOT_WAITING = (
        "patient_not_waiting",
        "该患者已由其他车组送走,或已不需要车组",
        "The patient is under way with another crew, or needs none any more",
    )
    NO_CASUALTY_PLAN = (
        "casualty_plan_not_found",
        "该事件没有伤员分配方案",
        "There is no casualty plan for this incident",
    )
    ILLEGAL_OUTCOME = (
        "illegal_outcome",
        "该患者的转归不能这样变更",
        "The patient's outcome cannot change this way",
    )
    NO_SLOT_FREE = (
        "no_slot_free",
        "该医院此项能力没有可预留的名额",
        "The hospital has no free place of this capability",
    )
    SLOT_NOT_KEPT = ("slot_not_found", "没有为该患者预留名额", "No place is kept for this patient")
    PATIENT_NOT_BOUND_HERE = (
        "patient_not_bound_here",
        "该患者不是送往这家医院,或已到达",
        "The patient is not on the way to this hospital, or has arrived",
    )
    PATIENT_HAS_NO_HOSPITAL = (
        "patient_has_no_hospital",
        "该患者还没有送往的医院,或已结束",
        "The patient is not bound for a hospital yet, or is no longer on the way",
    )
    NO_PREALERT = ("prealert_not_found", "没有这名患者的预警", "There is no pre-alert for this patient")
    WARNING_NOT_FOUND = ("warning_not_found", "没有这条地点警示", "There is no such warning of premises")
    NOTICE_NOT_FOUND = ("notice_not_found", "没有这条通知", "There is no such notice")
    NOTICE_ENDED = (
        "notice_ended",
        "通知已被确认、拒收或撤回",
        "The notice has been acknowledged, refused or withdrawn",
    )
    TOO_MANY_PICTURES = ("too_many_pictures", "该患者的照片已达上限", "This patient has as many pictures as are kept")
    TRANSFER_NOT_FOUND = ("transfer_not_found", "没有这个转院请求", "There is no such transfer")
    TRANSFER_ENDED = ("transfer_ended", "转院请求已答复或撤回", "The transfer has been answered or withdrawn")
    TRANSFER_NOT_ACCEPTED = ("transfer_not_accepted", "接收医院尚未同意", "The hospital has not agreed to it")
    TRANSFER_UNDERWAY = (
        "transfer_underway",
        "这名患者已由另一事件转运",
        "Another incident already moves this patient",
    )
    TRANSFER_TO_ITSELF = ("transfer_to_itself", "不能转给自己", "A hospital cannot ask itself")
    ANSWER_REASON_REQUIRED = ("answer_reason_required", "拒绝须有理由", "A refusal needs a reason")
    NO_RECOMMENDATION = (
        "recommendation_not_found",
        "该事件没有派车建议",
        "There is no recommendation for this incident",
    )
    CONSENT_REFUSED = (
        "consent_refused",
        "患者已拒绝;如危及生命,可说明理由后强制调阅,并会留下记录",
        "The patient has refused; where life is at stake the glass can be broken, with a reason, on record",
    )
    NO_DESTINATION = (
        "no_destination",
        "该患者还没有目的医院",
        "The patient is not bound for any hospital yet",
    )
    CARE_TIME_KNOWN = (
        "care_time_known",
        "该来源已给出此时间;如有误请更正并说明理由",
        "This source has given that time already; correct it, with a reason",
    )
    CARE_TIME_NOT_FOUND = ("care_time_not_found", "该来源没有给出过此时间", "This source has given no such time")
    CARE_TIME_IN_FUTURE = ("care_time_in_future", "时间不能在将来", "It cannot have happened in the future")
    CARE_HOSPITAL_REQUIRED = (
        "care_hospital_required",
        "须注明是哪家医院",
        "It has to be said in which hospital",
    )
    NOT_DONE_REASON_REQUIRED = (
        "not_done_reason_required",
        "没有时间即表示未做,须说明理由",
        "Without a time it was not done, and that needs a reason",
    )
    DRILL_ENDED = ("drill_ended", "演练已结束,不再接受操作", "The drill has ended and takes no commands")
    IDEMPOTENCY_KEY_REUSED = (
        "idempotency_key_reused",
        "同一幂等键不能用于不同内容",
        "The idempotency key was used before with another body",
    )

    @property
    def code(self) -> str:
        return self.value[0]

    @property
    def text_zh(self) -> str:
        return self.value[1]

    @property
    def text_en(self) -> str:
        return self.value[2]


class CommandRejected(Exception):
    """The caller's mistake, or a state that forbids it; nothing was changed."""

    def __init__(self, refusal: Refusal, *, detail: str | None = None) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal
        self.detail = detail


class InvariantBroken(Exception):
    """Ours: the world contradicts itself. The command stops and the journal stays as it was."""
