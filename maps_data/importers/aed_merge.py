"""One device out of what several registries say of it.

Two entries of different registries are one device if they lie close together, on no two storeys, and their names or the words
on where they hang agree. Entries of one registry are never merged: two devices in one lobby are two. Pairs are joined one to
one, the likest first. Of a device that several registries know, the first registry's words stand and the others fill what it
leaves open; the point is the more exact one, and dates come from whoever looked last.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from maps_data.importers.aed_osm import NAMELESS
from maps_data.importers.aed_rows import Cells
from routing.geo import Wgs84
from routing.index import StaticIndex

LEAST_REACH_M: Final = 30.0
MOST_REACH_M: Final = 100.0
"""How far apart two points of one device may be: as far as both are uncertain, within these bounds. Choices of ours."""

LIKE_FROM: Final = 0.6
"""Share of the shorter text's pairs of characters that the longer one has too. Choice of ours."""

SAME_SPOT_M: Final = 15.0
"""So close, devices of which no words can be compared are taken for one. Choice of ours."""

_POINT: Final = ("lat", "lon", "datum", "uncertainty_m")
_CONDITION: Final = ("pads_expiry", "battery_expiry", "last_checked")
_UNSAID: Final[Mapping[str, str]] = {"access": "unknown", "place_kind": "other", "name_zh": NAMELESS}


class _Pair(NamedTuple):
    """Two entries that may be one device, compared from left to right: the likest first."""

    unlikeness: float
    distance_m: float
    row: int
    other: int


def merged(registries: Mapping[str, Sequence[Cells]]) -> list[Cells]:
    """The devices of all registries, by name in order of precedence; each has `source_ids` and an `aed_id` of its own."""
    devices: list[Cells] = []
    taken: set[str] = set()
    for registry, entries in registries.items():
        rows = _joined(devices, entries)
        for index, entry in enumerate(entries):
            named = {**entry, "source_ids": f"{registry}:{entry['aed_id']}"}
            row = rows.get(index)
            if row is not None:
                devices[row] = _one(devices[row], named)
                continue
            if named["aed_id"] in taken:
                named["aed_id"] = named["source_ids"]
            taken.add(named["aed_id"])
            devices.append(named)
    return devices


def _joined(devices: Sequence[Cells], entries: Sequence[Cells]) -> dict[int, int]:
    """For each entry that is a device known already, that device's row."""
    if not devices or not entries:
        return {}
    index = StaticIndex([float(device["lat"]) for device in devices], [float(device["lon"]) for device in devices])
    pairs = []
    for number, entry in enumerate(entries):
        point = Wgs84(lat_deg=float(entry["lat"]), lon_deg=float(entry["lon"]))
        rows, distances_m = index.within(point, MOST_REACH_M)
        for row, distance_m in zip(rows.tolist(), distances_m.tolist(), strict=True):
            likeness = _likeness(devices[row], entry, distance_m)
            if likeness is not None:
                pairs.append(_Pair(-likeness, distance_m, row, number))
    joined: dict[int, int] = {}
    rows_taken: set[int] = set()
    for pair in sorted(pairs):
        if pair.other not in joined and pair.row not in rows_taken:
            joined[pair.other] = pair.row
            rows_taken.add(pair.row)
    return joined


def _likeness(one: Cells, other: Cells, distance_m: float) -> float | None:
    """How like two entries are, from `LIKE_FROM` to 1; None if they are not one device."""
    reach_m = float(one["uncertainty_m"]) + float(other["uncertainty_m"])
    if distance_m > min(max(reach_m, LEAST_REACH_M), MOST_REACH_M):
        return None
    if one["level"] and other["level"] and one["level"] != other["level"]:
        return None
    if one["aed_id"] == other["aed_id"]:
        return 1.0
    shares = [_share(_words(one[text]), _words(other[text])) for text in ("name_zh", "location_zh")]
    said = [share for share in shares if share is not None]
    if not said:
        return LIKE_FROM if distance_m <= SAME_SPOT_M else None
    return max(said) if max(said) >= LIKE_FROM else None


def _words(text: str) -> str:
    """What a text says beyond that it is of an AED: letters, digits and Chinese characters."""
    for said in ("自动体外除颤器", "自动体外除颤仪", "除颤仪", "AED", "aed", "深圳市", "深圳"):
        text = text.replace(said, "")
    return "".join(character for character in text.casefold() if character.isalnum())


def _share(a: str, b: str) -> float | None:
    """The share of the shorter text's pairs of neighbouring characters that the longer one has; None if either has none."""
    pairs_a, pairs_b = ({text[at : at + 2] for at in range(len(text) - 1)} for text in (a, b))
    if not pairs_a or not pairs_b:
        return None
    return len(pairs_a & pairs_b) / min(len(pairs_a), len(pairs_b))


def _one(device: Cells, entry: Cells) -> Cells:
    """What both say, the first registry's device before the other's entry."""
    one = {column: value or entry.get(column, "") for column, value in device.items()}
    one |= {column: entry[column] for column, unsaid in _UNSAID.items() if device[column] == unsaid}
    if float(entry["uncertainty_m"]) < float(device["uncertainty_m"]):
        one |= {column: entry[column] for column in _POINT}
    if entry["last_checked"] > device["last_checked"]:
        one |= {column: entry[column] for column in _CONDITION if entry[column]}
    one["source_ids"] = f"{device['source_ids']}|{entry['source_ids']}"
    if entry["source"] not in device["source"].split(" + "):
        one["source"] = f"{device['source']} + {entry['source']}"
    return one
