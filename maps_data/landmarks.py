"""From words to a place: finding the names that a text holds, and how far the answer may be off.

What is known by name are metro stations, hospitals, common landmarks, sub-districts and districts, in
Chinese and English; everything else falls back to the whole city. Names are found anywhere in the text; a
longer name hides the shorter ones inside it (the metro station 福田口岸 hides the district 福田).

A name in full (深圳北站, 福田区) counts wherever it stands. A bare name (福田, 大学城) counts unless it is
part of a road's name (福田路 runs beyond Futian); one that several places bear is taken for the largest of
them; and a metro station's bare name of two characters is none at all: 新生 is a station, 新生儿 a newborn.
"""

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from maps_data.catalogue import Catalogue, Facts
from maps_data.places import CellAreas, Place, PlaceKind
from maps_data.spellings import spellings
from routing.geo import distance_m

_ROAD_ZH: Final = re.compile(r"[东西南北中]?[一二三四五六七八九十\d]*(?:路|大道|街(?!道)|巷|公路|立交|高速)")
_ROAD_EN: Final = re.compile(r"\s+(?:\d+\w*\s+)?(?:road|rd|avenue|ave|street|st|boulevard|blvd|highway)\b")
_AREAS: Final = frozenset({PlaceKind.DISTRICT, PlaceKind.SUBDISTRICT})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Name:
    """A normalised spelling and the places that bear it."""

    places: tuple[Place, ...]
    is_bare: bool


class Gazetteer:
    """All names of one catalogue, ready for `locate`."""

    def __init__(self, catalogue: Catalogue | Facts) -> None:
        areas = CellAreas(catalogue.population_cells)
        every_row = range(len(catalogue.population_cells))
        self._city = areas.place(every_row, name_zh=catalogue.name_zh, name_en=catalogue.name_en, kind=PlaceKind.CITY)
        self._names = _names(catalogue, areas)
        self._lengths = sorted({len(key) for key in self._names}, reverse=True)

    @property
    def city(self) -> Place:
        """The whole city: the answer that is always true."""
        return self._city

    def locate(self, text: str) -> list[Place]:
        """The places that `text` names, best first; the whole city if it names none.

        Best is the most precise; a place outside of a district or sub-district that the text names too
        comes after all others.
        """
        found = dict.fromkeys(place for name in self._longest(_normal(text)) for place in name.places)
        areas = [place for place in found if place.kind in _AREAS]
        ranked = sorted(found, key=lambda place: (_contradicts(place, areas), place.accuracy_m))
        return ranked or [self._city]

    def _longest(self, text: str) -> list[_Name]:
        """Names in `text`, the longest first, none overlapping one before it."""
        taken = [False] * len(text)
        names = []
        for length in self._lengths:
            for start in range(len(text) - length + 1):
                end = start + length
                name = self._names.get(text[start:end])
                if name is None or any(taken[start:end]) or not _stands_alone(text, start, end, name):
                    continue
                taken[start:end] = [True] * length
                names.append(name)
        return names


def _names(catalogue: Catalogue | Facts, areas: CellAreas) -> dict[str, _Name]:
    """Places by normalised spelling; a spelling that is some place's full name is no other's bare one."""
    full: defaultdict[str, dict[Place, None]] = defaultdict(dict)
    bare: defaultdict[str, list[Place]] = defaultdict(list)
    for spelling in spellings(catalogue, areas):
        key = _normal(spelling.text)
        if spelling.is_bare:
            bare[key].append(spelling.place)
        else:
            full[key][spelling.place] = None
    names = {
        key: _Name(places=(max(places, key=lambda place: place.accuracy_m),), is_bare=True)
        for key, places in bare.items()
    }
    return names | {key: _Name(places=tuple(places), is_bare=False) for key, places in full.items()}


def _contradicts(place: Place, areas: list[Place]) -> bool:
    """Whether a place lies outside of some area that the text names."""
    return any(distance_m(place.point, area.point) > area.accuracy_m + place.accuracy_m for area in areas)


def _stands_alone(text: str, start: int, end: int, name: _Name) -> bool:
    """Whether a match is whole words of Latin script and, for a bare name, no part of a road's name."""
    if start > 0 and _is_word(text[start - 1]) and _is_word(text[start]):
        return False
    if end < len(text) and _is_word(text[end - 1]) and _is_word(text[end]):
        return False
    return not (name.is_bare and (_ROAD_ZH.match(text, end) or _ROAD_EN.match(text, end)))


def _is_word(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _normal(text: str) -> str:
    """One spelling for full-width and half-width, upper and lower case, apostrophes, hyphens and blanks."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = re.sub(r"[’‘`]", "'", plain).replace("sub-district", "subdistrict").replace("-", " ")
    plain = re.sub(r"\s+", " ", plain).strip()
    return re.sub(r"(?<=[^\x00-\x7f]) (?=[^\x00-\x7f])", "", plain)
