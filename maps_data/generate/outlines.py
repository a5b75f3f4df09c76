"""Coarse outlines of the districts, merged from their population cells, for a map without tiles.

Cells have jagged edges. Each stretch of border between two districts (or a district and the sea) is drawn
once: through the middles of its cell edges, which lie on a line where the border is straight, thinned by
Douglas and Peucker (doi:10.3138/FM57-6770-U75U-7727). Both districts get the same stretch, so that no gap
opens between them. This is no administrative boundary, and says so.
"""

import json
import math
from collections import defaultdict
from itertools import pairwise
from typing import Final

import h3

from maps_data.catalogue import Facts
from maps_data.records import District
from maps_data.vocabulary import RecordClass
from routing.cells import cell_text

TOLERANCE_DEG: Final = 0.001
"""Some 100 m, a fifth of a cell's edge: below what cells can tell."""
EVIDENCE_ID: Final = "outline-derived"

Vertex = tuple[float, float]
"""Longitude and latitude in degrees, rounded so that two cells agree on a corner they share."""
Ring = list[Vertex]
Owners = dict[frozenset[Vertex], set[str]]


def outlines_geojson(facts: Facts) -> str:
    """district_cells_outline.geojson: one MultiPolygon a district, in the order of their file."""
    rings = {district.adcode: _rings(facts, district) for district in facts.districts}
    owners: Owners = defaultdict(set)
    for adcode, polygons in rings.items():
        for polygon in polygons:
            for ring in polygon:
                for edge in _edges(ring):
                    owners[edge].add(adcode)
    features = [_feature(facts, district, rings[district.adcode], owners) for district in facts.districts]
    lines = ",\n".join(json.dumps(f, ensure_ascii=False, separators=(",", ":")) for f in features)
    return f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n'


def _feature(facts: Facts, district: District, polygons: list[list[Ring]], owners: Owners) -> dict[str, object]:
    evidence = facts.evidence[EVIDENCE_ID]
    return {
        "type": "Feature",
        "properties": {
            "adcode": district.adcode,
            "name_zh": district.name_zh,
            "name_en": district.name_en,
            "label_lat": district.label_point.lat_deg,
            "label_lon": district.label_point.lon_deg,
            "record_class": RecordClass.DERIVED,
            "approximate": True,
            "evidence_zh": evidence.zh,
            "evidence_en": evidence.en,
        },
        "geometry": {
            "type": "MultiPolygon",
            "coordinates": [[_smooth(ring, owners) for ring in polygon] for polygon in polygons],
        },
    }


def _rings(facts: Facts, district: District) -> list[list[Ring]]:
    """The district's polygons, each as its outer ring and its holes, rings open."""
    cells = [cell_text(c.cell) for c in facts.population_cells if c.district_adcode == district.adcode]
    shape = h3.cells_to_h3shape(cells, tight=False)
    return [[_ring(ring) for ring in (polygon.outer, *polygon.holes)] for polygon in shape]


def _ring(latlngs: tuple[tuple[float, float], ...]) -> Ring:
    return [(round(lng, 6), round(lat, 6)) for lat, lng in latlngs]


def _edges(ring: Ring) -> list[frozenset[Vertex]]:
    return [frozenset(edge) for edge in zip(ring, ring[1:] + ring[:1], strict=True)]


def _smooth(ring: Ring, owners: Owners) -> Ring:
    """The ring, closed, with each stretch of one neighbour smoothed."""
    sides = [owners[edge] for edge in _edges(ring)]
    joints = [i for i in range(len(ring)) if sides[i - 1] != sides[i]] or [ring.index(min(ring))]
    turned = ring[joints[0] :] + ring[: joints[0]]
    cuts = [joint - joints[0] for joint in joints] + [len(ring)]
    closed = [*turned, turned[0]]
    line: Ring = []
    for start, end in pairwise(cuts):
        line += _stretch(closed[start : end + 1])[:-1]
    return [_rounded(vertex) for vertex in (*line, line[0])]


def _stretch(line: Ring) -> Ring:
    """One stretch of border, the same whichever side it is walked on."""
    if line[::-1] < line:
        return _stretch(line[::-1])[::-1]
    middles = [((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in pairwise(line)]
    return _thinned([line[0], *middles, line[-1]])


def _thinned(line: Ring) -> Ring:
    """Douglas-Peucker: the ends, and the farthest vertex in between if it is farther than the tolerance."""
    if len(line) < 3:
        return line
    distances = [_offset_deg(vertex, line[0], line[-1]) for vertex in line[1:-1]]
    farthest = max(distances)
    if farthest <= TOLERANCE_DEG:
        return [line[0], line[-1]]
    split = distances.index(farthest) + 1
    return _thinned(line[: split + 1])[:-1] + _thinned(line[split:])


def _offset_deg(vertex: Vertex, a: Vertex, b: Vertex) -> float:
    """Distance of a vertex from the line through `a` and `b`, or from `a` where the two are one."""
    length = math.dist(a, b)
    if not length:
        return math.dist(vertex, a)
    return abs((b[0] - a[0]) * (vertex[1] - a[1]) - (b[1] - a[1]) * (vertex[0] - a[0])) / length


def _rounded(vertex: Vertex) -> Vertex:
    return (round(vertex[0], 5), round(vertex[1], 5))
