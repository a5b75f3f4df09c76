"""Examples of map answers for the OpenAPI document; a test reads each back through its model."""

from typing import Any, Final

Example = dict[str, Any]

_VERSION: Final = {"data_version": "shenzhen-2026.11-482f3dcb0893", "valid_from": "2026-11-21"}
_SIMULATED: Final = {
    "zh": "模拟：按 2023 年配置标准的场所类别生成，并非真实 AED",
    "en": "simulated: generated at the kinds of places of the 2023 placement standard, no real AED",
    "dated": "2026-11-21",
}

_AED_PROPERTIES: Final[Example] = {
    "aed_id": "AED-health_centre-88411caa05-1",
    "name_zh": "莲花街道社区健康服务中心1（模拟）",
    "name_en": "Community health centre 1, Lianhua Sub-district (simulated)",
    "place_kind": "health_centre",
    "uncertainty_m": 20.0,
    "level": "0",
    "floor": 1,
    "indoor": True,
    "location_text": {"zh": "一层导诊台", "en": "Ground floor, at the triage desk"},
    "access": {
        "class": "yes",
        "rule": {"zh": "任何人可取用", "en": "Anybody may take it"},
        "opening_hours": "Mo-Su 08:00-20:00",
        "open_now": "yes",
        "next_change": "2026-11-30T12:00:00Z",
    },
    "contact": {"phone": None, "role": "服务台 / front desk"},
    "device": {
        "model": "SIM-C",
        "pads_expiry": "2028-12-02",
        "battery_expiry": "2029-11-14",
        "pads_ok": True,
        "battery_ok": True,
    },
    "verification": {"at": "2026-11-04", "by": "maps-data generate", "method": "registry_check"},
    "reserved_until": None,
    "is_withdrawn": False,
    "report": None,
    "source": "maps-data generate",
    "source_ids": [],
    "photo": None,
    "evidence": _SIMULATED,
    "data_age_s": 777600,
    "licence": "Apache-2.0",
    "record_class": "simulated",
}

_POINT: Final[Example] = {"type": "Point", "coordinates": [114.058948, 22.542246]}

_REPORT: Final[Example] = {"kind": "missing", "at": "2026-11-30T01:40:00Z", "age_s": 1200, "is_verified": False}

REPORT_IN: Final[Example] = {"kind": "missing", "text": "柜子是空的", "at": "2026-11-30T09:40:00+08:00"}

REPORTED: Final[Example] = {
    "aed_id": _AED_PROPERTIES["aed_id"],
    "report": _REPORT,
    "fetch": None,
    "zh": "已记录,在核实前会注明“未核实”。若正在急救,请拨打 120。",
    "en": "Recorded, and shown as unverified until somebody has looked. In an emergency call 120.",
}

REPORTED_AEDS: Final[Example] = {
    "items": [
        {
            "aed_id": _AED_PROPERTIES["aed_id"],
            "name_zh": _AED_PROPERTIES["name_zh"],
            "name_en": _AED_PROPERTIES["name_en"],
            "is_listed": True,
            "reports": [{**_REPORT, "text": "柜子是空的"}],
        }
    ],
    "next": None,
}

AED: Final[Example] = {
    "type": "Feature",
    "id": _AED_PROPERTIES["aed_id"],
    "geometry": _POINT,
    "properties": _AED_PROPERTIES,
}

AEDS: Final[Example] = {
    "type": "FeatureCollection",
    "data_version": _VERSION["data_version"],
    "features": [AED],
    "next": None,
}

NEAREST: Final[Example] = {
    "type": "FeatureCollection",
    "emergency": {
        "zh": "先拨打 120,让旁人去取 AED;立即开始心肺复苏,不要离开患者。",
        "en": "Call 120 first and send somebody else for the AED; start CPR at once and do not leave the patient.",
        "steps": [{"zh": "拨打 120,打开免提,说清地点", "en": "Call 120 on speaker and say where you are"}],
    },
    "features": [
        {
            **AED,
            "properties": {
                **_AED_PROPERTIES,
                "verification": {**_AED_PROPERTIES["verification"], "score": 0.95},
                "distance_m": 144,
                "walk": {"source": "walking-estimate-v1", "grade": "estimate"},
                "is_closed": False,
                "is_barred": False,
                "eta": {
                    "walk_out_s": 121.8,
                    "search_s": 12.1,
                    "vertical_s": 0.0,
                    "unlock_s": 15.0,
                    "walk_back_s": 121.8,
                    "risk_s": 14.2,
                    "total_s": 284.9,
                    "p90_s": 567.5,
                },
                "why": [
                    {
                        "code": "total_time",
                        "zh": "预计 5 分钟取回,其中步行往返 4 分钟",
                        "en": "Expected back in 5 min, 4 min of it on foot",
                    },
                    {"code": "open_now_yes", "zh": "现在开放", "en": "Open now"},
                ],
            },
        }
    ],
    "computed_for": "2026-11-30T02:00:00Z",
    "place": {"lat": 22.5431, "lon": 114.0579},
    "bundle": "/api/v1/aeds?cell=8741013a5ffffff",
    **_VERSION,
    "travel_time_source": "walking-estimate-v1",
    "counted": {
        "zh": "时间从所给位置的地面算起,按步行估算",
        "en": "Times count from street level, by a walking estimate",
    },
}

AED_MAP: Final[Example] = {
    "type": "FeatureCollection",
    **_VERSION,
    "as_of": "2026-11-30",
    "membership": "yes",
    "features": [
        {
            "type": "Feature",
            "geometry": _POINT,
            "properties": {name: _AED_PROPERTIES[name] for name in ("name_zh", "record_class")}
            | {"id": _AED_PROPERTIES["aed_id"], "access": "yes"},
        }
    ],
}

BASEMAP: Final[Example] = {
    "type": "FeatureCollection",
    **_VERSION,
    "features": [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [114.045627, 22.546318]},
            "properties": {
                "kind": "label",
                "adcode": "440304",
                "name_zh": "福田区",
                "name_en": "Futian",
                "record_class": "real",
                "evidence": {"zh": "2020 年人口普查", "en": "census of 2020"},
            },
        }
    ],
}

PLACES: Final[Example] = {
    "items": [
        {
            "name_zh": "地铁华强路站",
            "name_en": "Huaqiang Road metro station",
            "kind": "metro_station",
            "lat": 22.54304,
            "lon": 114.079944,
            "accuracy_m": 300.0,
        }
    ],
    "next": None,
}

TREATMENT_MAP: Final[Example] = {
    "type": "FeatureCollection",
    **_VERSION,
    "as_of": "2026-11-30",
    "kind": "stroke",
    "list_dated": "2026-11-21",
    "published": {
        "members": 37,
        "evidence": {"zh": "37 家定点医院", "en": "37 hospitals", "dated": "2025-10-30", "url": None},
    },
    "known": {"yes": 32, "no": 0, "unknown": 0},
    "others": {
        "membership": "unknown",
        "zh": "据公布此图有 37 家医院,能确认的只有 32 家,其余是哪些不明",
        "en": "This map is said to have 37 hospitals, of which 32 are known; which the others are is not",
    },
    "features": [
        {
            "type": "Feature",
            "id": "H031",
            "geometry": {"type": "Point", "coordinates": [114.426117, 22.63045]},
            "properties": {
                "hospital_id": "H031",
                "name_zh": "深圳市大鹏新区葵涌人民医院",
                "name_en": "Dapeng New District Kuichong People's Hospital",
                "membership": "yes",
                "grade": "official",
                "since": "2021-10-27",
                "until": None,
                "evidence": {"zh": "2021-10-27 揭牌", "en": "unveiled on 2021-10-27", "dated": "2021-10-27"},
                "standing": {
                    "capability": "thrombectomy",
                    "state": "unknown",
                    "hours": None,
                    "open_now": "unknown",
                    "grade": None,
                    "evidence": None,
                },
                "capabilities": {
                    "ct": {
                        "state": "available",
                        "source": "急诊科",
                        "updated_at": "2026-11-30T01:00:00Z",
                        "expires_at": "2026-11-30T05:00:00Z",
                        "slots_free": None,
                        "reported": "available",
                        "slots": [],
                        "contradicted": None,
                    }
                },
                "record_class": "real",
            },
        }
    ],
}

CELLS: Final[Example] = {
    "type": "FeatureCollection",
    **_VERSION,
    "evidence": {
        "zh": "估计：区普查总数按社区数与建成密度分摊到 H3 8 级网格；街道与网格人口均为估计",
        "en": "estimate: the census total of the district, spread over H3 cells of resolution 8 by community counts and"
        " built-up density; sub-district and cell populations are estimates",
    },
    "features": [
        {
            "type": "Feature",
            "id": "88411c0001fffff",
            "geometry": {
                "type": "Polygon",
                "coordinates": [
                    [
                        [114.240887, 22.752591],
                        [114.241547, 22.75729],
                        [114.237538, 22.760454],
                        [114.232869, 22.758921],
                        [114.23221, 22.754223],
                        [114.236218, 22.751058],
                        [114.240887, 22.752591],
                    ]
                ],
            },
            "properties": {
                "district_adcode": "440307",
                "subdistrict_zh": "龙岗街道",
                "residents": 3994,
                "land_fraction": 1.0,
                "record_class": "estimated",
            },
        }
    ],
}
