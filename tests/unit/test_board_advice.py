"""A machine found it: what an order of the room ends has to leave the consoles, though no event names the units."""

import dispatch.domain.commands as cmd
from dispatch.domain.post import RelocationEffort, RelocationMode
from dispatch.domain.vocabulary import Complaint, Priority
from routing.geo import Wgs84
from tests.property.test_engine_machine import DispatchRoom


def test_advice_that_the_rooms_rules_take_back_leaves_every_console() -> None:
    room = DispatchRoom()
    room.open_the_room(auto=frozenset({Priority.RED}), policy="closest-idle", relocate=RelocationMode.ADVISE)
    incident_id = room.call(complaint=Complaint.STROKE, n=1, spot=Wgs84(lat_deg=22.53, lon_deg=113.95))
    room.end(how=cmd.CancelIncident, incident=incident_id)
    was_advised = any(unit.get("advised_post_id") for unit in room.seen["units"].values())
    room.set_how_the_room_works(
        auto=frozenset(),
        effort=RelocationEffort.FRUGAL,
        forbidden=frozenset(),
        policy="closest-idle",
        relocate=RelocationMode.OFF,
        sees=False,
    )
    is_advised = any(unit.get("advised_post_id") for unit in room.seen["units"].values())
    room.teardown()
    assert (was_advised, is_advised) == (True, False)
    room.consoles_see_the_world()
