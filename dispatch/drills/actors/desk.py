"""The dispatcher's desk: looks at held calls again, closes incidents that are done, and accepts what the engine recommends where it
does not commit units by itself. In a live service it touches simulated incidents only, never a real caller's."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from dispatch.domain import events as ev
from dispatch.domain.assignment import ENDED
from dispatch.domain.commands import AssignUnit, CloseIncident, Command, Retriage
from dispatch.domain.ids import IncidentId
from dispatch.domain.incident import Incident
from dispatch.domain.rejections import CommandRejected
from dispatch.drills.agenda import Agenda, Errand
from dispatch.engine.commits import Told
from dispatch.engine.engine import Engine

ACTOR = "dispatcher:simulated"
CLOSES_AFTER = timedelta(seconds=60)
"""How long an incident with nobody left on it stays open. Assumed."""
CLOSES_LARGE_AFTER = timedelta(minutes=30)
"""The same for one with more patients than `LARGE_FROM_PATIENTS`, where more may be found. Assumed."""
LARGE_FROM_PATIENTS = 4
LOOKS_AGAIN_AFTER = timedelta(seconds=30)
"""Reminder of a held call → re-triage. Assumed."""
ACCEPTED = "as recommended"
ACCEPTS_AFTER = timedelta(seconds=5)
"""Recommendation → accepted. Assumed."""


class Desk:
    """A dispatcher for the incidents for which `handles` is true."""

    def __init__(self, *, engine: Engine, agenda: Agenda, handles: Callable[[Incident], bool]) -> None:
        self._engine, self._agenda, self._handles = engine, agenda, handles
        self._closings: dict[IncidentId, Errand] = {}

    def begin(self) -> None:
        """Look through what is open, and listen from now on."""
        self._engine.subscribe(self._hear)
        for incident in self._engine.world.open_incidents():
            self._consider(incident.incident_id)
            self._consider_accepting(incident.incident_id)

    def _hear(self, told: Told) -> None:
        for recorded in told.entries:
            match recorded.event:
                case ev.HoldReminded(incident_id=incident_id):
                    self._after(LOOKS_AGAIN_AFTER, self._look_again, incident_id)
                case ev.RecommendationMade(incident_id=incident_id):
                    self._consider_accepting(incident_id)
                case ev.AssignmentStatusChanged(incident_id=incident_id, status=status):
                    if status in ENDED:
                        self._consider(incident_id)
                case (
                    ev.AssignmentCancelled(incident_id=incident_id)
                    | ev.CallReceived(incident_id=incident_id)
                    | ev.PatientOutcomeRecorded(incident_id=incident_id)
                ):
                    self._consider(incident_id)

    def _open(self, incident_id: IncidentId) -> Incident | None:
        """The incident while it is open and this desk's."""
        incident = self._engine.world.incidents.get(incident_id)
        return incident if incident is not None and incident.is_open and self._handles(incident) else None

    def _after(self, delay: timedelta, act: Callable[[IncidentId], Awaitable[None]], incident_id: IncidentId) -> Errand:
        return self._agenda.once(self._engine.clock.now() + delay, lambda: act(incident_id))

    # --- closing ----------------------------------------------------------------------------------------------------

    def _consider(self, incident_id: IncidentId) -> None:
        """Plan the closing, or put it off: something has just happened here."""
        incident = self._open(incident_id)
        if incident is None or not self._is_done(incident):
            return
        is_large = len(incident.patient_ids) >= LARGE_FROM_PATIENTS
        planned = self._closings.pop(incident_id, None)
        if planned is not None:
            self._agenda.cancel(planned)
        delay = CLOSES_LARGE_AFTER if is_large else CLOSES_AFTER
        self._closings[incident_id] = self._after(delay, self._close, incident_id)

    def _is_done(self, incident: Incident) -> bool:
        """Nobody is on it and nobody is missing; a call that needs no unit is done once it is written down."""
        is_free = not any(assignment.is_active for assignment in self._engine.world.assignments_of(incident))
        return is_free and self._engine.world.units_missing(incident) == 0

    async def _close(self, incident_id: IncidentId) -> None:
        self._closings.pop(incident_id, None)
        incident = self._open(incident_id)
        if incident is not None and self._is_done(incident):
            reason = "completed" if incident.units_required else "no unit needed"
            if incident.held is not None and not incident.held.is_retriaged:
                await self._try(Retriage(incident_id=incident_id, reason="looked at again before closing"))
            await self._try(CloseIncident(incident_id=incident_id, reason=reason))

    # --- holding and assigning --------------------------------------------------------------------------------------

    async def _look_again(self, incident_id: IncidentId) -> None:
        incident = self._open(incident_id)
        if incident is not None and incident.held is not None:
            await self._try(Retriage(incident_id=incident_id, reason="looked at again while held: unchanged"))

    def _consider_accepting(self, incident_id: IncidentId) -> None:
        if self._to_accept(incident_id):
            self._after(ACCEPTS_AFTER, self._accept, incident_id)

    def _to_accept(self, incident_id: IncidentId) -> tuple[AssignUnit, ...]:
        """The recommended units that wait for a person to commit them: as long as units are missing, and those that relieve."""
        incident = self._open(incident_id)
        if (
            incident is None
            or incident.recommendation is None
            or incident.priority in self._engine.conduct.rules.auto_assign
        ):
            return ()
        made, n_missing = incident.recommendation, self._engine.world.units_missing(incident)
        units = self._engine.world.units
        relieves = {new: was for new, was in made.relieves if units[was].assignment_id is not None}
        plain = [unit_id for unit_id in made.unit_ids if unit_id not in dict(made.relieves)]
        return tuple(
            AssignUnit(
                incident_id=incident_id,
                unit_id=unit_id,
                is_diverted=unit_id in made.diverts,
                override_reason=ACCEPTED if unit_id in made.diverts or unit_id in relieves else None,
                replaces=units[relieves[unit_id]].assignment_id if unit_id in relieves else None,
            )
            for unit_id in (*plain[:n_missing], *relieves)
        )

    async def _accept(self, incident_id: IncidentId) -> None:
        for command in self._to_accept(incident_id):
            if command.is_diverted or self._engine.world.units[command.unit_id].is_free:
                await self._try(command)

    async def _try(self, command: Command) -> None:
        """Ask; somebody else at another desk may have been quicker."""
        try:
            await self._engine.execute(command, actor=ACTOR)
        except CommandRejected:
            return
