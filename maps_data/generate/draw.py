"""A random source that draws the same on every Python: streams named by text, nothing but uniform numbers.

Only `random.Random.random` is promised to keep its sequence between Python versions (docs.python.org,
random, "Notes on Reproducibility"), so everything is made of it. Every place has a stream of its own, so
that adding one place leaves the others as they were.
"""

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """One stream of random numbers, named by `seed` and `stream`."""

    def __init__(self, seed: int, stream: str) -> None:
        self._random = random.Random(f"{seed}/{stream}")

    def share(self) -> float:
        """Uniform in [0, 1)."""
        return self._random.random()

    def between(self, low: float, high: float) -> float:
        """Uniform in [low, high)."""
        return low + (high - low) * self.share()

    def whole(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self.share() * (high - low + 1))

    def pick(self, options: Sequence[tuple[T, float]]) -> T:
        """One of the options, with chances in proportion to their weights."""
        left = self.share() * sum(weight for _, weight in options)
        for option, weight in options:
            left -= weight
            if left < 0.0:
                return option
        return options[-1][0]
