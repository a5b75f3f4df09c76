"""Opening hours as Chinese registries and map platforms write them, put into OSM's opening_hours syntax."""

import re
import unicodedata
from typing import Final

_ALWAYS: Final = re.compile(
    r"(?:全天候?(?:开放)?|24\s*小时(?:全天)?(?:开放|营业)?|24h|7\s*[x*×]\s*24(?:小时)?|00:00-24:00)", re.IGNORECASE
)
_DAY: Final = {"一": "Mo", "二": "Tu", "三": "We", "四": "Th", "五": "Fr", "六": "Sa", "日": "Su", "天": "Su"}
_NAMED: Final = {"每天": "", "每日": "", "工作日": "Mo-Fr", "周末": "Sa,Su", "": ""}
_CLOCK: Final = r"\d{1,2}:\d{2}"
_PART: Final = re.compile(
    rf"(?P<days>每天|每日|工作日|周末|(?:周|星期)[一二三四五六日天](?:-(?:周|星期)?[一二三四五六日天])?)?"
    rf"(?P<times>{_CLOCK}-{_CLOCK}(?:,{_CLOCK}-{_CLOCK})*)"
)


def osm_hours(text: str) -> str:
    """The same hours in OSM's syntax where every part is understood, else the text as it is, which then reads as unknown.

    `工作日` (working days) becomes Monday to Friday and closed on public holidays.
    """
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).replace("、", ",")
    plain = re.sub(r"[-~—–至到]+", "-", plain)
    if _ALWAYS.fullmatch(plain):
        return "24/7"
    rules = [_rule(part) for part in re.split(r";|,(?=每|工|周|星)", plain) if part]
    known = [rule for rule in rules if rule is not None]
    if not known or len(known) < len(rules):
        return text
    return "; ".join(known) + ("; PH off" if "工作日" in plain else "")


def _rule(part: str) -> str | None:
    match = _PART.fullmatch(part)
    if match is None:
        return None
    days = _days(match["days"] or "")
    times = ",".join("-".join(clock.zfill(5) for clock in span.split("-")) for span in match["times"].split(","))
    return f"{days} {times}".strip()


def _days(text: str) -> str:
    if text in _NAMED:
        return _NAMED[text]
    return "-".join(_DAY[character] for character in text if character in _DAY)
