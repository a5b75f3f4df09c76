"""A month's quality report: for the city, each district and each hospital, how often each interval kept its targets.

A patient belongs to the month of the call. An interval belongs to the hospital in which it ended, or runs; one that ends before any
hospital belongs to city and district only. Shares are of what was measured; what was not is counted beside it, by why, and never
estimated.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

import numpy as np

from dispatch.domain import events as ev
from dispatch.projections.care_book import CareBook
from dispatch.projections.care_clock import IntervalState, Measured, care_clock
from dispatch.projections.care_targets import INTERVALS, Interval, Target


class Scope(StrEnum):
    CITY = "city"
    DISTRICT = "district"
    HOSPITAL = "hospital"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One target: `n_measured` patients it applies to, `n_met` who kept it.

    `is_reached` None: no share is stated, or nobody was measured.
    """

    target: Target
    n_measured: int
    n_met: int

    @property
    def share_met(self) -> float | None:
        return self.n_met / self.n_measured if self.n_measured else None

    @property
    def is_reached(self) -> bool | None:
        share = self.share_met
        return None if share is None or self.target.share is None else share >= self.target.share


@dataclass(slots=True)
class Tally:
    """One interval in one place. `states` counts patients whose clock had either end; `lengths_s` are of those measured."""

    interval: Interval
    states: dict[IntervalState, int] = field(default_factory=dict)
    lengths_s: list[float] = field(default_factory=list)
    n_without_start: int = 0
    n_disputed: int = 0
    verdicts: dict[Target, list[bool]] = field(default_factory=dict)

    def add(self, measured: Measured) -> None:
        """Count one patient."""
        self.states[measured.state] = self.states.get(measured.state, 0) + 1
        self.n_disputed += measured.is_disputed
        self.n_without_start += measured.started_at is None and measured.ended_at is not None
        if measured.length_s is None:
            return
        self.lengths_s.append(measured.length_s)
        for verdict in measured.verdicts:
            self.verdicts.setdefault(verdict.target, []).append(bool(verdict.is_met))

    @property
    def n_patients(self) -> int:
        return sum(self.states.values())

    @property
    def n_measured(self) -> int:
        return len(self.lengths_s)

    @property
    def n_without_end(self) -> int:
        """Not given, or not recorded: the journal cannot tell."""
        return self.n_patients - self.n_measured - self.n_not_done - self.n_contradictory - self.n_without_start

    @property
    def n_not_done(self) -> int:
        return self.states.get(IntervalState.NOT_DONE, 0)

    @property
    def n_contradictory(self) -> int:
        return self.states.get(IntervalState.CONTRADICTORY, 0)

    def quantile_s(self, q: float) -> float | None:
        """Linear between the two nearest; None when nobody was measured."""
        return float(np.quantile(self.lengths_s, q)) if self.lengths_s else None

    def kept(self) -> list[Kept]:
        """Each target of the interval, those that applied to nobody too."""
        return [
            Kept(target=target, n_measured=len(found), n_met=sum(found))
            for target in self.interval.targets
            for found in (self.verdicts.get(target, []),)
        ]


Place = tuple[Scope, str | None]
CITY: Final[Place] = (Scope.CITY, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityReport:
    """`tallies` by place and interval code; places and intervals in which nobody was counted are absent."""

    from_at: datetime
    to_at: datetime
    n_patients: int
    n_simulated: int
    n_corrections: int
    tallies: dict[Place, dict[str, Tally]]

    def rows(self) -> Iterator[tuple[Place, Tally]]:
        """City first, then districts and hospitals by id; intervals in the order of `INTERVALS`."""
        scopes = list(Scope)
        for place in sorted(self.tallies, key=lambda p: (scopes.index(p[0]), p[1] or "")):
            for interval in INTERVALS:
                if interval.code in self.tallies[place]:
                    yield place, self.tallies[place][interval.code]


def month_book(entries: Iterable[ev.Recorded], from_at: datetime, to_at: datetime) -> CareBook:
    """The care of patients whose call came in [from_at, to_at); everything else is passed over."""
    book = CareBook()
    for recorded in entries:
        opened = recorded.event
        if not isinstance(opened, ev.IncidentOpened) or from_at <= opened.received_at < to_at:
            book.apply(recorded)
    return book


def quality_report(
    book: CareBook, *, from_at: datetime, to_at: datetime, district_of: Callable[[str], str | None]
) -> QualityReport:
    """The report of what `month_book` gave. `district_of`: from an incident's cell to its district's code, None outside of all."""
    tallies: dict[Place, dict[str, Tally]] = {}
    n_patients = n_simulated = n_corrections = 0
    for case in book.cases.values():
        district: Place = (Scope.DISTRICT, district_of(case.cell))
        for patient in case.patients.values():
            n_patients += 1
            n_simulated += case.is_simulated
            n_corrections += patient.changes
            stamps = book.stamps_of(case.incident_id, patient.patient_id)
            for measured in care_clock(stamps, book.pathway_of(case.incident_id), to_at).intervals:
                if _counts(measured):
                    for place in (CITY, district, *_hospital(measured)):
                        here = tallies.setdefault(place, {})
                        here.setdefault(measured.interval.code, Tally(measured.interval)).add(measured)
    return QualityReport(
        from_at=from_at,
        to_at=to_at,
        n_patients=n_patients,
        n_simulated=n_simulated,
        n_corrections=n_corrections,
        tallies=tallies,
    )


def _counts(measured: Measured) -> bool:
    """A patient who never came to where an interval begins, and of whom nothing is said, has no place in it."""
    is_empty = measured.started_at is None and measured.ended_at is None
    is_applicable = measured.state is not IntervalState.NOT_APPLICABLE
    return is_applicable and not (is_empty and measured.state is not IntervalState.NOT_DONE)


def _hospital(measured: Measured) -> tuple[Place, ...]:
    return () if measured.hospital_id is None else ((Scope.HOSPITAL, str(measured.hospital_id)),)
