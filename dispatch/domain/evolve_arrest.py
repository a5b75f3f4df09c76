"""The fold, continued: responders, drones, their runs, and what they may fly in."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from dispatch.domain import events as ev
from dispatch.domain.aed import AedReport
from dispatch.domain.arrest import RUN_ENDED, AedRun, ArrestUnit, RunStatus
from dispatch.domain.draft import Draft
from dispatch.domain.events_arrest import (
    AedRunOffered,
    AedRunStatusChanged,
    ArrestUnitDutyChanged,
    ArrestUnitRegistered,
    ArrestUnitWithdrawn,
    FlightConditionsReported,
)
from dispatch.domain.evolve_aeds import keep_report
from dispatch.domain.ids import IncidentId, UnitId
from dispatch.domain.vocabulary import AedReportKind


def _registered(draft: Draft, e: ArrestUnitRegistered, _: ev.Recorded) -> None:
    draft.arrest_units = draft.arrest_units.set(e.unit_id, ArrestUnit(record=e.record))


def _withdrawn(draft: Draft, e: ArrestUnitWithdrawn, _: ev.Recorded) -> None:
    draft.arrest_units = draft.arrest_units.delete(e.unit_id)


def _duty_changed(draft: Draft, e: ArrestUnitDutyChanged, _: ev.Recorded) -> None:
    _change_unit(draft, e.unit_id, duty=e.duty, duty_reason=e.reason)


def _conditions_reported(draft: Draft, e: FlightConditionsReported, _: ev.Recorded) -> None:
    draft.flight_conditions = e.conditions


def _run_offered(draft: Draft, e: AedRunOffered, r: ev.Recorded) -> None:
    run = AedRun(
        run_id=e.run_id,
        incident_id=e.incident_id,
        bringer=e.bringer,
        unit_id=e.unit_id,
        aed_id=e.aed_id,
        status=RunStatus.OFFERED,
        timestamps=((RunStatus.OFFERED, r.occurred_at),),
        arrives_at=e.arrives_at,
        p=e.p,
        gain_s=e.gain_s,
        answer_by=e.answer_by,
    )
    draft.runs = draft.runs.set(e.run_id, run)
    if e.unit_id is not None:
        _change_unit(draft, e.unit_id, run_id=e.run_id)
    _tell_incident(draft, e.incident_id)


def _run_stepped(draft: Draft, e: AedRunStatusChanged, r: ev.Recorded) -> None:
    was = draft.runs[e.run_id]
    draft.runs = draft.runs.set(
        e.run_id, replace(was, status=e.status, timestamps=(*was.timestamps, (e.status, r.occurred_at)))
    )
    if e.unit_id is not None and e.unit_id in draft.arrest_units:
        unit = draft.arrest_units[e.unit_id]
        has_answered = was.status is RunStatus.OFFERED and e.status is not RunStatus.STOOD_DOWN
        said_yes = has_answered and e.status not in RUN_ENDED
        _change_unit(
            draft,
            e.unit_id,
            run_id=None if e.status in RUN_ENDED else unit.run_id,
            n_answered=unit.n_answered + has_answered,
            n_accepted=unit.n_accepted + said_yes,
        )
    if e.aed_id is not None and e.status is RunStatus.HAS_DEVICE:
        keep_report(draft, e.aed_id, AedReport(kind=AedReportKind.USED, seen_at=r.occurred_at))
    _tell_incident(draft, e.incident_id)


def _change_unit(draft: Draft, unit_id: UnitId, **changes: Any) -> None:
    draft.arrest_units = draft.arrest_units.set(unit_id, replace(draft.arrest_units[unit_id], **changes))


def _tell_incident(draft: Draft, incident_id: IncidentId) -> None:
    """Consoles ask for the plan anew when the incident has changed."""
    if incident_id in draft.incidents:
        draft.change_incident(incident_id)


def forget_runs(draft: Draft, incident_id: IncidentId) -> None:
    """Runs leave the world with their incident."""
    for run in list(draft.runs.values()):
        if run.incident_id == incident_id:
            draft.runs = draft.runs.delete(run.run_id)


HANDLERS: Final[dict[type[Any], Callable[[Draft, Any, ev.Recorded], None]]] = {
    ArrestUnitRegistered: _registered,
    ArrestUnitWithdrawn: _withdrawn,
    ArrestUnitDutyChanged: _duty_changed,
    FlightConditionsReported: _conditions_reported,
    AedRunOffered: _run_offered,
    AedRunStatusChanged: _run_stepped,
}
