"""The spellings under which each place of a catalogue may be named, in Chinese and English."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from maps_data.catalogue import Catalogue, Facts
from maps_data.places import CellAreas, Place, PlaceKind
from maps_data.records import Hospital, MetroStation
from maps_data.vocabulary import CoordQuality

METRO_ACCURACY_M: Final = 300.0
"""Assumption: exits, which are not in the data, lie within 300 m of the station's point."""
NEAR_METRO_ACCURACY_M: Final = 800.0
"""Assumption: a place called by a station's bare name lies within a ten minutes' walk of it."""
HOSPITAL_ACCURACY_M: Final = {CoordQuality.POI: 200.0, CoordQuality.APPROXIMATE: 1000.0}
"""Assumption: a campus reaches 200 m from its point of interest; approximate means the neighbourhood."""

_BARE_METRO_LENGTH: Final = 3
_ROAD_NAME: Final = re.compile(r"(?:路|街|大道|\bst|\broad|\bavenue)$", re.IGNORECASE)
_IN_BRACKETS: Final = re.compile(r"\s*[（(].*?[）)]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """One way to name a place. A bare one (福田 for 福田区) counts only where nothing speaks against it."""

    text: str
    place: Place
    is_bare: bool = False


def spellings(catalogue: Catalogue | Facts, areas: CellAreas) -> Iterator[Spelling]:
    """All spellings of all places; `areas` are those of the catalogue's population cells."""
    exact: dict[str, Place] = {}
    for station in catalogue.metro_stations:
        exact[station.station_id] = _metro_place(station, METRO_ACCURACY_M)
        yield from _metro_spellings(station, exact[station.station_id])
    for hospital in catalogue.hospitals:
        exact[hospital.hospital_id] = _hospital_place(hospital)
        yield from _hospital_spellings(hospital, exact[hospital.hospital_id])
    yield from _landmark_spellings(catalogue, exact)
    yield from _district_spellings(catalogue, areas)
    yield from _subdistrict_spellings(catalogue, areas)


def _metro_spellings(station: MetroStation, exact: Place) -> Iterator[Spelling]:
    zh, en = station.name_zh, station.name_en
    for text in (f"{zh}站", f"{zh}地铁", f"{zh}地铁站", f"地铁{zh}", f"地铁{zh}站"):
        yield Spelling(text=text, place=exact)
    for text in (f"{en} station", f"{en} metro", f"{en} metro station", f"{en} subway"):
        yield Spelling(text=text, place=exact)
    if zh.endswith("站"):
        yield Spelling(text=zh, place=exact)
    near = _metro_place(station, NEAR_METRO_ACCURACY_M)
    if len(zh) >= _BARE_METRO_LENGTH and not _ROAD_NAME.search(zh):
        yield Spelling(text=zh, place=near, is_bare=True)
    if not _ROAD_NAME.search(en):
        yield Spelling(text=en, place=near, is_bare=True)


def _hospital_spellings(hospital: Hospital, place: Place) -> Iterator[Spelling]:
    for name in (hospital.name_zh, *hospital.aka_zh):
        plain = _IN_BRACKETS.sub("", name).removeprefix("原")
        yield Spelling(text=name, place=place)
        yield Spelling(text=plain, place=place)
        short = plain.removeprefix("深圳市")
        if short.startswith(hospital.district_zh[:2]):  # a mere 第二人民医院 could be any district's
            yield Spelling(text=short, place=place)
    yield Spelling(text=hospital.name_en, place=place)
    yield Spelling(text=_IN_BRACKETS.sub("", hospital.name_en), place=place)


def _landmark_spellings(catalogue: Catalogue | Facts, exact: dict[str, Place]) -> Iterator[Spelling]:
    for landmark in catalogue.landmarks:
        name_zh, name_en = landmark.name_zh, landmark.name_en
        place, is_bare = exact[landmark.stands_at], False
        if landmark.accuracy_m is not None:
            is_bare = True
            place = Place(
                name_zh=name_zh,
                name_en=name_en or name_zh,
                point=place.point,
                accuracy_m=landmark.accuracy_m,
                kind=PlaceKind.LANDMARK,
            )
        yield Spelling(text=name_zh, place=place, is_bare=is_bare)
        if name_en is not None:
            yield Spelling(text=name_en, place=place, is_bare=is_bare)


def _district_spellings(catalogue: Catalogue | Facts, areas: CellAreas) -> Iterator[Spelling]:
    rows: defaultdict[str, list[int]] = defaultdict(list)
    for row, cell in enumerate(catalogue.population_cells):
        rows[cell.district_adcode].append(row)
    for district in catalogue.districts:
        if district.adcode not in rows:
            continue
        zh, en = district.name_zh, _IN_BRACKETS.sub("", district.name_en)
        place = areas.place(rows[district.adcode], name_zh=zh, name_en=f"{en} District", kind=PlaceKind.DISTRICT)
        for text in (zh, f"{en} District", f"{en} New District"):
            yield Spelling(text=text, place=place)
        for text in (re.sub(r"(?:新区|区)$", "", zh), en):
            yield Spelling(text=text, place=place, is_bare=True)


def _subdistrict_spellings(catalogue: Catalogue | Facts, areas: CellAreas) -> Iterator[Spelling]:
    rows: defaultdict[str, list[int]] = defaultdict(list)
    for row, cell in enumerate(catalogue.population_cells):
        if cell.subdistrict_zh is not None:
            rows[cell.subdistrict_zh].append(row)
    for subdistrict in catalogue.subdistricts:
        zh, en = subdistrict.name_zh, subdistrict.name_en
        if zh not in rows:
            continue
        place = areas.place(rows[zh], name_zh=zh, name_en=en, kind=PlaceKind.SUBDISTRICT)
        yield Spelling(text=zh, place=place)
        yield Spelling(text=en, place=place)
        if zh.endswith("街道"):
            yield Spelling(text=zh.removesuffix("街道"), place=place, is_bare=True)
            yield Spelling(text=en.removesuffix(" Sub-district"), place=place, is_bare=True)


def _metro_place(station: MetroStation, accuracy_m: float) -> Place:
    return Place(
        name_zh=f"地铁{station.name_zh.removesuffix('站')}站",
        name_en=f"{station.name_en} metro station",
        point=station.point,
        accuracy_m=accuracy_m,
        kind=PlaceKind.METRO_STATION,
    )


def _hospital_place(hospital: Hospital) -> Place:
    return Place(
        name_zh=hospital.name_zh,
        name_en=hospital.name_en,
        point=hospital.point,
        accuracy_m=HOSPITAL_ACCURACY_M[hospital.coord_quality],
        kind=PlaceKind.HOSPITAL,
    )
