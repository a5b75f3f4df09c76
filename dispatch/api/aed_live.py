"""What is known of AEDs beyond the registry, for requests."""

from datetime import datetime
from typing import cast

from fastapi import Request

from dispatch.api.wiring import service_of
from dispatch.engine.aed_live import LiveAeds
from maps_data.aed_lookup import Live


def live_of(request: Request, at: datetime) -> Live:
    """What is known of AEDs as of the instant `at`."""
    engine = service_of(request).engine
    return cast("LiveAeds", request.app.state.live_aeds).at(engine.world, engine.conduct.rules, at)
