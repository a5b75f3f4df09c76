"""The kinds of places that get an AED, how many of each, and what an AED there is like.

The kinds and their classes follow the city's placement standard in force since 2023-03-01: class 1
(transport, sport, health, elderly care, schools) within 300 m, class 2 (lodging, culture, residential)
within 600 m, others as needed (EyeShenzhen 2023-03-10). Every place that is generated holds one AED, so
the standard is met at the places themselves; how much of the city it covers is measured, not assumed.

`residents_per_place` has a source for health centres and residential estates; all other numbers, hours,
access and floors are assumptions.
"""

from dataclasses import dataclass
from typing import Final

from maps_data.vocabulary import AedAccess


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where in the place the AED hangs."""

    level: str
    zh: str
    en: str
    indoor: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AedKind:
    """A kind of place. `hours` and `spots` are options with weights; None is hours that nobody wrote down."""

    key: str
    zh: str
    en: str
    placement_class: int | None
    residents_per_place: float
    access: AedAccess
    contact: str
    hours: tuple[tuple[str | None, float], ...]
    spots: tuple[tuple[Spot, float], ...]


def _hours(*options: str | None) -> tuple[tuple[str | None, float], ...]:
    """Equally likely hours; 3 % of places have none on record (assumption)."""
    return (*((option, 0.97 / len(options)) for option in options), (None, 0.03))


LOBBY: Final = Spot(level="0", zh="一层大堂服务台旁", en="Ground floor, beside the service desk in the lobby")
GATE: Final = Spot(level="0", zh="大门值班室外墙", en="Outer wall of the duty room at the main gate", indoor=False)
CORRIDOR: Final = Spot(level="0", zh="一层主通道，电梯旁", en="Ground floor, main corridor beside the lifts")
UPPER: Final = Spot(level="1", zh="二层中庭扶手电梯旁", en="Second floor (level 1), beside the escalators")
BASEMENT: Final = Spot(level="-1", zh="地下一层入口处", en="Basement 1, at the entrance")
CLINIC: Final = Spot(level="0", zh="一层导诊台", en="Ground floor, at the triage desk")
GYM: Final = Spot(level="0", zh="体育馆入口内侧", en="Inside the entrance of the sports hall")
KIOSK: Final = Spot(level="0", zh="入口处室外箱", en="Outdoor cabinet at the entrance", indoor=False)
CONCOURSE: Final = Spot(level="-1", zh="站厅层客服中心旁", en="Concourse, beside the customer service centre")
PLATFORM: Final = Spot(level="-2", zh="站台层中部立柱", en="Platform level, pillar at the middle")
EMERGENCY: Final = Spot(level="0", zh="急诊大厅分诊台", en="Emergency hall, at the triage desk")
OUTPATIENTS: Final = Spot(level="0", zh="门诊大厅导诊台", en="Outpatient hall, at the information desk")
WARD: Final = Spot(level="1", zh="住院楼二层护士站", en="Inpatient building, nurses' station on level 1")

METRO_HOURS: Final = "06:00-23:30"
OFFICE_HOURS: Final = ("Mo-Fr 08:00-19:00; PH off", "Mo-Fr 08:30-18:00; Sa 09:00-12:00; PH off", "24/7")
DUTY: Final = "值班室（模拟，无电话）/ duty room (simulated, no phone)"
FRONT_DESK: Final = "服务台（模拟，无电话）/ front desk (simulated, no phone)"

AED_KINDS: Final = (
    AedKind(
        key="health_centre",
        zh="社区健康服务中心",
        en="Community health centre",
        placement_class=1,
        residents_per_place=17_494,  # 1,000 centres planned by the end of 2025 for 17.49 million residents
        access=AedAccess.YES,
        contact=FRONT_DESK,
        hours=_hours("Mo-Su 08:00-20:00", "Mo-Su 08:00-12:00,14:00-17:30", "Mo-Sa 08:00-21:00"),
        spots=((CLINIC, 1.0),),
    ),
    AedKind(
        key="school",
        zh="学校",
        en="School",
        placement_class=1,
        residents_per_place=6_500,
        access=AedAccess.PRIVATE,
        contact=DUTY,
        hours=_hours("Mo-Fr 07:00-18:00; PH off", "Mo-Fr 07:30-17:30; PH off", "Mo-Sa 07:00-21:30; PH off"),
        spots=((GATE, 0.6), (GYM, 0.4)),
    ),
    AedKind(
        key="elderly_care",
        zh="养老机构",
        en="Elderly care home",
        placement_class=1,
        residents_per_place=60_000,
        access=AedAccess.CUSTOMERS,
        contact=DUTY,
        hours=_hours("24/7"),
        spots=((LOBBY, 0.7), (CORRIDOR, 0.3)),
    ),
    AedKind(
        key="sports",
        zh="体育场馆",
        en="Sports venue",
        placement_class=1,
        residents_per_place=25_000,
        access=AedAccess.CUSTOMERS,
        contact=FRONT_DESK,
        hours=_hours("06:30-22:00", "Mo-Fr 09:00-22:00; Sa-Su 08:00-22:00"),
        spots=((GYM, 0.7), (LOBBY, 0.3)),
    ),
    AedKind(
        key="bus_terminal",
        zh="公交场站",
        en="Bus terminal",
        placement_class=1,
        residents_per_place=40_000,
        access=AedAccess.YES,
        contact=DUTY,
        hours=_hours("06:00-23:00", "05:30-00:30"),
        spots=((GATE, 0.7), (KIOSK, 0.3)),
    ),
    AedKind(
        key="lodging",
        zh="酒店",
        en="Hotel",
        placement_class=2,
        residents_per_place=25_000,
        access=AedAccess.CUSTOMERS,
        contact=FRONT_DESK,
        hours=_hours("24/7"),
        spots=((LOBBY, 1.0),),
    ),
    AedKind(
        key="culture",
        zh="文化娱乐场所",
        en="Culture and leisure venue",
        placement_class=2,
        residents_per_place=40_000,
        access=AedAccess.CUSTOMERS,
        contact=FRONT_DESK,
        hours=_hours("Tu-Su 09:00-18:00", "09:00-21:00", "14:00-02:00"),
        spots=((LOBBY, 0.6), (UPPER, 0.4)),
    ),
    AedKind(
        key="residential",
        zh="住宅小区",
        en="Residential estate",
        placement_class=2,
        residents_per_place=17_494_398 / 3_595,  # 3,595 registered estates (hexun.com 2022-04-14)
        access=AedAccess.PERMISSIVE,
        contact=DUTY,
        hours=_hours("24/7"),
        spots=((GATE, 0.5), (KIOSK, 0.3), (LOBBY, 0.2)),
    ),
    AedKind(
        key="park",
        zh="公园",
        en="Park",
        placement_class=None,
        residents_per_place=40_000,
        access=AedAccess.YES,
        contact=DUTY,
        hours=_hours("24/7", "06:00-22:00"),
        spots=((KIOSK, 0.8), (GATE, 0.2)),
    ),
    AedKind(
        key="mall",
        zh="商场",
        en="Shopping mall",
        placement_class=None,
        residents_per_place=25_000,
        access=AedAccess.YES,
        contact=FRONT_DESK,
        hours=_hours("10:00-22:00", "Mo-Th 10:00-22:00; Fr-Su 10:00-22:30"),
        spots=((LOBBY, 0.5), (UPPER, 0.25), (BASEMENT, 0.25)),
    ),
    AedKind(
        key="office",
        zh="写字楼",
        en="Office building",
        placement_class=None,
        residents_per_place=25_000,
        access=AedAccess.PERMISSIVE,
        contact=FRONT_DESK,
        hours=_hours(*OFFICE_HOURS),
        spots=((LOBBY, 0.8), (CORRIDOR, 0.2)),
    ),
    AedKind(
        key="industrial_park",
        zh="产业园",
        en="Industrial park",
        placement_class=None,
        residents_per_place=40_000,
        access=AedAccess.PRIVATE,
        contact=DUTY,
        hours=_hours("24/7", "Mo-Sa 08:00-20:00; PH off"),
        spots=((GATE, 0.6), (LOBBY, 0.4)),
    ),
    AedKind(
        key="government",
        zh="政务服务中心",
        en="Government service centre",
        placement_class=None,
        residents_per_place=60_000,
        access=AedAccess.YES,
        contact=FRONT_DESK,
        hours=_hours("Mo-Fr 09:00-12:00,14:00-18:00; PH off"),
        spots=((LOBBY, 1.0),),
    ),
)
