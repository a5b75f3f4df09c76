"""The instant that a question is asked for: now, or one that somebody plans for."""

from datetime import datetime, timedelta
from typing import Annotated, Final

from fastapi import Query

from dispatch.api.problems import invalid_field
from dispatch.api.wire_in import Instant

# Opening hours and traffic are looked at for an instant that somebody plans for, not for the next century.
MAX_AHEAD: Final = timedelta(days=366)

WhenDriven = Annotated[
    Instant | None, Query(description="按此刻的路况计算,默认现在。 With the travel times of this instant; default now.")
]


def instant_asked_for(at: datetime | None, now: datetime) -> datetime:
    """`at`, by default now; 422 when it is more than a year away."""
    if at is not None and abs(at - now) > MAX_AHEAD:
        raise invalid_field("query:at", "out_of_range", "at 须在前后一年之内", "must be within a year from now")
    return at or now
