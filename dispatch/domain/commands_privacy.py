"""The commands that forget a person."""

from dataclasses import dataclass

from dispatch.domain.ids import IncidentId, TransferId, WarningId


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseIncident:
    """Note that an ended incident's keys have been destroyed, and forget what the world still shows. `reason` names nobody."""

    incident_id: IncidentId
    transfer_ids: tuple[TransferId, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasePremises:
    """Note that the key of a warning of premises has been destroyed. `reason` names nobody."""

    warning_id: WarningId
    reason: str


PrivacyCommand = EraseIncident | ErasePremises
