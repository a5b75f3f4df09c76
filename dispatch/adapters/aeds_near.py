"""The devices near a patient, as the AED lookup has them, behind the engine's port."""

from collections.abc import Callable
from datetime import datetime

from dispatch.domain.rules import Rules
from dispatch.domain.world import World
from dispatch.engine.aed_live import LiveAeds
from dispatch.pipeline.arrest_plan import MOST_DEVICES, Device
from maps_data.aed_judgement import Choice
from maps_data.aed_lookup import AedLookup
from maps_data.vocabulary import Known
from routing.geo import Wgs84


class AedsNear:
    """Asks the lookup of the devices that are known now, whose estimate of the way on foot takes less than a thread switch."""

    def __init__(self, lookup: Callable[[], AedLookup], rules: Rules, *, time_zone: str) -> None:
        self._lookup, self._rules, self._live = lookup, rules, LiveAeds(time_zone)

    def near(self, world: World, point: Wgs84, at: datetime) -> tuple[Device, ...]:
        live = self._live.at(world, self._rules, at)
        found = self._lookup().nearest(point, MOST_DEVICES, at=at, live=live)
        return tuple(_device(choice) for choice in found.choices)


def _device(choice: Choice) -> Device:
    aed, eta = choice.aed, choice.eta
    return Device(
        aed_id=aed.aed_id,
        point=aed.point,
        walk_s=eta.walk_back_s,
        fixed_s=eta.search_s + eta.vertical_s + eta.unlock_s,
        p_usable=choice.p_usable,
        barred=_barred(choice) if choice.is_barred else None,
        has_contact=aed.contact is not None,
    )


def _barred(choice: Choice) -> str:
    """Why, the plainest reason first."""
    live = choice.standing.live
    if live.is_withdrawn:
        return "withdrawn"
    if live.is_fetched:
        return "being_fetched"
    return "closed" if choice.hours.open_now is Known.NO else "not_public"
