"""What is known of AEDs beyond the registry, out of the world, as the lookup wants it."""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from dispatch.domain.aed import AedCondition, AedFetch
from dispatch.domain.arrest import AedRun
from dispatch.domain.rules import Rules
from dispatch.domain.world import World
from maps_data.aed_lookup import NOTHING_LIVE, Live
from maps_data.aed_usable import AedLive, AedReport

KEPT_AROUND: Final = timedelta(minutes=1)
"""Fetching is a matter of minutes: it says nothing of another hour that somebody asks for."""


class LiveAeds:
    """Builds `Live` anew only when the world's AEDs or the minute have changed, so that what follows from it can be kept."""

    def __init__(self, time_zone: str) -> None:
        self._zone = ZoneInfo(time_zone)
        self._made_of: tuple[object, ...] = (None,) * 5
        self._made: Live = NOTHING_LIVE

    def at(self, world: World, rules: Rules, at: datetime) -> Live:
        """What is known as of the instant `at`."""
        minute = at.replace(second=0, microsecond=0)
        if not (world.aed_reports or world.aed_fetches or world.aed_conditions or world.runs):
            return NOTHING_LIVE
        *heard, made_at = self._made_of
        now = (world.aed_reports, world.aed_fetches, world.aed_conditions, world.runs)
        if made_at != minute or any(a is not b for a, b in zip(heard, now, strict=True)):
            self._made_of, self._made = (*now, minute), self._make(world, rules, at)
        return self._made

    def _make(self, world: World, rules: Rules, at: datetime) -> Live:
        runs = {run.aed_id: run for run in world.runs.values() if run.is_under_way and run.aed_id is not None}
        known = {*world.aed_reports, *world.aed_fetches, *world.aed_conditions, *runs}
        return {aed_id: self._of(world, rules, aed_id, at, runs.get(aed_id)) for aed_id in known}

    def _of(self, world: World, rules: Rules, aed_id: str, at: datetime, run: AedRun | None) -> AedLive:
        said = next((one for one in world.aed_reports.get(aed_id, ()) if one.seen_at <= at), None)
        condition = world.aed_conditions.get(aed_id) or AedCondition(is_withdrawn=False)
        inspected_at = condition.inspected_at
        return AedLive(
            report=None if said is None else AedReport(kind=said.kind, at=said.seen_at),
            is_withdrawn=condition.is_withdrawn,
            fetched_until=_fetched_until(world.aed_fetches.get(aed_id), rules, at) or _until(run, at),
            inspected_on=inspected_at.astimezone(self._zone).date() if inspected_at else None,
            pads_expiry=condition.pads_expiry,
            battery_expiry=condition.battery_expiry,
        )


def _fetched_until(fetch: AedFetch | None, rules: Rules, at: datetime) -> datetime | None:
    if fetch is None:
        return None
    until = fetch.free_at(rules.aed_fetch_stalls_after_s, rules.aed_fetch_longest_s)
    return until if fetch.started_at - KEPT_AROUND <= at <= until + KEPT_AROUND else None


def _until(run: AedRun | None, at: datetime) -> datetime | None:
    """Who is on a run to an arrest keeps the device until it is there, and a little longer."""
    if run is None:
        return None
    until = max(run.arrives_at, run.timestamps[-1][1]) + KEPT_AROUND
    return until if run.timestamps[0][1] - KEPT_AROUND <= at <= until else None
