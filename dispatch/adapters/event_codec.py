"""Events as bytes and back: JSON payloads with a schema version for each type, and the up-casts from older versions.

A payload is written once and never rewritten. When an event's fields change, the old shape stays readable through a function
in `UPCASTS` that turns a plain dict of version n into one of version n + 1; the current version of a type follows from that
table, and a golden file for each type and version (tests/contract/golden) keeps both honest.

Encoding is deterministic: fields in the order of the class, sets sorted, instants as RFC 3339 with their offset.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from dispatch.adapters.event_codec_checks import Check, check_of
from dispatch.domain.events import EVENT_TYPES, Event, Recorded

Upcast = Callable[[dict[str, Any]], dict[str, Any]]


def _told_why(old: dict[str, Any]) -> dict[str, Any]:
    """Version 1 of TravelTimesDegraded held a reason only; what replaced the network was always the estimate."""
    reason = old["reason"]
    return {"source": "estimate-v1", "grade": "estimate", "code": "roads_failed", "text_zh": reason, "text_en": reason}


def _of_one_grade(old: dict[str, Any]) -> dict[str, Any]:
    """In version 1 of RecommendationMade all candidates' travel times were of the recommendation's grade: none names its own."""
    return old


def _of_no_place(old: dict[str, Any]) -> dict[str, Any]:
    """Version 1 of CallReceived did not keep where a caller said it was."""
    return {**old, "location": None}


def _with_nobody_taken(old: dict[str, Any]) -> dict[str, Any]:
    """Older RecommendationMade and AssignmentCancelled name no crew on its way that was diverted or relieved."""
    return old


def _chosen_by(old: dict[str, Any]) -> dict[str, Any]:
    """Version 1 of DestinationChanged said who had chosen by its reason alone."""
    is_automatic = old["reason"] == "recommended destination changed"
    return {**old, "mode": "automatic" if is_automatic else "dispatcher"}


def _of_unknown_robustness(old: dict[str, Any]) -> dict[str, Any]:
    """Older RecommendationMade do not say how sure the choice was."""
    return old


def _of_unmodelled_outcome(old: dict[str, Any]) -> dict[str, Any]:
    """Older RecommendationMade model no outcome."""
    return old


def _awaiting_nobody(old: dict[str, Any]) -> dict[str, Any]:
    """Older RecommendationMade hold no call for a crew that comes free soon."""
    return old


def _of_one_attempt(old: dict[str, Any]) -> dict[str, Any]:
    """In version 1 of HandoverIssued and HandoverAnswered a hand-over was tried once, by no notice that would be kept."""
    return {**old, "notice_id": None}


UPCASTS: Final[Mapping[tuple[str, int], Upcast]] = {
    ("TravelTimesDegraded", 1): _told_why,
    ("RecommendationMade", 1): _of_one_grade,
    ("RecommendationMade", 2): _with_nobody_taken,
    ("RecommendationMade", 3): _of_unknown_robustness,
    ("RecommendationMade", 4): _of_unmodelled_outcome,
    ("RecommendationMade", 5): _awaiting_nobody,
    ("AssignmentCancelled", 1): _with_nobody_taken,
    ("DestinationChanged", 1): _chosen_by,
    ("CallReceived", 1): _of_no_place,
    ("HandoverIssued", 1): _of_one_attempt,
    ("HandoverAnswered", 1): _of_one_attempt,
}
"""(type, version n) → the function that makes a payload of version n + 1 out of one of version n."""

_ENCODER: Final = msgspec.json.Encoder(order="deterministic")
_CHECKS: Final[dict[type[Any], Check | None]] = {kind: check_of(kind) for kind in EVENT_TYPES.values()}
_DECODERS: Final = {name: msgspec.json.Decoder(kind) for name, kind in EVENT_TYPES.items()}


class UnreadableEvent(ValueError):
    """A stored event that this program cannot read: damaged, or written by a newer program."""


def schema_version(type_name: str, upcasts: Mapping[tuple[str, int], Upcast] = UPCASTS) -> int:
    """The version in which events of this type are written now; versions count from 1."""
    return 1 + sum(name == type_name for name, _ in upcasts)


_VERSIONS: Final = {name: schema_version(name) for name in EVENT_TYPES}


def current_version(type_name: str) -> int:
    """`schema_version` of the program's own table, looked up instead of counted."""
    return _VERSIONS[type_name]


def encode(recorded: Recorded) -> bytes:
    """The event's payload as JSON; its envelope (seq, realm, instants ...) is stored beside it.

    ValueError when the event could not be read back as it is: a naive instant, or a number that is not finite.
    """
    event = recorded.event
    check = _CHECKS[type(event)]
    if check is not None:
        check(event)
    return encode_checked(event)


def encode_checked(event: Event) -> bytes:
    """The payload of an event of which nothing has to be checked, because it was made of one that was."""
    return _ENCODER.encode(event)


def decode(
    type_name: str, version: int, payload: bytes, *, upcasts: Mapping[tuple[str, int], Upcast] = UPCASTS
) -> Event:
    """The event in a payload, up-cast to the current version. `UnreadableEvent` when that cannot be done."""
    decoder = _DECODERS.get(type_name)
    if decoder is None:
        raise UnreadableEvent(f"no event type is called {type_name!r}")
    current = _VERSIONS[type_name] if upcasts is UPCASTS else schema_version(type_name, upcasts)
    try:
        if version == current:
            return decoder.decode(payload)
        if not 1 <= version < current:
            raise UnreadableEvent(f"{type_name} has version {version}; this program reads 1 to {current}")
        plain = msgspec.json.decode(payload, type=dict[str, Any])
        for step in range(version, current):
            plain = upcasts[type_name, step](plain)
        return msgspec.convert(plain, EVENT_TYPES[type_name])
    except KeyError as missing:
        raise UnreadableEvent(f"{type_name} version {version} has no {missing}") from missing
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableEvent(f"{type_name} version {version}: {error}") from error
