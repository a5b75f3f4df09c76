"""The command that forgets a person."""

from dataclasses import dataclass

from dispatch.domain.ids import IncidentId, TransferId


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseIncident:
    """Note that an ended incident's keys have been destroyed, and forget what the world still shows. `reason` names nobody."""

    incident_id: IncidentId
    transfer_ids: tuple[TransferId, ...]
    reason: str
