"""A journal of today with as many incidents as a test asks for, most of them ended: for what has to hold on a long day.

Written as events straight away, because nobody has to decide anything: every crew goes where it is sent and comes back.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Final

from dispatch.adapters.journal_inline import InlineJournal
from dispatch.adapters.roster import roster_of
from dispatch.domain import events as ev
from dispatch.domain.assignment import AssignmentStatus, Disposition
from dispatch.domain.ids import LIVE, AssignmentId, CallId, IncidentId, PatientId
from dispatch.domain.unit import UnitRecord
from dispatch.domain.vocabulary import AssignmentMode, Complaint, Pathway, Priority
from dispatch.engine.ports import Batch
from tests.fakes import example_events as example
from tests.fakes.embedded import embedded_catalogue

CITY_TIME: Final = timezone(timedelta(hours=8))
STILL_OPEN: Final = 40
"""The newest so many have not ended; their crews are on the way."""
COMPLAINTS: Final = (
    (Complaint.STROKE, Pathway.STROKE, Priority.RED),
    (Complaint.TRAUMA_TRAFFIC, Pathway.TRAUMA, Priority.ORANGE),
    (Complaint.ABDOMINAL, Pathway.GENERAL, Priority.YELLOW),
    (Complaint.HEADACHE, Pathway.GENERAL, Priority.GREEN),
)


def address_of(number: int) -> str:
    return f"景田路 {number} 号"


def phone_of(number: int) -> str:
    return f"139{number:08d}"


def write_long_day(path: Path, n: int) -> None:
    """A closed journal at `path` with `n` incidents since midnight in the city, #1 the oldest."""
    now = datetime.now(UTC)
    midnight = now.astimezone(CITY_TIME).replace(hour=0, minute=0, second=0, microsecond=0)
    pause = (now - midnight) / (n + 1)
    roster = roster_of(embedded_catalogue())
    adopted = ev.CatalogueAdopted(data_version=roster.data_version, units=roster.units, hospitals=roster.hospitals)
    with InlineJournal(path) as journal:
        told = [(midnight, adopted), *_day(n, midnight, pause, roster.units)]
        for seq, (at, event) in enumerate(told, start=1):
            journal.append(Batch(entries=(example.recorded(event, seq=seq, at=at, realm=LIVE),)))


def _day(
    n: int, midnight: datetime, pause: timedelta, units: tuple[UnitRecord, ...]
) -> Iterator[tuple[datetime, ev.Event]]:
    for number in range(1, n + 1):
        begun_at = midnight + number * pause
        for step, event in enumerate(
            _incident(number, begun_at, units[number % len(units)], is_open=number > n - STILL_OPEN)
        ):
            yield begun_at + step * pause / 10, event


def _incident(number: int, at: datetime, unit: UnitRecord, *, is_open: bool) -> Iterator[ev.Event]:
    incident_id = IncidentId(f"inc-live-{number:026d}")
    complaint, pathway, priority = COMPLAINTS[number % len(COMPLAINTS)]
    opened, received, added = example.EXAMPLES[1:4]
    assert isinstance(opened, ev.IncidentOpened)
    assert isinstance(received, ev.CallReceived)
    assert isinstance(added, ev.PatientAdded)
    yield replace(
        opened,
        incident_id=incident_id,
        number=number,
        priority=priority,
        pathway=pathway,
        complaint=complaint,
        address_text=address_of(number),
        received_at=at,
        preferred_hospital_id=None,
        answers=(),
    )
    yield replace(
        received,
        incident_id=incident_id,
        call_id=CallId(f"call-live-{number:026d}"),
        received_at=at,
        caller_phone=phone_of(number),
        address_text=address_of(number),
    )
    patient_id = PatientId(f"pat-live-{number:026d}")
    yield replace(added, incident_id=incident_id, patient_id=patient_id, triage_tag=None)
    assignment_id = AssignmentId(f"asg-live-{number:026d}")
    yield ev.UnitAssigned(
        assignment_id=assignment_id,
        incident_id=incident_id,
        unit_id=unit.unit_id,
        hospital_id=None,
        patient_ids=(patient_id,),
        mode=AssignmentMode.DISPATCHER,
        is_reserved=False,
        is_recommended=True,
        override_reason=None,
    )
    way = [AssignmentStatus.EN_ROUTE, AssignmentStatus.ON_SCENE, AssignmentStatus.AVAILABLE]
    for status in way[:1] if is_open else way:
        yield ev.AssignmentStatusChanged(
            assignment_id=assignment_id,
            incident_id=incident_id,
            unit_id=unit.unit_id,
            status=status,
            disposition=Disposition.TRANSPORTED if status is AssignmentStatus.AVAILABLE else None,
        )
    if not is_open:
        yield ev.IncidentClosed(incident_id=incident_id, reason="现场处置完毕")
