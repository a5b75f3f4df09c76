"""Event payloads: what is refused before it is written, what is refused when it is read, and up-casting."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
import pytest

from dispatch.adapters.event_codec import UnreadableEvent, decode, encode, schema_version
from dispatch.adapters.event_codec_checks import check_of
from dispatch.adapters.journal_chain import recorded_of, row_of
from dispatch.domain import events as ev
from tests.fakes import example_events as example
from tests.fakes import example_recommendation as made

NAIVE = datetime(2026, 3, 1, 8, 30)


def recommendation_with(**changes: Any) -> ev.RecommendationMade:
    candidate = replace(made.UNIT_CANDIDATE, **changes)
    recommended = replace(made.RECOMMENDATION, alternatives=(made.UNIT_CANDIDATE, candidate))
    return ev.RecommendationMade(incident_id=example.INCIDENT, recommendation=recommended)


@pytest.mark.parametrize(
    "event",
    [
        ev.IncidentEscalated(incident_id=example.INCIDENT, level=1, waited_s=float("nan")),
        recommendation_with(travel_time_s=float("inf")),
        recommendation_with(reasons=(made.Reason(code="near", sign="+", params=(("share", float("-inf")),)),)),
        recommendation_with(fixed_at=NAIVE),
        ev.CallReceived(
            call_id=example.CALL, incident_id=example.INCIDENT, received_at=NAIVE, caller_phone=None, address_text=None
        ),
    ],
)
def test_what_json_would_not_give_back_is_refused_however_deep(event: ev.Event) -> None:
    with pytest.raises(ValueError, match=r"cannot be stored|no time zone"):
        encode(example.recorded(event))


def test_an_event_recorded_at_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        row_of(example.recorded(example.EXAMPLES[0], at=NAIVE))


def test_sets_are_written_in_order_whatever_the_hash_seed() -> None:
    payload = encode(example.recorded(example.EXAMPLES[0]))
    assert b'"specialties":["burns","cardiology","neurology"]' in payload


def test_instants_keep_their_offset_in_the_payload_and_become_utc_in_the_envelope() -> None:
    local = example.AT.astimezone(example.SHENZHEN_TIME)
    recorded = example.recorded(example.EXAMPLES[1], at=local)
    row = row_of(recorded)
    assert b'"onset_at":"2026-03-01T15:50:15.250000+08:00"' in row.payload
    assert row.occurred_at == "2026-03-01T08:30:15.250000Z"
    assert recorded_of(row) == recorded


def test_a_payload_of_a_newer_program_is_refused() -> None:
    with pytest.raises(UnreadableEvent, match="NoteAdded has version 2; this program reads 1 to 1"):
        decode("NoteAdded", 2, b"{}")


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(UnreadableEvent, match="no event type is called 'Rumour'"):
        decode("Rumour", 1, b"{}")


def test_an_old_payload_without_what_its_up_cast_asks_for_is_refused() -> None:
    with pytest.raises(UnreadableEvent, match="TravelTimesDegraded version 1 has no 'reason'"):
        decode("TravelTimesDegraded", 1, b"{}")


def test_a_payload_nested_without_end_is_refused() -> None:
    with pytest.raises(UnreadableEvent, match="recursion"):
        decode("TravelTimesDegraded", 1, b'{"a":' + b"[" * 5000)


@pytest.mark.parametrize(
    "payload", [b"", b"{", b"null", b'{"incident_id":"i"}', b'{"incident_id":"i","text":7}', b"\xff"]
)
def test_a_damaged_payload_is_refused(payload: bytes) -> None:
    with pytest.raises(UnreadableEvent, match="NoteAdded version 1"):
        decode("NoteAdded", 1, payload)


def test_old_versions_are_brought_up_step_by_step() -> None:
    # Version 1 called the text `note`; version 2 named the incident `incident`; version 3 is today's.
    upcasts = {
        ("NoteAdded", 1): lambda old: {"incident": old["incident"], "text": old["note"]},
        ("NoteAdded", 2): lambda old: {"incident_id": old["incident"], "text": old["text"]},
    }
    expected = ev.NoteAdded(incident_id=example.INCIDENT, text="门口")
    versions: list[dict[str, str]] = [
        {"incident": example.INCIDENT, "note": "门口"},
        {"incident": example.INCIDENT, "text": "门口"},
        {"incident_id": example.INCIDENT, "text": "门口"},
    ]
    assert schema_version("NoteAdded", upcasts) == 3
    for version, plain in enumerate(versions, start=1):
        assert decode("NoteAdded", version, msgspec.json.encode(plain), upcasts=upcasts) == expected


def test_a_field_whose_type_does_not_tell_how_to_check_it_is_found_at_import() -> None:
    with pytest.raises(TypeError, match="cannot tell"):
        check_of(datetime | float)
    with pytest.raises(TypeError, match="cannot tell"):
        check_of(datetime | str)
    assert check_of(str | int | None) is None
