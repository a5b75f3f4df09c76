"""Where the patients of each pathway ended: in a hospital that suits by its rules, or under the name of the rule that was not kept.

A hospital is judged when the crew arrives, by what it is and says at that moment, for the patients that the crew brings. Incidents
that nobody was brought to hospital from are counted by how they ended, so that the columns add up to all incidents.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from dispatch.domain import events as ev
from dispatch.domain.assignment import Assignment, AssignmentStatus
from dispatch.domain.ids import IncidentId
from dispatch.domain.incident import Incident
from dispatch.domain.vocabulary import Pathway
from dispatch.domain.world import World
from dispatch.engine.commits import Told
from dispatch.pipeline.pathways.houses import city_day, rule_against
from dispatch.pipeline.pathways.profile import Age, Profile

NEWBORN: Final = "newborn"
GROUPS: Final = tuple(sorted({NEWBORN, *map(str, Pathway)}))
NO_UNIT, NOT_NEEDED, UNDER_WAY = "no_unit", "no_ambulance_needed", "under_way"


@dataclass(slots=True)
class Ended:
    """One group of incidents: `arrived` in hospital, of these `suitable`; `unmet` rules with the incidents' numbers; the rest by how
    they ended."""

    incidents: int = 0
    arrived: int = 0
    suitable: int = 0
    unmet: dict[str, list[int]] = field(default_factory=dict)
    otherwise: Counter[str] = field(default_factory=Counter)

    def wire(self) -> dict[str, Any]:
        """As `report.json` has it."""
        return {
            "incidents": self.incidents,
            "arrived": self.arrived,
            "suitable": self.suitable,
            "unmet": {rule: {"n": len(numbers), "incidents": numbers} for rule, numbers in sorted(self.unmet.items())},
            "otherwise": dict(self.otherwise.most_common()),
        }


@dataclass(slots=True)
class Destinations:
    """Feed it every telling with `hear`; read `table` at the end."""

    _rule_of: dict[IncidentId, str | None] = field(default_factory=dict)
    """Of incidents whose patients have arrived: the rule that was not kept, None if all were. The first that was not stays."""
    _groups: dict[str, Ended] = field(default_factory=dict)

    def hear(self, told: Told) -> None:
        """Take one commit in."""
        for recorded in told.entries:
            match recorded.event:
                case ev.AssignmentStatusChanged(status=AssignmentStatus.AT_HOSPITAL, assignment_id=assignment_id):
                    self._arrived(told.world, told.world.assignments[assignment_id], recorded.occurred_at)
                case ev.IncidentClosed(incident_id=incident_id) | ev.IncidentCancelled(incident_id=incident_id):
                    self._ended(told.before, told.before.incidents[incident_id])

    def table(self, still_open: World) -> dict[str, dict[str, Any]]:
        """By group, those that are still open too. Groups that nobody belonged to are there as well: nothing was left out, the log
        has none.
        """
        for incident in still_open.open_incidents():
            self._count(still_open, incident, UNDER_WAY)
        return {name: self._groups.get(name, Ended()).wire() for name in GROUPS}

    def _arrived(self, world: World, assignment: Assignment, at: datetime) -> None:
        incident = world.incidents[assignment.incident_id]
        patients = [world.patients[patient_id] for patient_id in assignment.patient_ids] or world.patients_of(incident)
        hospital = None if assignment.hospital_id is None else world.hospitals.get(assignment.hospital_id)
        profile = Profile.of(incident, patients)
        rule = "no_hospital" if hospital is None else rule_against(hospital, profile, city_day(at))
        self._rule_of[incident.incident_id] = self._rule_of.get(incident.incident_id) or rule

    def _ended(self, world: World, incident: Incident) -> None:
        held = list(world.assignments_of(incident))
        said = [str(each.disposition) for each in held if each.disposition is not None]
        self._count(world, incident, said[-1] if said else NO_UNIT if incident.units_required else NOT_NEEDED)

    def _count(self, world: World, incident: Incident, otherwise: str) -> None:
        group = self._groups.setdefault(group_of(world, incident), Ended())
        group.incidents += 1
        if incident.incident_id not in self._rule_of:
            group.otherwise[otherwise] += 1
            return
        rule = self._rule_of[incident.incident_id]
        group.arrived += 1
        group.suitable += rule is None
        if rule is not None:
            group.unmet.setdefault(rule, []).append(incident.number)


def group_of(world: World, incident: Incident) -> str:
    """Newborns apart, all others by pathway."""
    age = Profile.of(incident, world.patients_of(incident)).age
    return NEWBORN if age is Age.NEWBORN else str(incident.pathway)
