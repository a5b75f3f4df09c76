"""Finding a known place by part of its name: for those who cannot give a position but can read a sign."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from maps_data.catalogue import Catalogue
from maps_data.places import CellAreas, Place, PlaceKind
from maps_data.spellings import spellings

_KINDS: Final = (
    PlaceKind.METRO_STATION,
    PlaceKind.HOSPITAL,
    PlaceKind.LANDMARK,
    PlaceKind.SUBDISTRICT,
    PlaceKind.DISTRICT,
)
"""The more precise first, where names fit equally well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    place: Place
    spellings: tuple[str, ...]


class PlaceSearch:
    """The places of a catalogue by all their spellings, Chinese and English."""

    def __init__(self, catalogue: Catalogue) -> None:
        by_name: dict[tuple[str, str], tuple[Place, set[str]]] = {}
        for spelling in spellings(catalogue, CellAreas(catalogue.population_cells)):
            place = spelling.place
            known, texts = by_name.setdefault((place.name_zh, place.kind), (place, set()))
            texts |= {_normal(text) for text in (spelling.text, place.name_zh, place.name_en)}
            # A bare name widens a station's surroundings; the place that is offered is the station itself.
            if place.accuracy_m < known.accuracy_m:
                by_name[place.name_zh, place.kind] = (place, texts)
        self._named = [_Named(place=place, spellings=tuple(sorted(texts))) for place, texts in by_name.values()]

    def find(self, text: str, limit: int) -> list[Place]:
        """At most `limit` places one of whose spellings holds every word of `text`: the closest fit first."""
        words = _normal(text).split()
        if not words:
            return []
        fits = [(fit, named.place) for named in self._named if (fit := _fit(named.spellings, words)) is not None]
        fits.sort(key=lambda pair: (pair[0], _KINDS.index(pair[1].kind), pair[1].name_zh))
        return [place for _, place in fits[:limit]]


def place_wire(place: Place) -> dict[str, Any]:
    return {
        "name_zh": place.name_zh,
        "name_en": place.name_en,
        "kind": place.kind,
        "lat": round(place.point.lat_deg, 6),
        "lon": round(place.point.lon_deg, 6),
        "accuracy_m": place.accuracy_m,
    }


def _fit(names: Iterable[str], words: list[str]) -> tuple[int, int] | None:
    """(0 the whole name, 1 its beginning, 2 a part of it; letters left over) for the best spelling, None if none fits."""
    asked = " ".join(words)
    fits = [
        (0 if name == asked else 1 if name.startswith(asked) else 2, len(name) - len(asked))
        for name in names
        if all(word in name for word in words)
    ]
    return min(fits, default=None)


def _normal(text: str) -> str:
    """One spelling for full-width and half-width, upper and lower case, apostrophes, hyphens and blanks."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = re.sub(r"[’‘`']", "", plain)
    return re.sub(r"[\s-]+", " ", plain).strip()
