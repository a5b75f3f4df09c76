"""The geographical bound: how soon red calls of a log could be reached if an idle unit stood at every post, always.

What is left is the call's own luck: its questioning, the crew's turnout, and the drive from the nearest post, each drawn as the drill
draws it (`dispatch/drills/draws.py`). It binds who waits at posts. A unit on the road or at a hospital may be nearer than any of them,
so a policy that has its units drive much can come in below it: it says how far the posts reach, not what is possible.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from dispatch.domain.post import PostRecord
from dispatch.domain.vocabulary import Priority
from dispatch.drills.actors.callers import entered_at
from dispatch.drills.call_log import LoggedCall
from dispatch.drills.draws import ACKNOWLEDGEMENT_S, DRIVE_FACTOR, TURNOUT_S, Draws
from dispatch.playing import Recipe, prepare
from routing.geo import FloatArray
from routing.travel_time.off_network import WithOffNetwork

PER_HOUR: Final = 3600


def least_s(log: Path, *, seed: int, roads: Path, posts: Path | None) -> FloatArray:
    """Call received to first unit on scene, in seconds, of each red call of `log` that opens an incident; posts are the stations,
    or those of the file `posts`."""
    prepared = prepare(Recipe(calls=log, policy="full", seed=seed, roads=roads, posts=posts))
    assert prepared.network is not None
    assert prepared.posts is not None
    times, draws = WithOffNetwork(prepared.network, prepared.estimate), Draws(seed)
    calls = [call for call in prepared.log.calls if call.priority is Priority.RED and call.duplicate_of is None]
    drives_s = np.empty(len(calls))
    hours = np.array([int(call.received_at.timestamp()) // PER_HOUR for call in calls])
    for hour in np.unique(hours):
        asked = np.flatnonzero(hours == hour)
        drives_s[asked] = _nearest_s(times, prepared.posts.posts, [calls[row] for row in asked.tolist()])
    luck = [_luck(call, draws) for call in calls]
    before_s, factor = np.array([each[0] for each in luck]), np.array([each[1] for each in luck])
    return before_s + drives_s * factor


def _nearest_s(times: WithOffNetwork, posts: Sequence[PostRecord], calls: Sequence[LoggedCall]) -> FloatArray:
    """The expected drive from the nearest post to each of `calls`, which ring in one hour."""
    legs = times.many_to_many(
        np.array([post.point.lat_deg for post in posts]),
        np.array([post.point.lon_deg for post in posts]),
        np.array([call.point.lat_deg for call in calls]),
        np.array([call.point.lon_deg for call in calls]),
        departing_at=calls[0].received_at,
    )
    return np.asarray(legs.travel_time_s.min(axis=0), np.float64)


def _luck(call: LoggedCall, draws: Draws) -> tuple[float, float]:
    """Seconds from the call to the wheels rolling, and the actual drive as a share of the expected one."""
    crew = draws.of("crew", call.call_id)
    acknowledged_s, turned_out_s = ACKNOWLEDGEMENT_S.of(crew), TURNOUT_S.of(crew)
    questioned_s = (entered_at(call, draws) - call.received_at).total_seconds()
    factor = DRIVE_FACTOR.of(draws.of("drive", call.call_id, "scene"))
    return questioned_s + max(acknowledged_s, turned_out_s), factor
