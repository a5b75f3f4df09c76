"""Warnings of premises as they are shown, and whose screens change with one."""

from collections.abc import Collection

from dispatch.domain.ids import WarningId
from dispatch.domain.premises import PremisesWarning
from dispatch.domain.world import World
from dispatch.projections.place_wire import Wire, location_wire


def premises_wire(warning: PremisesWarning) -> Wire:
    return {
        "warning_id": warning.warning_id,
        "kind": warning.kind,
        "text": warning.text,
        "location": None if warning.location is None else location_wire(warning.location),
        "address_text": warning.address_text,
        "reason": warning.reason,
        "entered_at": warning.entered_at,
        "entered_by": warning.entered_by,
        "reviewed_at": warning.reviewed_at,
        "reviewed_by": warning.reviewed_by,
        "expires_at": warning.expires_at,
    }


def warned_of(before: World, after: World, named: Collection[str]) -> set[str]:
    """Open incidents at premises of which a warning among `named` was entered, looked at again, or ended."""
    concerned = [
        w for world in (before, after) for key in named if (w := world.premises.get(WarningId(key))) is not None
    ]
    if not concerned:
        return set()
    incidents = after.open_incidents()
    return {i.incident_id for i in incidents for w in concerned if w.holds_at(i.location, i.address_text)}
