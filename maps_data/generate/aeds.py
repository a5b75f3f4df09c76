"""The simulated AEDs: at every metro station and hospital, and at generated places where residents are.

Only the coordinates of stations and hospitals are real. The other places are shared among the cells by their
residents and put somewhere on the cell's land. Dates are drawn relative to the day from which the data set
is valid, never to today, so that the file does not change by itself.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from maps_data.catalogue import Facts
from maps_data.decode import AED_COLUMNS
from maps_data.generate.aed_kinds import (
    AED_KINDS,
    CONCOURSE,
    DUTY,
    EMERGENCY,
    FRONT_DESK,
    METRO_HOURS,
    OUTPATIENTS,
    PLATFORM,
    WARD,
    AedKind,
    Spot,
)
from maps_data.generate.apportion import spread
from maps_data.generate.cell_points import CellPoints, near
from maps_data.generate.draw import Draw
from maps_data.records import Hospital, MetroStation, PopulationCell
from maps_data.tables import write_table
from maps_data.vocabulary import AedAccess, RecordClass
from routing.cells import cell_text
from routing.geo import Wgs84

SOURCE: Final = "maps-data generate"
AT_STATION_M: Final = (15.0, 80.0)
AT_HOSPITAL_M: Final = (10.0, 60.0)
"""How far from the real point the AED is drawn; less than what the point itself may be off."""
UNCERTAINTY_M: Final = 20.0
UNCERTAINTY_IN_STATION_M: Final = 100.0
UNCERTAINTY_IN_HOSPITAL_M: Final = 100.0
"""Assumption: what a registry entry is off; more where the building is large."""
PADS_EXPIRED_SHARE: Final = 0.08
BATTERY_EXPIRED_SHARE: Final = 0.04
CHECK_OVERDUE_SHARE: Final = 0.10
CHECK_NEVER_SHARE: Final = 0.05
"""Assumptions: some devices are neglected, as everywhere; no figure for the city was found."""
CHECK_INTERVAL_DAYS: Final = 180
PADS_LIFE_DAYS: Final = 900
BATTERY_LIFE_DAYS: Final = 1500
"""Assumption: pads last some two and a half years, batteries four; both set when fitted, at any time before."""
MODELS: Final = (("SIM-A", 0.5), ("SIM-B", 0.3), ("SIM-C", 0.2))
"""Made-up models: no maker's name stands on a device that does not exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A device's place, before its device is drawn."""

    aed_id: str
    name_zh: str
    name_en: str
    place_kind: str
    placement_class: int | None
    point: Wgs84
    uncertainty_m: float
    spot: Spot
    access: AedAccess
    hours: str | None
    contact: str


def aeds_csv(facts: Facts, seed: int) -> str:
    """aeds.csv for a city, the same for the same facts and seed."""
    on = facts.dataset.manifest.valid_from
    sites = (*_at_metro_stations(facts, seed), *_at_hospitals(facts, seed), *_at_places(facts, seed))
    return write_table(AED_COLUMNS, (_row(site, Draw(seed, site.aed_id), on) for site in sites))


def _at_metro_stations(facts: Facts, seed: int) -> Iterator[Site]:
    """One in each station, one more where lines cross, and two more at railway stations, ports and airports."""
    for station in facts.metro_stations:
        n_aeds = 1 + (len(station.lines) > 1) + 2 * (station.hub is not None)
        for number in range(1, n_aeds + 1):
            aed_id = f"AED-{station.station_id}-{number}"
            yield _metro_site(station, aed_id, number, Draw(seed, f"at {aed_id}"))


def _metro_site(station: MetroStation, aed_id: str, number: int, draw: Draw) -> Site:
    return Site(
        aed_id=aed_id,
        name_zh=f"地铁{station.name_zh.removesuffix('站')}站（模拟）",
        name_en=f"{station.name_en} metro station (simulated)",
        place_kind="metro_station",
        placement_class=1,
        point=near(station.point, draw, least_m=AT_STATION_M[0], most_m=AT_STATION_M[1]),
        uncertainty_m=UNCERTAINTY_IN_STATION_M,
        spot=CONCOURSE if number % 2 else PLATFORM,
        access=AedAccess.YES,
        hours=METRO_HOURS,
        contact=DUTY,
    )


def _at_hospitals(facts: Facts, seed: int) -> Iterator[Site]:
    """Three in each tertiary hospital, two in the others."""
    for hospital in facts.hospitals:
        spots = [EMERGENCY if hospital.general_emergency else WARD, OUTPATIENTS]
        if (hospital.level_zh or "").startswith("三级") and hospital.general_emergency:
            spots.append(WARD)
        for number, spot in enumerate(spots, start=1):
            aed_id = f"AED-{hospital.hospital_id}-{number}"
            yield _hospital_site(hospital, aed_id, spot, Draw(seed, f"at {aed_id}"))


def _hospital_site(hospital: Hospital, aed_id: str, spot: Spot, draw: Draw) -> Site:
    return Site(
        aed_id=aed_id,
        name_zh=f"{hospital.name_zh}（模拟）",
        name_en=f"{hospital.name_en} (simulated)",
        place_kind="hospital",
        placement_class=1,
        point=near(hospital.point, draw, least_m=AT_HOSPITAL_M[0], most_m=AT_HOSPITAL_M[1]),
        uncertainty_m=UNCERTAINTY_IN_HOSPITAL_M,
        spot=spot,
        access=AedAccess.YES,
        hours="Mo-Su 07:30-21:30" if spot is OUTPATIENTS else "24/7",
        contact=FRONT_DESK,
    )


def _at_places(facts: Facts, seed: int) -> Iterator[Site]:
    """Generated places of every kind, cell by cell."""
    cells = sorted(facts.population_cells, key=lambda cell: cell.cell)
    residents = [cell.population_estimate for cell in cells]
    land = {cell.cell: cell.land_fraction for cell in cells}
    names_en = {s.name_zh: s.name_en for s in facts.subdistricts} | {
        d.name_zh: f"{d.name_en} District" for d in facts.districts
    }
    points = {cell.cell: CellPoints.of(cell, land) for cell in cells}
    numbers: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for kind in AED_KINDS:
        n_places = round(sum(residents) / kind.residents_per_place)
        start = Draw(seed, f"comb {kind.key}").share()
        for cell, n_here in zip(cells, spread(residents, n_places, start=start), strict=True):
            for number in range(1, n_here + 1):
                area_zh = cell.subdistrict_zh or cell.district_zh
                numbers[kind.key][area_zh] += 1
                name = (area_zh, names_en.get(area_zh, area_zh), numbers[kind.key][area_zh])
                yield _place_site(kind, cell, number, name, points[cell.cell], seed)


def _place_site(
    kind: AedKind, cell: PopulationCell, number: int, name: tuple[str, str, int], inside: CellPoints, seed: int
) -> Site:
    aed_id = f"AED-{kind.key}-{cell_text(cell.cell).rstrip('f')}-{number}"
    area_zh, area_en, n_in_area = name
    draw = Draw(seed, f"at {aed_id}")
    return Site(
        aed_id=aed_id,
        name_zh=f"{area_zh}{kind.zh}{n_in_area}（模拟）",
        name_en=f"{kind.en} {n_in_area}, {area_en} (simulated)",
        place_kind=kind.key,
        placement_class=kind.placement_class,
        point=inside.place(draw),
        uncertainty_m=UNCERTAINTY_M,
        spot=draw.pick(kind.spots),
        access=kind.access,
        hours=draw.pick(kind.hours),
        contact=kind.contact,
    )


def _row(site: Site, draw: Draw, on: date) -> tuple[object, ...]:
    return (
        site.aed_id,
        site.name_zh,
        site.name_en,
        site.place_kind,
        site.placement_class,
        f"{site.point.lat_deg:.6f}",
        f"{site.point.lon_deg:.6f}",
        "wgs84",
        f"{site.uncertainty_m:.0f}",
        site.spot.level,
        "yes" if site.spot.indoor else "no",
        site.spot.zh,
        site.spot.en,
        site.access,
        site.hours,
        site.contact,
        draw.pick(MODELS),
        _expiry(draw, on, PADS_EXPIRED_SHARE, PADS_LIFE_DAYS),
        _expiry(draw, on, BATTERY_EXPIRED_SHARE, BATTERY_LIFE_DAYS),
        _last_check(draw, on),
        SOURCE,
        RecordClass.SIMULATED,
    )


def _expiry(draw: Draw, on: date, expired_share: float, life_days: int) -> date:
    """A day in the past year for the expired, else within a life from now."""
    if draw.share() < expired_share:
        return on - timedelta(days=draw.whole(1, 365))
    return on + timedelta(days=draw.whole(0, life_days))


def _last_check(draw: Draw, on: date) -> date | None:
    """None if never, up to three intervals ago if overdue, else within the interval."""
    chance = draw.share()
    if chance < CHECK_NEVER_SHARE:
        return None
    if chance < CHECK_NEVER_SHARE + CHECK_OVERDUE_SHARE:
        return on - timedelta(days=draw.whole(CHECK_INTERVAL_DAYS + 1, 3 * CHECK_INTERVAL_DAYS))
    return on - timedelta(days=draw.whole(0, CHECK_INTERVAL_DAYS))
