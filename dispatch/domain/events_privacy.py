"""Events about what is no longer known; named in `events.Event` like all others."""

from dataclasses import dataclass

from dispatch.domain.ids import IncidentId, TransferId


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentErased:
    """The keys of what this incident's events, and those of its patients' transfers, said of persons have been destroyed.

    The incident has ended; it may have left the world long ago.
    """

    incident_id: IncidentId
    transfer_ids: tuple[TransferId, ...]
    reason: str


PrivacyEvent = IncidentErased
