"""Forgetting people when the time is over for which the operator keeps them: by the same erasure as for one, noted in the same places.

An incident's time begins with the last that was recorded of it or of those joined with it, so that a hospital's time, an outcome or a
correction starts it anew. What stays is what an erasure leaves: times, codes, decisions and a chain that verifies.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from dispatch.adapters.erasure_scope import scopes_at_rest
from dispatch.adapters.identifiers import instant_of
from dispatch.adapters.journal_places import Place
from dispatch.adapters.personal_keys import Erasure, PersonalKeys

ORDERED_BY: Final = "retention"
REASON: Final = "保存期满 / kept for as long as was set"
DAY_BEGINS: Final = timedelta(hours=4)
"""On the city's clock: when the fewest call. A choice of ours."""


def expired(where: Place, keys: PersonalKeys, before: datetime, now: datetime) -> Sequence[Erasure]:
    """What is to be erased because it has been at rest since `before`, oldest first. Blocks; raises like `scopes_at_rest`.

    Only incidents that have a key are looked at: the others hold nobody any more.
    """
    old = [incident_id for incident_id in keys.incidents() if instant_of(incident_id) < before]
    found = scopes_at_rest(where, sorted(old, key=instant_of), before)
    return [
        Erasure(incident_id=incident_id, transfer_ids=transfer_ids, reason=REASON, ordered_by=ORDERED_BY, at=now)
        for incident_id, transfer_ids in found.items()
    ]


class Retention:
    """Says once a day, early in the morning of the city, what has been at rest for `days`."""

    def __init__(self, where: Place, keys: PersonalKeys, zone: ZoneInfo, *, days: int) -> None:
        self._where, self._keys, self._zone, self._kept_for = where, keys, zone, timedelta(days=days)
        self._day: date | None = None

    def begins_a_day(self, now: datetime) -> bool:
        """Whether a day of it has begun since this was last asked; the first time is none."""
        day = (now.astimezone(self._zone) - DAY_BEGINS).date()
        before, self._day = self._day, day
        return before is not None and day > before

    def due(self, now: datetime) -> Sequence[Erasure]:
        """What is to be erased by now. Blocks."""
        return expired(self._where, self._keys, now - self._kept_for, now)
