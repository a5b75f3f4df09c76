"""The map of a plan as SVG text: demand by cell, the stations and the new posts by rank. The same plan gives the same bytes."""

import math
from collections.abc import Sequence
from html import escape
from typing import Final

import numpy as np

from maps_data.catalogue import Catalogue
from maps_data.post_plan.plan import Plan
from routing.cells import boundary
from routing.geo import Wgs84

WIDTH: Final = 1_000.0
_SHADES: Final = ("#eef1f3", "#d9e2e8", "#b9ccd8", "#8fb0c2", "#5b8aa3", "#2f6480")
"""From no demand to the most demanding sixth of the cells."""


def plan_map(catalogue: Catalogue, plan: Plan) -> str:
    """An `<svg>` element: hover a mark to read its name."""
    corners = [boundary(cell.cell) for cell in catalogue.population_cells]
    frame = _Frame([corner for cell in corners for corner in cell])
    shade = np.searchsorted(np.quantile(plan.demand, np.linspace(0, 1, len(_SHADES) + 1)[1:-1]), plan.demand)
    hexagons = [
        f'<g fill="{colour}">{"".join(frame.polygon(corners[i]) for i in np.flatnonzero(shade == rank))}</g>'
        for rank, colour in enumerate(_SHADES)
    ]
    names = [frame.text(district.label_point, escape(district.name_zh), "district") for district in catalogue.districts]
    stations = [
        frame.mark(post.point, escape(post.name), '<rect class="station" x="-4" y="-4" width="8" height="8"/>')
        for post in plan.stations
    ]
    new = [
        frame.mark(
            planned.post.point,
            f"{rank}. {escape(planned.post.name)}",
            f'<circle class="new" r="8"/><text class="rank" y="3">{rank}</text>',
        )
        for rank, planned in enumerate(plan.new, start=1)
    ]
    body = "\n".join([*hexagons, *names, *stations, *new])
    return f'<svg viewBox="0 0 {WIDTH:.0f} {frame.height:.0f}" role="img">\n{body}\n</svg>'


class _Frame:
    """From degrees to the picture, with a degree of longitude as long as it is in the middle of the city."""

    def __init__(self, points: Sequence[Wgs84]) -> None:
        self._west = min(p.lon_deg for p in points)
        self._north = max(p.lat_deg for p in points)
        south = min(p.lat_deg for p in points)
        self._scale = WIDTH / (max(p.lon_deg for p in points) - self._west)
        self._stretch = 1.0 / math.cos(math.radians((self._north + south) / 2))
        self.height = (self._north - south) * self._scale * self._stretch

    def xy(self, point: Wgs84) -> tuple[float, float]:
        x = (point.lon_deg - self._west) * self._scale
        return x, (self._north - point.lat_deg) * self._scale * self._stretch

    def polygon(self, corners: Sequence[Wgs84]) -> str:
        pairs = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(self.xy, corners))
        return f'<polygon points="{pairs}"/>'

    def mark(self, point: Wgs84, title: str, drawing: str) -> str:
        x, y = self.xy(point)
        return f'<g transform="translate({x:.1f} {y:.1f})"><title>{title}</title>{drawing}</g>'

    def text(self, point: Wgs84, words: str, kind: str) -> str:
        x, y = self.xy(point)
        return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{words}</text>'
