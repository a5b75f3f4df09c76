"""Legs and ways on a street network at one hour, under one state of its traffic. The model stands at the head of `road.py`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from routing.geo import FloatArray, distance_matrix_m
from routing.roads.directions import Bend, Stretch, Way, drawn, driven, stretches_of
from routing.roads.driving import Conditions, DrivingStreets, Pattern
from routing.roads.ends import Ends
from routing.roads.weighted import Legs
from routing.travel_time.port import Grade, Route, Step, Trajectory, Turn

YARD_MPS: Final = 2.5
YARD_M: Final = 50.0
"""The last metres between a street and a point, through yards and estates: 9 km/h, a choice of ours."""

UNMAPPED_MPS: Final = 25.0 / 3.6 / 1.35
"""What lies beyond are streets that the network does not have, as in one of main roads alone: the residential speed of
`maps_data/roads/speeds.py` over the straight line times 1.35, the usual rule of thumb for a detour."""

EXACT_LEGS: Final = 8
"""As many as anybody is shown of one point's question; the way of a leg takes some 0.1 ms."""

FEW, MANY = 32, 16
"""At most so many origins to at least so many destinations, more than origins: scenes to hospitals. Each row is remembered."""

MOST_AMONG: Final = 256
"""Up to so many places asked about among themselves are remembered whole: hospitals for transfers, posts for moves. 1 MB."""

_TURN_OF: Final = {Bend.STRAIGHT: Turn.CONTINUE} | {bend: Turn(bend) for bend in Bend if bend is not Bend.STRAIGHT}


@dataclass(frozen=True, slots=True)
class Points:
    """n points: `lat_deg`, `lon_deg` float64[n]."""

    lat_deg: FloatArray
    lon_deg: FloatArray

    @classmethod
    def of(cls, lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike) -> "Points":
        """ValueError for arrays of other shapes than [n]."""
        lat, lon = np.asarray(lat_deg, np.float64), np.asarray(lon_deg, np.float64)
        if lat.ndim != 1 or lat.shape != lon.shape:
            raise ValueError(f"lat_deg and lon_deg must be [n], got {lat.shape} and {lon.shape}")
        return cls(lat, lon)

    @classmethod
    def one(cls, lat_deg: float, lon_deg: float) -> "Points":
        return cls(np.array([lat_deg]), np.array([lon_deg]))

    @property
    def key(self) -> tuple[bytes, bytes]:
        """Equal for the same points in the same order."""
        return self.lat_deg.tobytes(), self.lon_deg.tobytes()

    def __len__(self) -> int:
        return len(self.lat_deg)


class OnStreets:
    """`factor` times the pattern's times are driven."""

    def __init__(self, streets: DrivingStreets, conditions: Conditions, pattern: Pattern, factor: float) -> None:
        self._streets, self._network = streets, streets.network
        self._places, self._pattern, self._factor = conditions.places, pattern, factor

    def legs(self, origins: Points, destinations: Points) -> tuple[FloatArray, FloatArray]:
        """Seconds and metres from each of n points to each of m others: float64[n, m]."""
        if 0 < len(origins) <= FEW and len(destinations) >= max(MANY, len(origins)):
            travel_time_s, distance_m = self._remembered(origins, destinations)
        elif FEW < len(origins) <= MOST_AMONG and origins.key == destinations.key:
            travel_time_s, distance_m = self._pattern.rows.of(origins.key, lambda: self._legs(origins, destinations))
        else:
            travel_time_s, distance_m = self._legs(origins, destinations)
        return self._factor * travel_time_s, distance_m.copy()

    def _remembered(self, origins: Points, destinations: Points) -> tuple[FloatArray, FloatArray]:
        """`_legs` row by row: each is the same whatever else is asked, and scenes ask for their hospitals at every decision."""
        to = destinations.key
        rows = [
            self._pattern.rows.of((at, to), lambda at=at: self._legs(Points.one(*at), destinations))  # type: ignore[misc]
            for at in zip(origins.lat_deg.tolist(), origins.lon_deg.tolist(), strict=True)
        ]
        return np.concatenate([row[0] for row in rows]), np.concatenate([row[1] for row in rows])

    def _legs(self, origins: Points, destinations: Points) -> tuple[FloatArray, FloatArray]:
        """`legs` at a factor of one."""
        travel_time_s = np.full((len(origins), len(destinations)), np.inf)
        distance_m = travel_time_s.copy()
        start, end = self._ends(origins, destinations)
        legs = self._pattern.weighted.legs(start, end)
        found = np.ix_(start.snaps.row, end.snaps.row)
        access_m = start.snaps.away_m[:, np.newaxis] + end.snaps.away_m
        begin_s, end_s = access_s(start.snaps.away_m), access_s(end.snaps.away_m)
        travel_time_s[found] = legs.times_ms / 1_000.0 + begin_s[:, np.newaxis] + end_s
        straight_m = distance_matrix_m(*_taken(origins, start), *_taken(destinations, end))
        distance_m[found] = self._distances_m(legs, straight_m, start, end) + access_m
        return travel_time_s, distance_m

    def earliest_s(self, origins: Points, destinations: Points) -> FloatArray:
        """When the first of n points reaches each of m others: float64[m]."""
        earliest_s = np.full(len(destinations), np.inf)
        start, end = self._ends(origins, destinations)
        delay_ms = access_s(start.snaps.away_m) * 1_000.0
        reached_ms = self._pattern.weighted.earliest_ms(start, end, delay_ms)
        earliest_s[end.snaps.row] = self._factor * (reached_ms / 1_000.0 + access_s(end.snaps.away_m))
        return earliest_s

    def route(self, origin: Points, destination: Points, source: str) -> Route | None:
        """The fastest way between two points."""
        start, end = self._ends(origin, destination)
        way = self._way(start, end)
        if way is None:
            return None
        lat_deg, lon_deg = drawn(self._streets.edges, way)
        edge_ms = self._pattern.edge_ms[list(way.edges)].astype(np.float64)
        steps = self._steps(way, edge_ms, float(start.snaps.away_m[0]), float(end.snaps.away_m[0]))
        return Route(
            travel_time_s=sum(step.travel_time_s for step in steps),
            distance_m=sum(step.distance_m for step in steps),
            lat_deg=np.concatenate([origin.lat_deg, lat_deg, destination.lat_deg]),
            lon_deg=np.concatenate([origin.lon_deg, lon_deg, destination.lon_deg]),
            steps=steps,
            source=source,
            grade=Grade.NETWORK,
        )

    def trajectory(self, origin: Points, destination: Points) -> Trajectory | None:
        """The same way by time, waits at junctions included."""
        start, end = self._ends(origin, destination)
        way = self._way(start, end)
        if way is None:
            return None
        lat_deg, lon_deg, time_ms = driven(self._streets.edges, way, self._pattern.edge_ms)
        away_m = float(start.snaps.away_m[0]), float(end.snaps.away_m[0])
        begin_s, end_s = access_s(np.array(away_m))
        time_s = begin_s + time_ms / 1_000.0
        driven_m = float((way.shares() * self._streets.edges.length_m[list(way.edges)]).sum())
        return Trajectory(
            lat_deg=np.concatenate([origin.lat_deg, lat_deg, destination.lat_deg]),
            lon_deg=np.concatenate([origin.lon_deg, lon_deg, destination.lon_deg]),
            time_s=self._factor * np.concatenate([[0.0], time_s, time_s[-1:] + end_s]),
            distance_m=driven_m + sum(away_m),
        )

    def _ends(self, origins: Points, destinations: Points) -> tuple[Ends, Ends]:
        """The places of both, sought together: a search costs little more for one point more."""
        lat_deg = np.concatenate([origins.lat_deg, destinations.lat_deg])
        lon_deg = np.concatenate([origins.lon_deg, destinations.lon_deg])
        start, end = self._places.snaps(lat_deg, lon_deg).split(len(origins))
        return self._pattern.origins(start), self._pattern.destinations(end)

    def _distances_m(self, legs: Legs, straight_m: FloatArray, start: Ends, end: Ends) -> FloatArray:
        """Metres on the streets: exact for the soonest legs of one point, by the law for the others, inf without a way."""
        distance_m = self._streets.lengths.lengths_m(straight_m, legs.times_ms)
        if min(distance_m.shape) > 1:
            return distance_m
        soonest = np.arange(distance_m.size)
        if distance_m.size > EXACT_LEGS:
            soonest = np.argpartition(legs.times_ms, EXACT_LEGS, axis=None)[:EXACT_LEGS]
        length_m = self._streets.edges.length_m
        for leg in soonest.tolist():
            row, column = divmod(leg, distance_m.shape[1])
            way = legs.way(row, column)
            if way is not None:
                _, s, t, arcs = way
                begin_m = start.snaps.along[s] * length_m[start.node[s]]
                end_m = end.snaps.along[t] * length_m[end.node[t]]
                if arcs:
                    end_m += length_m[start.node[s]] + self._streets.arc_length_m[arcs].sum() - length_m[end.node[t]]
                distance_m[row, column] = end_m - begin_m
        return distance_m

    def _way(self, start: Ends, end: Ends) -> Way | None:
        """The fastest way between two points."""
        found = self._pattern.weighted.way(start, end)
        if found is None:
            return None
        _, s, t, arcs = found
        turns = self._network.turns
        return Way(
            edges=(int(start.node[s]), *turns.to_edge[arcs].tolist()),
            begin=float(start.snaps.along[s]),
            end=float(end.snaps.along[t]),
            turn_ms=(0, *turns.turn_ms[arcs].tolist()),
        )

    def _steps(self, way: Way, edge_ms: FloatArray, begin_m: float, end_m: float) -> tuple[Step, ...]:
        """One a street; the ways to the first and from the last are parts of theirs."""
        stretches = stretches_of(self._streets.edges, way, edge_ms)
        away_m = np.array([begin_m, end_m])
        return steps_of(stretches, self._network.names, away_m, access_s(away_m), factor=self._factor)


def steps_of(
    stretches: Sequence[Stretch], names: Sequence[str], away_m: FloatArray, away_s: FloatArray, *, factor: float = 1.0
) -> tuple[Step, ...]:
    """One step a stretch; `away_m`, `away_s` float64[2] are the ways to the first street and from the last, and parts of theirs."""
    last = len(stretches) - 1
    (begin_m, end_m), (begin_s, end_s) = away_m.tolist(), away_s.tolist()
    return tuple(
        Step(
            turn=_TURN_OF[stretch.bend] if at else Turn.DEPART,
            name=names[stretch.name],
            distance_m=stretch.distance_m + begin_m * (at == 0) + end_m * (at == last),
            travel_time_s=factor * (stretch.time_ms / 1_000.0 + begin_s * (at == 0) + end_s * (at == last)),
        )
        for at, stretch in enumerate(stretches)
    )


def access_s(away_m: FloatArray) -> FloatArray:
    """The time between points and their streets, in the shape of `away_m`."""
    yard_m = np.minimum(away_m, YARD_M)
    return np.asarray(yard_m / YARD_MPS + (away_m - yard_m) / UNMAPPED_MPS, np.float64)


def _taken(points: Points, ends: Ends) -> tuple[FloatArray, FloatArray]:
    return points.lat_deg[ends.snaps.row], points.lon_deg[ends.snaps.row]
