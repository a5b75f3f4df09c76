"""Where help is needed may be corrected while units are already moving; a correction is an event, not an edit."""

from collections.abc import Iterator

from dispatch.domain import events as ev
from dispatch.domain.commands import CorrectLocation
from dispatch.domain.rules import Context
from dispatch.domain.world import World


def correct_location(world: World, command: CorrectLocation, _: Context) -> Iterator[ev.Event]:
    """Move the incident; parts that the correction leaves out stay as they were."""
    incident = world.open_incident(command.incident_id, command.expected_version)
    yield ev.LocationCorrected(
        incident_id=incident.incident_id,
        location=command.location,
        address_text=command.address_text if command.address_text is not None else incident.address_text,
        floor=command.floor if command.floor is not None else incident.floor,
    )
