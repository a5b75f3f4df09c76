"""Why somebody is not asked to bring a defibrillator, in words. The codes are the plan's."""

from typing import Final

PASSED_OVER: Final[dict[str, tuple[str, str]]] = {
    "alone": ("只有一人在患者身边,不能离开", "Alone with the patient, cannot leave"),
    "being_fetched": ("已有人在取", "Being fetched by somebody else"),
    "closed": ("现在关门", "Closed now"),
    "crew_sooner": ("车组先到", "The crew is there sooner"),
    "declined": ("已谢绝", "Has declined"),
    "done": ("本事件已送到", "Has brought one to this incident"),
    "expired": ("未在时限内答复", "Has not answered in time"),
    "no_device": ("附近没有可取的 AED", "No device that could be had"),
    "no_fly": ("航线经过禁飞区", "A no-fly area on the way"),
    "not_public": ("不对外开放", "Not open to the public"),
    "off_duty": ("不在岗", "Off duty"),
    "on_another_run": ("正赴另一事件", "On the way to another incident"),
    "others_nearer": ("有更合适的志愿者", "Other responders suit better"),
    "out_of_range": ("超出往返航程", "Beyond its range out and back"),
    "payload": ("载重不够", "Cannot carry a defibrillator"),
    "place_unknown": ("位置未知", "Place not known"),
    "rain": ("有雨", "Rain"),
    "stood_down": ("已解除", "Was stood down"),
    "too_far": ("太远", "Too far away"),
    "too_little_gain": ("使首次电击提前有限", "Would bring the shock forward by too little"),
    "weather_unknown": ("气象或禁飞信息未知", "Weather or no-fly areas not known"),
    "wind": ("风大", "Too much wind"),
    "withdrawn": ("已停用", "Out of use"),
}
