"""One scene, many patients: which unit takes whom to which hospital, and when each is received, as one minimum-cost flow.

Patients i bear a triage tag g_i (START or SALT) and need capabilities; seconds count from now, and are whole.

- A *seat* s is one trip of a unit with one patient: it leaves the scene from b_s on, a full minute. A unit makes one trip, or,
  where its round trip is stated, comes back for more after that time, whichever hospital it went to; a new plan corrects it.
- Hospital h, a drive of d_h away, receives one patient at a time: at its *slots* ρ_hj = ready_h + j · interval_h, up to the horizon.
  It takes at most n_hg patients of tag g, and only those whose every need it can meet.
- Seat s makes slot (h, j) if b_s + d_h ≤ ρ_hj; who arrives early waits at the door until the slot.

Received at t, a patient of tag g costs W_g(t) = w_g · (t + L · max(0, t − T_g)), convex in lateness; one who is not placed costs
W_g(HOLD_S). With y_i = 1 for a patient who is not placed:

    min  Σ W_{g_i}(ρ_hj) x_ihj + Σ W_{g_i}(HOLD_S) y_i
    s.t. Σ_hj x_ihj + y_i = 1    Σ_i x_ihj ≤ 1    Σ_ij [g_i = g] x_ihj ≤ n_hg    used slots can each be given a seat of their own

Since w_red > (1 + L) w_yellow and w_yellow > (1 + L) w_green, a red goes before a yellow, and a yellow before a green, wherever either
could take the other's slot. Which patient of a tag goes first within one hospital makes no difference to the cost.

The flow carries a patient's class (tag and needs) to a hospital's beds of the tag, on to a slot, and on to a seat:

    S → class (its patients)    class → (h, g)_in where h meets the needs    class → T (held, at W_g(HOLD_S))
    (h, g)_in → (h, g)_out (n_hg)    (h, g)_out → slot (1, at W_g(ρ_hj))
    slot → the last minute whose seats make it (1)    minute → the minute before (any)    minute → T (its seats)

A slot may fall back to any earlier minute, so the arcs grow with slots plus minutes and not with their product. Whoever is held
has an arc of their own, so the flow is always feasible; why some are held is then named (`Shortfall`). Integer data give an integer
optimum (see `assignment`).

Tag g needs no more slots of a hospital, after the last seat's arrival, than the beds there for it and for more urgent tags: all slots
from a seat's arrival to the one that it uses are used, else moving up would save, and by none less urgent, else trading would.

What is left out: crews are taken to be able to bring any patient, and an ambulance that waits at the door is not seen to be late for
its next trip. Both are seen when the plan is made anew: patients who are bound keep their unit, hospital, bed and slot.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from routing.geo import BoolArray, IntArray
from routing.optimise.casualty_plan import HORIZON_S, Cause, Fleet, Houses, Patients, Placement, Plan, Shortfall, Tag
from routing.optimise.flow import Arcs, minimum_cost_flow

WEIGHT: Final = {Tag.RED: 16, Tag.YELLOW: 4, Tag.GREEN: 1}
LATENESS: Final = 2
TARGET_S: Final = {Tag.RED: 3_600, Tag.YELLOW: 4 * 3_600, Tag.GREEN: 8 * 3_600}
"""Weights, lateness and targets are choices of ours. Weights differ by more than 1 + LATENESS, so that tags keep their order."""
GRAIN_S: Final = 60
"""Seats leave at full minutes, rounded up: those of one minute are one node, which halves the solver's time; arrivals are not known
better."""
HOLD_S: Final = 24 * 3_600
"""Being held costs as much as being received then: more than any slot, so that a patient is held only when none is left."""


def waiting_cost(tag: Tag, received_s: IntArray | int) -> IntArray:
    """W_g(t)."""
    late_s = np.maximum(0, np.asarray(received_s) - TARGET_S[tag])
    return np.asarray(WEIGHT[tag] * (np.asarray(received_s) + LATENESS * late_s), dtype=np.int64)


def plan(patients: Patients, fleet: Fleet, houses: Houses) -> Plan:
    """The optimum of the model, always the same one; there always is one."""
    members: dict[_Class, list[int]] = {}
    for i, tag in enumerate(patients.tag.tolist()):
        if tag != Tag.BLACK and i not in patients.bound:
            needs = tuple(np.flatnonzero(patients.needs[i]).tolist())
            members.setdefault((Tag(tag), needs), []).append(i)
    if not members:
        return Plan(placements={}, shortfalls=(), cost=0)
    seats = _Seats.of(patients, fleet, sum(map(len, members.values())))
    beds = _Beds.of(list(members), [len(rows) for rows in members.values()], patients, houses)
    slots = _Slots.of(patients, houses, beds, seats)
    used = _solved(list(members), [len(rows) for rows in members.values()], houses, beds, slots, seats)
    return Plan(
        placements=_placements(list(members.items()), houses, slots, seats, used),
        shortfalls=_shortfalls(list(members), beds, seats, used),
        cost=used.cost,
    )


_Class = tuple[Tag, tuple[int, ...]]
"""A tag and the capabilities that are needed."""


@dataclass(frozen=True, slots=True)
class _Seats:
    """Seats in order of time, no more than there are patients: int64[seats] each."""

    at_s: IntArray
    unit: IntArray
    trip: IntArray

    @classmethod
    def of(cls, patients: Patients, fleet: Fleet, n_wanted: int) -> "_Seats":
        """The first seats; the first trips of units that have a bound patient are not among them."""
        more = np.where(fleet.round_trip_s > 0, (HORIZON_S - fleet.leaves_s) // np.maximum(1, fleet.round_trip_s), 0)
        trips = 1 + np.clip(more, 0, n_wanted)
        unit = np.repeat(np.arange(len(trips)), trips)
        trip = np.arange(len(unit)) - np.repeat(np.cumsum(trips) - trips, trips)
        at_s = -(-(fleet.leaves_s[unit] + trip * fleet.round_trip_s[unit]) // GRAIN_S) * GRAIN_S
        is_bound = np.isin(unit, [bound.unit for bound in patients.bound.values()]) & (trip == 0)
        kept = np.flatnonzero(~is_bound & (at_s <= HORIZON_S))
        first = kept[np.lexsort((unit[kept], at_s[kept]))][:n_wanted]
        return cls(at_s[first], unit[first], trip[first])


@dataclass(frozen=True, slots=True)
class _Beds:
    """`left` int64[h, 3]: beds that bound patients leave, and that someone wants; `meets` bool[classes, h]."""

    left: IntArray
    meets: BoolArray

    @classmethod
    def of(cls, classes: Sequence[_Class], sizes: Sequence[int], patients: Patients, houses: Houses) -> "_Beds":
        left = houses.beds.copy()
        for i, bound in patients.bound.items():
            if patients.tag[i] != Tag.BLACK:
                left[bound.hospital, patients.tag[i]] -= 1
        meets = np.array([houses.offers[:, list(needs)].all(axis=1) for _, needs in classes])
        wanted = np.zeros_like(left)
        for (tag, _), size, met in zip(classes, sizes, meets, strict=True):
            wanted[met, tag] += size
        return cls(np.clip(left, 0, wanted), meets)


@dataclass(frozen=True, slots=True)
class _Slots:
    """`house`, `at_s` and `latest_seat` int64[slots]; `pair_slot`, `pair_tag` int64[k]: who may use which."""

    house: IntArray
    at_s: IntArray
    latest_seat: IntArray
    pair_slot: IntArray
    pair_tag: IntArray

    @classmethod
    def of(cls, patients: Patients, houses: Houses, beds: _Beds, seats: _Seats) -> "_Slots":
        """Slots that bound patients leave free, that a seat makes, and that an optimum can use (see the model)."""
        house: list[int] = []
        at_s: list[int] = []
        slot, tag = [], []
        for h, free in enumerate(_free_slots(patients, houses)):
            arrivals = seats.at_s + houses.drive_s[h]
            if not len(arrivals):
                continue
            first, last = np.searchsorted(free, arrivals[[0, -1]]).tolist()
            ends = last + np.cumsum(beds.left[h])
            used = free[first : max((end for end, n in zip(ends, beds.left[h], strict=True) if n), default=0)]
            for g in range(3):
                n = min(len(used), int(ends[g]) - first) if beds.left[h, g] else 0
                slot.append(len(at_s) + np.arange(n))
                tag.append(np.full(n, g))
            house.extend([h] * len(used))
            at_s.extend(used.tolist())
        houses_of, times = np.array(house, dtype=np.int64), np.array(at_s, dtype=np.int64)
        latest = np.searchsorted(seats.at_s, times - houses.drive_s[houses_of], "right") - 1
        return cls(houses_of, times, latest, *(np.concatenate([[], *rows]).astype(np.int64) for rows in (slot, tag)))


def _free_slots(patients: Patients, houses: Houses) -> list[IntArray]:
    """Times of each hospital's slots; a bound patient has the first one after its arrival."""
    free = [
        np.arange(ready_s, HORIZON_S + 1, interval_s)
        for ready_s, interval_s in zip(houses.ready_s.tolist(), houses.interval_s.tolist(), strict=True)
    ]
    for _, bound in sorted(patients.bound.items(), key=lambda item: (item[1].arrives_s, item[0])):
        slots = free[bound.hospital]
        taken = int(np.searchsorted(slots, bound.arrives_s))
        free[bound.hospital] = np.concatenate([slots[:taken], slots[taken + 1 :]])
    return free


@dataclass(frozen=True, slots=True)
class _Used:
    """What the flow does: patients by class and hospital [classes, h], slots and tags in use, held by class."""

    to_house: IntArray
    slots: tuple[tuple[int, int], ...]
    held: IntArray
    cost: int


def _solved(
    classes: Sequence[_Class], sizes: Sequence[int], houses: Houses, beds: _Beds, slots: _Slots, seats: _Seats
) -> _Used:
    """The flow of the module's head. Nodes: S, T, classes, (h, g) in and out, slots, seats."""
    n_classes, n_houses, n_slots = len(classes), len(houses.drive_s), len(slots.at_s)
    n_patients, tags = sum(sizes), np.array([tag for tag, _ in classes])
    c, h = np.nonzero(beds.meets & (beds.left[:, tags].T > 0))
    class_of, bed_in = 2 + np.arange(n_classes), 2 + n_classes + np.arange(3 * n_houses).reshape(n_houses, 3)
    bed_out, slot_of = bed_in + 3 * n_houses, 2 + n_classes + 6 * n_houses + np.arange(n_slots)
    leaving_s, seats_then = np.unique(seats.at_s, return_counts=True)
    seat_of = 2 + n_classes + 6 * n_houses + n_slots + np.arange(len(leaving_s))
    latest = np.searchsorted(leaving_s, slots.at_s - houses.drive_s[slots.house], "right") - 1
    # Among slots that cost the same, nearer hospitals, then lower rows.
    rank = np.argsort(np.argsort(houses.drive_s, kind="stable"), kind="stable")
    price = np.choose(slots.pair_tag, [waiting_cost(Tag(g), slots.at_s[slots.pair_slot]) for g in range(3)])
    hold = np.array([waiting_cost(tag, HOLD_S) for tag, _ in classes])
    house = slots.house[slots.pair_slot]
    groups = (
        (class_of[c], bed_in[h, tags[c]], np.array(sizes)[c], 0, 0),
        (bed_out[house, slots.pair_tag], slot_of[slots.pair_slot], 1, price, rank[house]),
        (class_of, 1, sizes, hold, 0),
        (0, class_of, sizes, 0, 0),
        (bed_in.ravel(), bed_out.ravel(), beds.left.ravel(), 0, 0),
        (slot_of, seat_of[latest], 1, 0, 0),
        (seat_of[1:], seat_of[:-1], n_patients, 0, 0),
        (seat_of, 1, seats_then, 0, 0),
    )
    parts = [[np.asarray(column, dtype=np.int64) for column in np.broadcast_arrays(*group)] for group in groups]
    tail, head, capacity, cost, tie = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    scaled = cost * (1 + n_patients * n_houses) + tie
    flow = minimum_cost_flow(Arcs(tail=tail, head=head, capacity=capacity, price=cost), scaled, 0, 1, n_patients)
    to_bed, to_slot, held, *_ = np.split(flow, np.cumsum([len(columns[0]) for columns in parts]))
    to_house = np.zeros((n_classes, n_houses), dtype=np.int64)
    to_house[c, h] = to_bed
    pairs = np.flatnonzero(to_slot)
    used = zip(slots.pair_slot[pairs].tolist(), slots.pair_tag[pairs].tolist(), strict=True)
    return _Used(to_house, tuple(used), held, int((flow * cost).sum()))


def _placements(
    members: Sequence[tuple[_Class, list[int]]], houses: Houses, slots: _Slots, seats: _Seats, used: _Used
) -> dict[int, Placement]:
    """Beds of a class are filled in the order of its patients, the slots of a hospital and tag by time; and the slot that can wait
    least for a seat gets the first seat, which suffices if any seats do.
    """
    at_beds: dict[tuple[int, Tag], list[int]] = {}
    for ((tag, _), rows), to_house in zip(members, used.to_house, strict=True):
        waiting = iter(rows)
        for h in np.flatnonzero(to_house).tolist():
            at_beds.setdefault((h, tag), []).extend(itertools.islice(waiting, int(to_house[h])))
    patient_of = {(slot, g): at_beds[int(slots.house[slot]), Tag(g)].pop(0) for slot, g in sorted(used.slots)}
    placed = {}
    by_deadline = sorted(used.slots, key=lambda used_slot: (int(slots.latest_seat[used_slot[0]]), used_slot))
    for seat, (slot, g) in enumerate(by_deadline):
        h, leaves_s = int(slots.house[slot]), int(seats.at_s[seat])
        placed[patient_of[slot, g]] = Placement(
            unit=int(seats.unit[seat]),
            trip=int(seats.trip[seat]),
            hospital=h,
            leaves_s=leaves_s,
            arrives_s=leaves_s + int(houses.drive_s[h]),
            received_s=int(slots.at_s[slot]),
        )
    return dict(sorted(placed.items()))


def _shortfalls(classes: Sequence[_Class], beds: _Beds, seats: _Seats, used: _Used) -> tuple[Shortfall, ...]:
    """Who is held, and what is short: capability, or a bed for as many as there is none for, or else a unit or a slot."""
    free = beds.left.copy()
    for (tag, _), to_house in zip(classes, used.to_house, strict=True):
        free[:, tag] -= to_house
    late = Cause.NO_UNIT if len(used.slots) == len(seats.at_s) else Cause.NO_SLOT
    found: list[Shortfall] = []
    for (tag, needs), met, n in zip(classes, beds.meets, used.held.tolist(), strict=True):
        n_with_bed = 0
        for h in np.flatnonzero(met).tolist():
            kept = min(n - n_with_bed, int(free[h, tag]))
            free[h, tag] -= kept
            n_with_bed += kept
        causes = ((Cause.NO_BED if met.any() else Cause.NO_CAPABILITY, n - n_with_bed), (late, n_with_bed))
        found.extend(Shortfall(cause=cause, tag=tag, needs=needs, n=held) for cause, held in causes if held)
    return tuple(found)
