"""Events about what is no longer known; named in `events.Event` like all others."""

from dataclasses import dataclass

from dispatch.domain.ids import IncidentId, TransferId, WarningId


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentErased:
    """The keys of what this incident's events, and those of its patients' transfers, said of persons have been destroyed.

    The incident has ended; it may have left the world long ago.
    """

    incident_id: IncidentId
    transfer_ids: tuple[TransferId, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PremisesErased:
    """The key of what was said of a place by this warning has been destroyed; it holds no more, if it still did."""

    warning_id: WarningId
    reason: str


PrivacyEvent = IncidentErased | PremisesErased
