"""What a unit log knows of the calls of a call log: whether the patient was transported, and the times on scene and at hospital."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from dispatch.drills.call_log import CallLog, LoggedCall
from dispatch.drills.unit_log import LoggedResponse


def with_recorded_times(log: CallLog, responses: Sequence[LoggedResponse]) -> tuple[CallLog, int]:
    """`log` with what its rows leave open filled in from the response that carried the patient, else from the first ambulance on
    scene; and how many calls that completed."""
    carriers = _carriers(responses)
    calls = [_completed(call, carriers.get(call.call_id)) for call in log.calls]
    n_completed = sum(call is not was for call, was in zip(calls, log.calls, strict=True))
    return replace(log, calls=tuple(calls)), n_completed


def _carriers(responses: Sequence[LoggedResponse]) -> dict[str, LoggedResponse]:
    carriers: dict[str, LoggedResponse] = {}
    for response in responses:
        if not response.is_transport_capable or response.on_scene_at is None:
            continue
        known = carriers.get(response.call_id)
        if known is None or (known.left_scene_at is None and response.left_scene_at is not None):
            carriers[response.call_id] = response
    return carriers


def _completed(call: LoggedCall, response: LoggedResponse | None) -> LoggedCall:
    if response is None or None not in {call.is_transported, call.on_scene_s, call.hospital_s}:
        return call
    is_transported = response.left_scene_at is not None
    scene_s = _seconds(response.on_scene_at, response.left_scene_at or response.available_at)
    hospital_s = _seconds(response.at_hospital_at, response.available_at)
    return replace(
        call,
        is_transported=is_transported if call.is_transported is None else call.is_transported,
        on_scene_s=scene_s if call.on_scene_s is None else call.on_scene_s,
        hospital_s=hospital_s if call.hospital_s is None else call.hospital_s,
    )


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    """The time between, unknown where the clocks run backwards."""
    if start is None or end is None or end < start:
        return None
    return (end - start).total_seconds()
