"""The fold, continued: the world forgets what it knew of persons, and shows what it would after reading events without their keys."""

from collections.abc import Callable
from typing import Any, Final

from dispatch.domain import events as ev
from dispatch.domain.draft import Draft, changed
from dispatch.domain.events_privacy import IncidentErased
from dispatch.domain.evolve_notices import erase_notices
from dispatch.domain.personal import stand_ins_of


def _incident_erased(draft: Draft, e: IncidentErased, _: ev.Recorded) -> None:
    incident = draft.incidents.get(e.incident_id)
    if incident is not None:
        for call_id in incident.call_ids:
            call = draft.calls[call_id]
            draft.calls = draft.calls.set(call_id, changed(call, **stand_ins_of(call)))
        for patient_id in incident.patient_ids:
            draft.change_patient(patient_id, **stand_ins_of(draft.patients[patient_id]))
        for assignment_id in incident.assignment_ids:
            draft.change_assignment(assignment_id, **stand_ins_of(draft.assignments[assignment_id]))
        for run in [run for run in draft.runs.values() if run.incident_id == e.incident_id]:
            draft.runs = draft.runs.set(run.run_id, changed(run, **stand_ins_of(run)))
        draft.change_incident(e.incident_id, **stand_ins_of(incident))
    erase_notices(draft, e.incident_id)
    for transfer_id in e.transfer_ids:
        if transfer_id in draft.transfers:
            transfer = draft.transfers[transfer_id]
            draft.transfers = draft.transfers.set(transfer_id, changed(transfer, **stand_ins_of(transfer)))


HANDLERS: Final[dict[type[Any], Callable[[Draft, Any, ev.Recorded], None]]] = {IncidentErased: _incident_erased}
