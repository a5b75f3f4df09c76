"""Both indexes give the k nearest that a comparison with every point gives: 10,000 queries each."""

from collections.abc import Callable

import numpy as np
import pytest

from routing.geo import FloatArray, Wgs84, unit_vectors
from routing.index import MovingIndex, StaticIndex

K = 5
QUERIES = 10_000
CHUNK = 50

Nearest = Callable[[Wgs84], tuple[list[int], FloatArray]]


def static(lat: FloatArray, lon: FloatArray) -> Nearest:
    index = StaticIndex(lat, lon)

    def nearest(point: Wgs84) -> tuple[list[int], FloatArray]:
        rows, distance_m = index.nearest(point, K)
        return rows.tolist(), distance_m

    return nearest


def moving(lat: FloatArray, lon: FloatArray) -> Nearest:
    index: MovingIndex[str] = MovingIndex()
    for row, (lat_deg, lon_deg) in enumerate(zip(lat.tolist(), lon.tolist(), strict=True)):
        index.move(str(row), Wgs84(lat_deg=lat_deg, lon_deg=lon_deg))

    def nearest(point: Wgs84) -> tuple[list[int], FloatArray]:
        keys, distance_m = index.nearest(point, K)
        return [int(key) for key in keys], distance_m

    return nearest


def places(n: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """n points over the city, two thirds of them in clusters, as real places are."""
    lat, lon = rng.uniform(22.45, 22.85, n), rng.uniform(113.76, 114.62, n)
    seed = np.where(rng.random(n) < 2 / 3, rng.integers(0, 40, n), np.arange(n))
    return lat[seed] + rng.normal(0, 0.005, n), lon[seed] + rng.normal(0, 0.005, n)


@pytest.mark.slow
@pytest.mark.parametrize("build", [static, moving])
@pytest.mark.parametrize("n", [600, 10_000, 60_000])
def test_no_point_is_nearer_than_the_answer(n: int, build: Callable[[FloatArray, FloatArray], Nearest]) -> None:
    """A scan by dot products: exactly k - 1 points have a greater product than the k-th of the answer.

    A product resolves 0.1 mm at 100 m, so points nearer to each other than that count as one.
    """
    rng = np.random.default_rng(n)
    lat, lon = places(n, rng)
    nearest = build(lat, lon)
    query_lat, query_lon = rng.uniform(22.40, 22.90, QUERIES), rng.uniform(113.70, 114.70, QUERIES)
    vectors, query_vectors = unit_vectors(lat, lon), unit_vectors(query_lat, query_lon)
    for start in range(0, QUERIES, CHUNK):
        products = query_vectors[start : start + CHUNK] @ vectors.T
        for at, product in enumerate(products, start):
            point = Wgs84(lat_deg=float(query_lat[at]), lon_deg=float(query_lon[at]))
            rows, distance_m = nearest(point)
            assert len(set(rows)) == K
            assert np.all(np.diff(distance_m) >= 0)
            kth = product[rows].min()
            assert np.count_nonzero(product > kth + 1e-15) <= K - 1
