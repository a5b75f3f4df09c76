"""Dividing whole things in proportion to weights: units among bases, AEDs among cells.

`apportion` is the divisor method of Webster and Sainte-Lague with a minimum for each: the next seat goes to
the highest w_i / (2 n_i + 1). It never takes a seat away when the house grows, which the method of largest
remainders does (the Alabama paradox). M. L. Balinski, H. P. Young: Fair Representation, 1982, ch. 8 and
appendix A.

`spread` is systematic sampling with probability proportional to size: a comb of equally spaced teeth over
the cumulative weights, so that each gets its quota rounded down or up and, where neighbours in the sequence
are neighbours on the ground, the seats are spread evenly. W. G. Madow, Ann. Math. Statist. 20 (1949)
333-354, doi:10.1214/aoms/1177729988.
"""

import heapq
from collections.abc import Sequence
from itertools import accumulate


def apportion(weights: Sequence[float], seats: int, *, minimum: int) -> list[int]:
    """`seats` divided by `weights` (not negative), at least `minimum` each; the earlier of two equals first.

    ValueError if the minimum alone needs more than `seats`, or if no weight is above zero.
    """
    if minimum * len(weights) > seats:
        raise ValueError(f"{seats} seats do not give {minimum} to each of {len(weights)}")
    if not any(weight > 0.0 for weight in weights):
        raise ValueError("no weight is above zero")
    given = [minimum] * len(weights)
    queue = [(-weight / (2 * minimum + 1), index) for index, weight in enumerate(weights)]
    heapq.heapify(queue)
    for _ in range(seats - sum(given)):
        _, index = queue[0]
        given[index] += 1
        heapq.heapreplace(queue, (-weights[index] / (2 * given[index] + 1), index))
    return given


def spread(weights: Sequence[float], seats: int, *, start: float) -> list[int]:
    """`seats` spread along `weights` by a comb whose first tooth stands at `start` (in [0, 1)) of its spacing.

    The sum is `seats`; each entry is its quota `seats * w / sum(w)` rounded down or up.
    """
    sums = list(accumulate(weights))
    if seats and (not sums or sums[-1] <= 0.0):
        raise ValueError("no weight is above zero")
    given = [0] * len(weights)
    index = 0
    for tooth in range(seats):
        at = (tooth + start) * (sums[-1] / seats)
        while index < len(weights) - 1 and sums[index] <= at:
            index += 1
        given[index] += 1
    return given
