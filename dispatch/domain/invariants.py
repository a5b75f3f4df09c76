"""What must always hold, checked independently of the commands that should keep it."""

from collections import Counter
from dataclasses import dataclass, field

from dispatch.domain import events as ev
from dispatch.domain.assignment import AssignmentStatus, may_step
from dispatch.domain.ids import AssignmentId, IncidentId, UnitId
from dispatch.domain.world import World


@dataclass(slots=True)
class Watch:
    """Reads events in order and says which one breaks a rule.

    It keeps its own small books (unit → assignment) instead of trusting the fold, so that a fault in the fold shows too.
    """

    committed: dict[UnitId, AssignmentId] = field(default_factory=dict)
    statuses: dict[AssignmentId, AssignmentStatus] = field(default_factory=dict)
    open_ids: set[IncidentId] = field(default_factory=set)

    def violations(self, recorded: ev.Recorded) -> list[str]:
        """What `recorded` breaks, in words; empty when all is well."""
        match recorded.event:
            case ev.IncidentOpened(incident_id=incident_id):
                self.open_ids.add(incident_id)
            case (
                ev.IncidentClosed(incident_id=i)
                | ev.IncidentCancelled(incident_id=i)
                | ev.IncidentJoined(incident_id=i)
            ):
                return self._ended(i)
            case ev.UnitAssigned() as assigned:
                return self._assigned(assigned)
            case ev.AssignmentStatusChanged() as changed:
                return self._stepped(changed)
            case ev.AssignmentStatusCorrected(assignment_id=a, unit_id=u, status=status):
                self.statuses[a] = status
                return self._commit(u, a)
            case ev.AssignmentCancelled(assignment_id=a, unit_id=u):
                self.statuses[a] = AssignmentStatus.CANCELLED
                return self._release(u, a)
        return []

    def _assigned(self, e: ev.UnitAssigned) -> list[str]:
        self.statuses[e.assignment_id] = AssignmentStatus.RESERVED if e.is_reserved else AssignmentStatus.OFFERED
        wrong = (
            []
            if e.incident_id in self.open_ids
            else [f"unit {e.unit_id} was assigned to {e.incident_id}, which is not open"]
        )
        return wrong + self._commit(e.unit_id, e.assignment_id)

    def _stepped(self, e: ev.AssignmentStatusChanged) -> list[str]:
        was = self.statuses.get(e.assignment_id)
        if was is None:
            return [f"assignment {e.assignment_id} is not known"]
        self.statuses[e.assignment_id] = e.status
        wrong = [] if may_step(was, e.status) else [f"assignment {e.assignment_id} went from {was} to {e.status}"]
        if e.status in {AssignmentStatus.AVAILABLE, AssignmentStatus.DECLINED}:
            wrong += self._release(e.unit_id, e.assignment_id)
        return wrong

    def _ended(self, incident_id: IncidentId) -> list[str]:
        if incident_id not in self.open_ids:
            return [f"incident {incident_id} ended without being open"]
        self.open_ids.discard(incident_id)
        return []

    def _commit(self, unit_id: UnitId, assignment_id: AssignmentId) -> list[str]:
        holder = self.committed.get(unit_id)
        if holder not in {None, assignment_id}:
            return [f"unit {unit_id} is on two assignments at once: {holder} and {assignment_id}"]
        self.committed[unit_id] = assignment_id
        return []

    def _release(self, unit_id: UnitId, assignment_id: AssignmentId) -> list[str]:
        if self.committed.get(unit_id) != assignment_id:
            return [f"unit {unit_id} was released from {assignment_id}, which did not hold it"]
        del self.committed[unit_id]
        return []


def contradictions(world: World) -> list[str]:
    """Where the world disagrees with itself; for tests and for `journal verify`."""
    active = Counter(a.unit_id for a in world.assignments.values() if a.is_active)
    found = [f"unit {unit_id} has {n} active assignments" for unit_id, n in active.items() if n > 1]
    for unit in world.units.values():
        holder = world.assignments.get(unit.assignment_id) if unit.assignment_id else None
        if unit.assignment_id and (holder is None or not holder.is_active or holder.unit_id != unit.unit_id):
            found.append(f"unit {unit.unit_id} points to assignment {unit.assignment_id}, which does not hold it")
        if not unit.assignment_id and active[unit.unit_id]:
            found.append(f"unit {unit.unit_id} reads as free while an assignment holds it")
    found += _contradicting_runs(world)
    for incident in world.incidents.values():
        if incident.is_open != (incident.incident_id in world.open_ids):
            found.append(f"incident {incident.incident_id} is listed wrongly among the open ones")
        if not incident.is_open and any(a.is_active for a in world.assignments_of(incident)):
            found.append(f"incident {incident.incident_id} has ended but holds units")
    for hospital in world.hospitals.values():
        kept = Counter((slot.capability, slot.patient_id) for slot in hospital.slots)
        found += [
            f"hospital {hospital.hospital_id} keeps {n} places of {capability} for patient {patient_id}"
            for (capability, patient_id), n in kept.items()
            if n > 1
        ]
    return found


def _contradicting_runs(world: World) -> list[str]:
    """Nobody is on two runs, no device is being brought twice, and units and runs agree."""
    active = [run for run in world.runs.values() if run.is_active]
    people = Counter(run.unit_id for run in active if run.unit_id is not None)
    devices = Counter(run.aed_id for run in active if run.aed_id is not None)
    found = [f"{unit_id} is on {n} runs" for unit_id, n in people.items() if n > 1]
    found += [f"device {aed_id} is on {n} runs" for aed_id, n in devices.items() if n > 1]
    for unit in world.arrest_units.values():
        run = world.runs.get(unit.run_id) if unit.run_id else None
        if (unit.run_id is not None and (run is None or not run.is_active)) or (run is None) != (
            people[unit.unit_id] == 0
        ):
            found.append(f"{unit.unit_id} and its run {unit.run_id} disagree")
    return found
