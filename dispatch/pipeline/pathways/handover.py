"""Who else is told of a call: police 110, fire and rescue 119, the psychological support hotline 12356.

A person who harms himself or endangers others is brought to a hospital with the help of the police (精神卫生法 art. 28). 12356 is the
national hotline, linked with 110 and 120 by the notice of the National Health Commission of 2024-12-25; it is offered where nobody is
in danger, and never in an ambulance's stead.
"""

from typing import Final

from dispatch.domain.incident import Incident
from dispatch.domain.vocabulary import Complaint, Pathway, Priority

POLICE, RESCUE, HOTLINE = "110", "119", "12356"
_YES: Final = frozenset({"yes", "true", "1", "是", "有"})
_DANGER: Final = ("danger_to_others", "danger_to_self", "weapon")


def handovers(incident: Incident) -> tuple[tuple[str, str], ...]:
    """(whom, why), most urgent first; the reasons' words are the API's."""
    if incident.complaint is Complaint.CO_HAZMAT:
        return ((RESCUE, "hazardous_material"),)
    if incident.complaint is Complaint.TRAUMA_ASSAULT:
        return ((POLICE, "assault"),)
    if incident.pathway is not Pathway.PSYCHIATRIC:
        return ()
    answers = dict(incident.answers)
    said = [answers.get(name, "").strip().lower() for name in _DANGER]
    if incident.priority is Priority.RED or any(answer in _YES for answer in said):
        return ((POLICE, "psychiatric_danger"),)
    is_asked = all(said[:2])
    return (
        ((HOTLINE, "psychiatric_support"),)
        if is_asked
        else ((POLICE, "psychiatric_ask"), (HOTLINE, "psychiatric_support"))
    )
