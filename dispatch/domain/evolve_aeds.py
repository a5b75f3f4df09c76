"""The part of the fold that concerns AEDs."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from dispatch.domain import events as ev
from dispatch.domain.aed import (
    RECENT_REPORTS,
    AedCondition,
    AedDataOrder,
    AedFetch,
    AedReport,
    FetchOutcome,
    ReviewOutcome,
)
from dispatch.domain.draft import Draft
from dispatch.domain.events_aeds import (
    AedDataAdopted,
    AedFetchEnded,
    AedFetchMoved,
    AedFetchStarted,
    AedInspected,
    AedReported,
    AedReportsReviewed,
)
from dispatch.domain.vocabulary import AedReportKind


def _aed_data_adopted(draft: Draft, e: AedDataAdopted, r: ev.Recorded) -> None:
    """What is known of devices that are gone stays: they may come back, and staff are to see it."""
    draft.aed_data = AedDataOrder(seq=r.seq, version=e.version, set_at=r.occurred_at, set_by=r.actor, reason=e.reason)
    draft.data_version = e.data_version


def _aed_reported(draft: Draft, e: AedReported, _: ev.Recorded) -> None:
    keep_report(draft, e.aed_id, AedReport(kind=e.kind, seen_at=e.seen_at, text=e.text))


def keep_report(draft: Draft, aed_id: str, report: AedReport) -> None:
    """Newest first; what was seen earlier is kept behind."""
    known = (report, *draft.aed_reports.get(aed_id, ()))
    newest = sorted(known, key=lambda one: one.seen_at, reverse=True)[:RECENT_REPORTS]
    draft.aed_reports = draft.aed_reports.set(aed_id, tuple(newest))


def _aed_fetch_started(draft: Draft, e: AedFetchStarted, r: ev.Recorded) -> None:
    at = r.occurred_at
    fetch = AedFetch(fetch_id=e.fetch_id, started_at=at, moved_at=at, remaining_m=e.remaining_m)
    draft.aed_fetches = draft.aed_fetches.set(e.aed_id, fetch)


def _aed_fetch_moved(draft: Draft, e: AedFetchMoved, r: ev.Recorded) -> None:
    moved = replace(draft.aed_fetches[e.aed_id], moved_at=r.occurred_at, remaining_m=e.remaining_m)
    draft.aed_fetches = draft.aed_fetches.set(e.aed_id, moved)


def _aed_fetch_ended(draft: Draft, e: AedFetchEnded, r: ev.Recorded) -> None:
    """Who has taken the device says so better than any passer-by: it counts as reported used."""
    draft.aed_fetches = draft.aed_fetches.delete(e.aed_id)
    if e.outcome is FetchOutcome.TAKEN:
        keep_report(draft, e.aed_id, AedReport(kind=AedReportKind.USED, seen_at=r.occurred_at))


def _aed_reports_reviewed(draft: Draft, e: AedReportsReviewed, _: ev.Recorded) -> None:
    _forget_reports(draft, e.aed_id)
    if e.outcome is ReviewOutcome.CONFIRMED:
        known = draft.aed_conditions.get(e.aed_id) or AedCondition(is_withdrawn=True)
        draft.aed_conditions = draft.aed_conditions.set(e.aed_id, replace(known, is_withdrawn=True))


def _aed_inspected(draft: Draft, e: AedInspected, r: ev.Recorded) -> None:
    """What was reported before counts no more; a date that was not read stays as it was known."""
    _forget_reports(draft, e.aed_id)
    before = draft.aed_conditions.get(e.aed_id) or AedCondition(is_withdrawn=False)
    found = AedCondition(
        is_withdrawn=not e.works,
        inspected_at=r.occurred_at,
        pads_expiry=e.pads_expiry or before.pads_expiry,
        battery_expiry=e.battery_expiry or before.battery_expiry,
    )
    draft.aed_conditions = draft.aed_conditions.set(e.aed_id, found)


def _forget_reports(draft: Draft, aed_id: str) -> None:
    if aed_id in draft.aed_reports:
        draft.aed_reports = draft.aed_reports.delete(aed_id)


HANDLERS: Final[dict[type[Any], Callable[[Draft, Any, ev.Recorded], None]]] = {
    AedDataAdopted: _aed_data_adopted,
    AedReported: _aed_reported,
    AedFetchStarted: _aed_fetch_started,
    AedFetchMoved: _aed_fetch_moved,
    AedFetchEnded: _aed_fetch_ended,
    AedReportsReviewed: _aed_reports_reviewed,
    AedInspected: _aed_inspected,
}
