"""The pictures of a drill's report."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from dispatch.domain.vocabulary import Priority
from dispatch.drills.runner import Played
from dispatch.reports.pictures import picture

COLOURS = {
    Priority.RED: "#b3261e",
    Priority.ORANGE: "#c4690c",
    Priority.YELLOW: "#8f7a00",
    Priority.GREEN: "#2e7d4f",
}
NAMES = {priority: f"P{rank}" for rank, priority in enumerate(Priority, start=1)}
STEP_COLOURS = ("#5b7f95", "#b3782f", "#7b5ea7", "#3f7f6b")
LIMITS_MIN = (8, 10, 12, 15)
MAX_INSTANTS = 700
"""Points along the time axis of the busy plot: more than a page has pixels for."""


def call_to_scene(played: Played) -> str:
    """Cumulated share of incidents reached, by minutes since the call, one line per priority."""
    times: dict[Priority, list[float]] = {priority: [] for priority in Priority}
    for incident in played.observations.intervals.incidents.values():
        if incident.call_to_scene_time_s is not None:
            times[incident.priority].append(incident.call_to_scene_time_s / 60.0)

    def draw(axes: Any) -> None:
        for priority, minutes in times.items():
            reached = np.sort(np.array(minutes, dtype=np.float64))
            share = np.arange(1, reached.size + 1) / max(1, reached.size)
            axes.step(
                reached, share, where="post", color=COLOURS[priority], label=f"{NAMES[priority]} (n={reached.size})"
            )
        for limit in LIMITS_MIN:
            axes.axvline(limit, color="#999999", linewidth=0.6)
        axes.set(xlabel="min", xlim=(0, 30), ylim=(0, 1))
        axes.legend(frameon=False, loc="lower right")

    return picture(draw)


def late(report: dict[str, Any]) -> str:
    """Late shares by threshold, one group of bars per priority."""

    def draw(axes: Any) -> None:
        thresholds = list(report["late_fraction"]["red"])
        width = 0.8 / len(thresholds)
        for column, threshold in enumerate(thresholds):
            shares = [(report["late_fraction"][priority][threshold] or 0.0) * 100.0 for priority in Priority]
            places = [row + (column - (len(thresholds) - 1) / 2) * width for row in range(len(shares))]
            axes.bar(
                places, shares, width=width * 0.92, color=STEP_COLOURS[column], label=f"> {int(threshold) // 60} min"
            )
        axes.set_xticks(range(len(Priority)), [NAMES[priority] for priority in Priority])
        axes.set(ylabel="%")
        axes.legend(frameon=False)

    return picture(draw)


def busy(played: Played, zone: ZoneInfo) -> str:
    """Units en route, on scene, transporting and at hospital over the whole drill, stacked, in the city's time."""
    at = _instants(played.started_at, played.ended_at)
    counts = played.observations.concurrency.at(at)

    def draw(axes: Any) -> None:
        local = [instant.astimezone(zone).replace(tzinfo=None) for instant in at]
        steps = [
            [getattr(count, name) for count in counts]
            for name in ("en_route", "on_scene", "transporting", "at_hospital")
        ]
        axes.stackplot(
            local,
            steps,
            labels=["en route", "on scene", "transporting", "at hospital"],
            colors=STEP_COLOURS,
            linewidth=0,
        )
        axes.set(ylabel="units", xlim=(local[0], local[-1]))
        axes.legend(frameon=False, loc="upper left", ncols=4)
        axes.tick_params(axis="x", labelrotation=30)

    return picture(draw)


def _instants(from_at: datetime, to_at: datetime) -> Sequence[datetime]:
    """Evenly spaced instants, at least a minute apart."""
    step = max(timedelta(minutes=1), (to_at - from_at) / MAX_INSTANTS)
    return [from_at + step * n for n in range(int((to_at - from_at) / step) + 1)]
