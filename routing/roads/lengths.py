"""How long a way is of which only the time is known: a law for each network, because a hierarchy finds times without looking at ways.

    length = max(s, A * s ** B * t ** C),    s the straight distance in metres, t the free-flow time in milliseconds.

A, B, C are fitted to the network itself when it is loaded (least squares of logarithms over N_ORIGINS * len(QUANTILES) of its own
ways, near and far ones alike). Over 600 other ways, drawn by chance, the mean error was 6 % on the reconstruction of Shenzhen's
main roads (10 % below 8 km), 14 % in the centre of Helsinki. Traffic makes t longer, and so these lengths: they are rough.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from routing.geo import FloatArray, IntArray, distance_matrix_m
from routing.roads.hierarchy import NEVER_MS
from routing.roads.network import Edges
from routing.roads.weighted import Weighted

N_ORIGINS: Final = 64
QUANTILES: Final = (0.002, 0.02, 0.1, 0.3, 0.7)
"""Of the distances from an origin: how far the edges are to which the law is fitted."""

LEAST_WAYS: Final = 30
"""Fewer are no ground for three constants: the network's mean speed is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LengthLaw:
    """The constants of the law above."""

    a: float
    b: float
    c: float

    def lengths_m(self, straight_m: FloatArray, legs_ms: FloatArray) -> FloatArray:
        """Metres, in the shape of both; inf where `legs_ms` is."""
        with np.errstate(invalid="ignore"):
            by_law_m = np.exp(self.a) * np.maximum(straight_m, 1.0) ** self.b * legs_ms**self.c
        return np.asarray(np.maximum(straight_m, by_law_m), np.float64)

    @classmethod
    def fitted(cls, weighted: Weighted, edges: Edges, usable: IntArray) -> "LengthLaw":
        """The law of a driving graph in free flow, from ways between the edges `usable`."""
        ways = _ways(weighted, edges, usable)
        if len(ways) < LEAST_WAYS:
            speed = edges.length_m.sum() / max(float(edges.free_flow_ms.sum()), 1.0)
            return cls(a=float(np.log(max(speed, 1e-6))), b=0.0, c=1.0)
        straight, time, length = np.log(ways).T
        factors = np.stack([np.ones(len(ways)), straight, time], axis=1)
        a, b, c = np.linalg.lstsq(factors, length)[0]
        return cls(a=float(a), b=float(b), c=float(c))


def _ways(weighted: Weighted, edges: Edges, usable: IntArray) -> FloatArray:
    """(straight distance, time, length) of ways from the end of one edge to the end of another: float64[w, 3], all above 0."""
    origins = usable[np.linspace(0, len(usable) - 1, min(N_ORIGINS, len(usable)), dtype=np.int64)]
    others = usable[np.linspace(0, len(usable) - 1, min(2_000, len(usable)), dtype=np.int64)]
    last = edges.first_point[1:] - 1
    lat, lon = edges.lat_e7[last] * 1e-7, edges.lon_e7[last] * 1e-7
    straight_m = distance_matrix_m(lat[origins], lon[origins], lat[others], lon[others])
    order = np.argsort(straight_m, axis=1, kind="stable")
    columns = order[:, [int(q * (len(others) - 1)) for q in QUANTILES]]
    ways = []
    for row, origin in enumerate(origins.tolist()):
        for column in columns[row].tolist():
            time_ms, arcs = weighted.path(origin, int(others[column]))
            length_m = float(edges.length_m[weighted.graph.head[arcs]].sum())
            if 0 < time_ms < NEVER_MS and length_m > 0.0 and straight_m[row, column] > 1.0:
                ways.append((float(straight_m[row, column]), float(time_ms), length_m))
    return np.array(ways).reshape(-1, 3)
