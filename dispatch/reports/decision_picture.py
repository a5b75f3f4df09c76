"""A recorded decision as a picture: where the candidates were, and what each would have cost.

On the left the scene (a cross) and the candidates, each at the place where the decision took it to be; the chosen unit is filled. On
the right their travel times and their costs by term, cheapest first. Behind a bar stand the regret, what the joint optimum would lose
by sending that unit instead, and in brackets the share of sampled worlds in which it is the best, where that was weighed. A call
that is held for a crew that comes free soon says so on top.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from dispatch.domain.choice import Recommendation, UnitCandidate
from dispatch.reports.pictures import picture
from routing.geo import EARTH_RADIUS_M, Wgs84

TERM_COLOURS: Final = {
    "response": "#5b7f95",
    "late": "#b3261e",
    "staffing": "#b3782f",
    "coverage": "#3f7f6b",
    "position": "#7b5ea7",
    "isolation": "#8f7a00",
}
OTHER_COLOUR: Final = "#8a8a8a"
CHOSEN, PLAIN, DIVERTED = "#1f5fa8", "#555555", "#c4690c"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A candidate with how it is to be drawn."""

    candidate: UnitCandidate
    is_chosen: bool

    @property
    def colour(self) -> str:
        if self.candidate.diverted_from is not None:
            return DIVERTED
        return CHOSEN if self.is_chosen else PLAIN


def decision_svg(made: Recommendation, scene: Wgs84) -> str:
    """The picture of `made` for an incident at `scene`, SVG text. Units are shown by their ids."""
    shown = [Shown(candidate=each, is_chosen=each in made.units) for each in (*made.units, *made.alternatives)]
    shown.sort(key=lambda each: (each.candidate.cost, each.candidate.unit_id))

    def draw(place: Any, price: Any) -> None:
        _draw_places(place, shown, scene)
        _draw_prices(price, shown, made)

    return picture(draw, height_in=3.6, widths=(1.0, 1.4))


def _draw_places(axes: Any, shown: list[Shown], scene: Wgs84) -> None:
    """Kilometres east and north of the scene; who stands at one place shares a label."""
    there: dict[tuple[float, float], list[Shown]] = {}
    for each in shown:
        there.setdefault(_km_from(scene, each.candidate.point), []).append(each)
    for (east, north), those in there.items():
        first = next((each for each in those if each.is_chosen), those[0])
        axes.plot([0, east], [0, north], color=first.colour, linewidth=1.6 if first.is_chosen else 0.6)
        face = first.colour if first.is_chosen else "white"
        axes.plot([east], [north], marker="o", markersize=8, color=first.colour, markerfacecolor=face)
        label = "\n".join(each.candidate.unit_id for each in those)
        side = 1 if east >= 0 else -1
        axes.annotate(
            label,
            (east, north),
            (8 * side, 0),
            textcoords="offset points",
            fontsize=8,
            color=first.colour,
            ha="left" if side > 0 else "right",
            va="center",
        )
    axes.plot([0], [0], marker="X", markersize=11, color="#b3261e", zorder=3)
    reach = max([1.0, *(abs(km) * 1.45 for place in there for km in place)])
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), xlabel="km", aspect="equal")


def _draw_prices(axes: Any, shown: list[Shown], made: Recommendation) -> None:
    names = list(dict.fromkeys(name for each in shown for name, cost in each.candidate.cost_terms if cost))
    rows = np.arange(len(shown))
    left = np.zeros(len(shown))
    for name in names:
        cost = np.array([dict(each.candidate.cost_terms).get(name, 0) for each in shown], np.float64)
        axes.barh(rows, cost, left=left, color=TERM_COLOURS.get(name, OTHER_COLOUR), label=name, height=0.7)
        left += cost
    for row, each in enumerate(shown):
        axes.text(left[row], row, "  " + _note(each, made), va="center", fontsize=8)
    labels = [f"{each.candidate.unit_id}  {each.candidate.travel_time_s / 60.0:.1f} min" for each in shown]
    axes.set_yticks(rows, labels, fontsize=8)
    for tick, each in zip(axes.get_yticklabels(), shown, strict=True):
        tick.set(color=each.colour, fontweight="bold" if each.is_chosen else "normal")
    axes.invert_yaxis()
    if made.awaits is not None:
        expected_min = (made.awaits.eta_at - made.computed_at).total_seconds() / 60.0
        awaited = f"held for {made.awaits.unit_id}, handing over: expected in {expected_min:.1f} min"
        axes.set_title(awaited, loc="left", fontsize=9, color=CHOSEN, fontweight="bold")
    axes.set(xlabel="cost (weighted s)", xlim=(0, float(left.max(initial=1.0)) * 1.45))
    axes.figure.legend(*axes.get_legend_handles_labels(), frameon=False, fontsize=8, loc="outside upper right", ncols=6)


def _note(each: Shown, made: Recommendation) -> str:
    candidate, parts = each.candidate, list[str]()
    if candidate.regret:
        parts.append(f"+{candidate.regret}")
    if made.robustness is not None:
        n_best = dict(made.robustness.n_best).get(candidate.unit_id, 0)
        parts.append(f"({n_best / made.robustness.n_worlds:.0%})")
    if candidate.diverted_from is not None:
        parts.append(f"diverted, {candidate.diverted_from.gain_s:.0f} s sooner")
    return "  ".join(parts)


def _km_from(scene: Wgs84, point: Wgs84) -> tuple[float, float]:
    km_per_deg = float(np.radians(1.0)) * EARTH_RADIUS_M / 1e3
    north = (point.lat_deg - scene.lat_deg) * km_per_deg
    return (point.lon_deg - scene.lon_deg) * km_per_deg * float(np.cos(np.radians(scene.lat_deg))), north
