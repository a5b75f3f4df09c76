"""What becomes of AEDs: reports of the public and their review, devices on their way to a patient, inspections."""

from collections.abc import Iterator

from dispatch.domain import events as ev
from dispatch.domain.aed import MOVED_M, AedFetch
from dispatch.domain.commands import ReportAed
from dispatch.domain.commands_aeds import (
    AdoptAedData,
    EndAedFetch,
    FetchAed,
    InspectAed,
    MoveAedFetch,
    ReviewAedReports,
)
from dispatch.domain.events_aeds import (
    AedDataAdopted,
    AedFetchEnded,
    AedFetchMoved,
    AedFetchStarted,
    AedInspected,
    AedReported,
    AedReportsReviewed,
)
from dispatch.domain.ids import AedFetchId
from dispatch.domain.rejections import CommandRejected, Refusal
from dispatch.domain.rules import Context
from dispatch.domain.world import World


def adopt_data(world: World, command: AdoptAedData, _: Context) -> Iterator[ev.Event]:
    """The same version again changes nothing; one that somebody else has put in force meanwhile is not overruled unseen."""
    standing = world.aed_data
    if command.instead_of != (standing.seq if standing else 0):
        raise CommandRejected(Refusal.AED_DATA_CHANGED, detail=(standing.version if standing else None) or "own")
    if standing is None or command.version != standing.version:
        yield AedDataAdopted(version=command.version, data_version=command.data_version, reason=command.reason)


def report_aed(_: World, command: ReportAed, __: Context) -> Iterator[ev.Event]:
    """Write down what somebody at the place says of an AED."""
    yield AedReported(aed_id=command.aed_id, kind=command.kind, seen_at=command.seen_at, text=command.text)


def fetch_aed(world: World, command: FetchAed, ctx: Context) -> Iterator[ev.Event]:
    """Keep a device for who sets out first; it goes to the next as soon as that one moves no more."""
    if command.aed_id in world.aed_fetches:
        raise CommandRejected(Refusal.AED_BEING_FETCHED)
    yield AedFetchStarted(aed_id=command.aed_id, fetch_id=ctx.ids.aed_fetch(), remaining_m=command.remaining_m)


def move_fetch(world: World, command: MoveAedFetch, _: Context) -> Iterator[ev.Event]:
    """Write down that somebody is still on the way, if the way left has changed by more than a phone's jitter."""
    fetch = _fetch(world, command.aed_id, command.fetch_id)
    if fetch.remaining_m is None or abs(fetch.remaining_m - command.remaining_m) >= MOVED_M:
        yield AedFetchMoved(aed_id=command.aed_id, fetch_id=fetch.fetch_id, remaining_m=command.remaining_m)


def end_fetch(world: World, command: EndAedFetch, _: Context) -> Iterator[ev.Event]:
    """The device is taken, or free again."""
    fetch = _fetch(world, command.aed_id, command.fetch_id)
    yield AedFetchEnded(aed_id=command.aed_id, fetch_id=fetch.fetch_id, outcome=command.outcome)


def review_reports(world: World, command: ReviewAedReports, _: Context) -> Iterator[ev.Event]:
    """Settle what was reported of a device."""
    if command.aed_id not in world.aed_reports:
        raise CommandRejected(Refusal.AED_NOT_REPORTED)
    yield AedReportsReviewed(aed_id=command.aed_id, outcome=command.outcome, reason=command.reason)


def inspect_aed(_: World, command: InspectAed, __: Context) -> Iterator[ev.Event]:
    """Write down what staff found at a device."""
    yield AedInspected(
        aed_id=command.aed_id,
        works=command.works,
        pads_expiry=command.pads_expiry,
        battery_expiry=command.battery_expiry,
        note=command.note,
    )


def _fetch(world: World, aed_id: str, fetch_id: AedFetchId) -> AedFetch:
    """The fetch, or `CommandRejected` when it has ended: the device may be somebody else's by now."""
    fetch = world.aed_fetches.get(aed_id)
    if fetch is None or fetch.fetch_id != fetch_id:
        raise CommandRejected(Refusal.AED_FETCH_ENDED)
    return fetch
