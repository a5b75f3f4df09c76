"""Which of our columns a foreign one is: the header names that map platforms and registries use, known without a mapping file."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("aed_id", "poiid", "poi_id", "uid", "编号", "设备编号", "aed编号", "设备序列号"),
    "name": (
        "name_zh",
        "title",
        "名称",
        "标题",
        "地点名称",
        "场所名称",
        "安装地点",
        "放置地点",
        "安装单位",
        "单位名称",
        "机构名称",
    ),
    "name_en": ("name:en", "english_name", "英文名称"),
    "address": ("addr", "addr:full", "地址", "详细地址", "安装地址"),
    "lat": ("latitude", "纬度", "location.lat", "y"),
    "lon": ("lng", "long", "longitude", "经度", "location.lng", "location.lon", "x"),
    "location": ("coordinates", "坐标", "经纬度"),
    "category": ("type", "typename", "分类", "类别", "类型"),
    "contact": ("tel", "phone", "telephone", "电话", "联系电话", "联系方式"),
    "opening_hours": ("opentime", "hours", "开放时间", "营业时间", "服务时间", "可用时间"),
    "location_zh": ("具体位置", "放置位置", "安装位置", "位置描述"),
    "level": ("floor_level", "楼层level"),
    "model": ("型号", "设备型号"),
    "pads_expiry": ("电极片有效期", "电极片到期日"),
    "battery_expiry": ("电池有效期", "电池到期日"),
    "last_checked": ("检查日期", "最近检查", "巡检日期"),
    "photo_url": ("image", "photo", "照片"),
}
"""Ours to theirs, the first one found counts; upper and lower case do not."""

PLACE_KINDS: Final = (
    ("metro_station", ("地铁", "轻轨", "metro", "subway")),
    ("bus_terminal", ("公交", "客运", "火车", "机场", "交通设施", "bus")),
    ("health_centre", ("社康", "社区健康", "诊所", "卫生服务")),
    ("hospital", ("医院", "急救中心", "hospital")),
    ("elderly_care", ("养老", "敬老", "老年")),
    ("school", ("学校", "大学", "中学", "小学", "幼儿园", "科教", "school")),
    ("sports", ("体育", "运动", "健身", "游泳", "sport")),
    ("lodging", ("酒店", "宾馆", "住宿", "hotel")),
    ("culture", ("图书馆", "博物馆", "文化", "剧院", "影院", "展览", "culture")),
    ("residential", ("住宅", "小区", "商务住宅", "residential")),
    ("park", ("公园", "景区", "风景", "旅游景点", "park")),
    ("mall", ("购物", "商场", "超市", "商业", "mall", "shop")),
    ("industrial_park", ("产业园", "工业园", "科技园", "园区")),
    ("office", ("写字楼", "公司", "企业", "商务", "office")),
    ("government", ("政府", "机关", "派出所", "政务", "社区中心", "党群", "government")),
)
"""The kinds of places that the city's AEDs stand at, by words of a platform's category; the first that fits."""

_AED: Final = re.compile(r"AED|除颤|defibrillator", re.IGNORECASE)
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?")


def recognised(header: Iterable[str], mapping: Mapping[str, str]) -> dict[str, str]:
    """Ours to theirs for each column that a file calls otherwise; what `mapping` says counts first."""
    theirs = {name.strip().casefold(): name for name in header}
    taken = set(mapping.values())
    found = dict(mapping)
    for own, aliases in ALIASES.items():
        if own in found or own in theirs:
            continue
        name = next((theirs[alias] for alias in aliases if alias in theirs and theirs[alias] not in taken), None)
        if name is not None:
            found[own] = name
    return found


def split_location(fields: Mapping[str, str]) -> dict[str, str]:
    """`lat` and `lon` out of a pair such as `114.06,22.54`: in China, and only there, the larger one is the longitude."""
    pair = _NUMBER.findall(fields.get("location", ""))
    if fields.get("lat") or fields.get("lon") or len(pair) != 2:
        return dict(fields)
    lat, lon = sorted(pair, key=float)
    return {**fields, "lat": lat, "lon": lon}


def names_aed(text: str) -> bool:
    """Whether a category or name says that it is of an AED."""
    return _AED.search(text) is not None


def place_kind_of(category: str) -> str | None:
    """The kind of place that a platform's category means, None if no word of it is known."""
    plain = category.casefold()
    return next((kind for kind, words in PLACE_KINDS if any(word in plain for word in words)), None)
