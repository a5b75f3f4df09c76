"""A recorded unit timeline as events: each transport-capable response becomes an assignment of its own, folded like any journal.

The stream has no journal and no calls: it is evidence about units, replayed through the same projection that reads the
live journal. Responses whose end is unknown, that end before they begin, or that last over six hours (a forgotten button,
not a mission) are left out and counted.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from pathlib import Path

from dispatch.domain import events as ev
from dispatch.domain.assignment import AssignmentStatus
from dispatch.domain.ids import AssignmentId, CommandId, IncidentId, Realm, UnitId
from dispatch.domain.invariants import Watch
from dispatch.domain.vocabulary import AssignmentMode
from dispatch.drills.unit_log import LoggedResponse
from dispatch.projections.concurrency import COUNT_FIELDS, Concurrency, Counts, as_row

LONGEST_RESPONSE_S = 6 * 3600.0
"""Counting rule of the recorded week's validation file: longer intervals are dropped."""

STEP = timedelta(minutes=5)
ACTOR = "log"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineReport:
    """What became of the rows. `breaking_rules` counts responses that this system would have refused to record as they are."""

    rows: int
    not_transport_capable: int
    no_dispatch_or_end: int
    ends_before_dispatch: int
    over_six_hours: int
    replayed: int
    sent_while_committed: int
    steps_out_of_order: int
    breaking_rules: int
    events: int


def replayable(responses: Sequence[LoggedResponse]) -> tuple[list[LoggedResponse], dict[str, int]]:
    """The responses that count, and how many were left out for which reason."""
    left_out = {"not_transport_capable": 0, "no_dispatch_or_end": 0, "ends_before_dispatch": 0, "over_six_hours": 0}
    kept = []
    for response in responses:
        busy_s = response.busy_s
        if not response.is_transport_capable:
            left_out["not_transport_capable"] += 1
        elif busy_s is None:
            left_out["no_dispatch_or_end"] += 1
        elif busy_s < 0.0:
            left_out["ends_before_dispatch"] += 1
        elif busy_s > LONGEST_RESPONSE_S:
            left_out["over_six_hours"] += 1
        else:
            kept.append(response)
    return kept, left_out


def as_events(responses: Iterable[LoggedResponse], realm: Realm) -> Iterator[ev.Recorded]:
    """The responses as domain events in order of time; at one instant a response that ends comes before one that begins.

    A step that its source dates before the dispatch is written down with the dispatch (`recorded_at`), and keeps its date.
    """
    dated = [
        (max(at, response.dispatched_at or at), order, number, at, event)
        for number, response in enumerate(responses)
        for at, order, event in _events_of(response)
    ]
    dated.sort(key=itemgetter(0, 1, 2))
    for seq, (recorded_at, _, _, at, event) in enumerate(dated, start=1):
        yield ev.Recorded(
            seq=seq,
            realm=realm,
            recorded_at=recorded_at,
            occurred_at=at,
            actor=ACTOR,
            command_id=CommandId(f"cmd-{realm}-{seq}"),
            event=event,
        )


def _events_of(response: LoggedResponse) -> Iterator[tuple[datetime, int, ev.Event]]:
    """(instant, order within the instant, event) of one response."""
    assignment_id, incident_id = AssignmentId(f"asg-{response.response_id}"), IncidentId(f"inc-{response.call_id}")
    unit_id = UnitId(response.unit_id)
    assert response.dispatched_at is not None
    yield (
        response.dispatched_at,
        1,
        ev.UnitAssigned(
            assignment_id=assignment_id,
            incident_id=incident_id,
            unit_id=unit_id,
            hospital_id=None,
            patient_ids=(),
            mode=AssignmentMode.DISPATCHER,
            is_reserved=False,
            is_recommended=False,
            override_reason=None,
        ),
    )
    steps = (
        (response.en_route_at, AssignmentStatus.EN_ROUTE),
        (response.on_scene_at, AssignmentStatus.ON_SCENE),
        (response.at_patient_at, AssignmentStatus.AT_PATIENT),
        (response.left_scene_at, AssignmentStatus.LEFT_SCENE),
        (response.at_hospital_at, AssignmentStatus.AT_HOSPITAL),
        (response.available_at, AssignmentStatus.AVAILABLE),
    )
    earlier = [response.dispatched_at, *(at for at, status in steps[:-1] if at is not None)]
    for step, (at, status) in enumerate(steps, start=2):
        if at is None:
            continue
        # An end makes room for the unit's next response at the same second, unless a step of its own falls on it.
        is_clear_end = status is AssignmentStatus.AVAILABLE and at not in earlier
        yield (
            at,
            0 if is_clear_end else step,
            ev.AssignmentStatusChanged(
                assignment_id=assignment_id, incident_id=incident_id, unit_id=unit_id, status=status, disposition=None
            ),
        )


def instants(from_at: datetime, to_at: datetime, step: timedelta = STEP) -> list[datetime]:
    """Every `step` from `from_at` to `to_at`, both included. ValueError when they are the wrong way round."""
    if to_at < from_at:
        raise ValueError(f"{to_at.isoformat()} lies before {from_at.isoformat()}")
    return [from_at + step * n for n in range((to_at - from_at) // step + 1)]


def replay(
    responses: Sequence[LoggedResponse], at: Sequence[datetime], realm: Realm
) -> tuple[list[Counts], TimelineReport]:
    """Fold the recorded responses and count units at each of the instants `at` (ascending)."""
    kept, left_out = replayable(responses)
    concurrency = Concurrency()
    watch = Watch(
        open_ids={IncidentId(f"inc-{response.call_id}") for response in kept}
    )  # the log's calls count as open
    sent_while_committed: set[AssignmentId] = set()
    n_events = 0
    for recorded in as_events(kept, realm):
        n_events += 1
        if watch.violations(recorded) and isinstance(recorded.event, ev.UnitAssigned):
            sent_while_committed.add(recorded.event.assignment_id)
        concurrency.apply(recorded)
    out_of_order = {AssignmentId(f"asg-{response.response_id}") for response in kept if not _is_in_order(response)}
    report = TimelineReport(
        rows=len(responses),
        **left_out,
        replayed=len(kept),
        sent_while_committed=len(sent_while_committed),
        steps_out_of_order=len(out_of_order),
        breaking_rules=len(sent_while_committed | out_of_order),
        events=n_events,
    )
    return concurrency.at(at), report


def _is_in_order(r: LoggedResponse) -> bool:
    times = (
        r.dispatched_at, r.en_route_at, r.on_scene_at, r.at_patient_at, r.left_scene_at, r.at_hospital_at, r.available_at
    )  # fmt: skip
    known = [at for at in times if at is not None]
    return known == sorted(known)


def write_concurrency(path: Path, at: Sequence[datetime], counts: Sequence[Counts]) -> None:
    """One CSV row per instant: `at` in UTC, then the counts."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("at", *COUNT_FIELDS))
        for instant, row in zip(at, counts, strict=True):
            writer.writerow((f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", *as_row(row)))


def write_report(path: Path, report: TimelineReport) -> None:
    path.write_text(json.dumps(asdict(report), indent=2) + "\n", encoding="utf-8")
