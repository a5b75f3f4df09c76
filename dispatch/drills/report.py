"""What came of a drill, in numbers: the content of `report.json`.

Response and call-to-scene times count from the first page and from the first ring; the share of late incidents counts an
incident that nobody reached as late. Everything is computed from the journal's events through the projections.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import numpy as np

from dispatch.domain.assignment import AssignmentStatus
from dispatch.domain.vocabulary import Priority
from dispatch.drills.runner import Played
from dispatch.projections.intervals import IncidentTimes, ResponseTimes

LATE_AFTER_S = (480, 600, 720, 900)
DAY_S = 86_400.0

Report = dict[str, Any]


def make_report(played: Played, journal_head_hash: str) -> Report:
    """The fields of the contract, and what else a reader needs to judge them."""
    observations, intake, log = played.observations, played.intake, played.log
    incidents = [incident for incident in observations.intervals.incidents.values() if incident.joined_into is None]
    needing = [incident for incident in incidents if incident.units_required > 0]
    simulated_s = (played.ended_at - played.started_at).total_seconds()
    n_units = len(played.roster.units)
    busy_s = sum(response.busy_s(played.ended_at) for response in observations.intervals.responses.values())
    return {
        "calls": observations.calls,
        "incidents": len(incidents),
        "duplicates_joined": intake.duplicates_joined,
        "patients_joined": intake.patients_joined,
        "joins_proposed": observations.joins_proposed,
        "joins_too_late": intake.joins_too_late,
        "unserved": sum(incident.first_on_scene_at is None for incident in needing),
        "still_open": sum(incident.closed_at is None for incident in incidents),
        "policy": played.policy,
        "policy_version": played.policy_version,
        "data_version": played.roster.data_version,
        "travel_times": _travel_times(observations.travel_times),
        "seed": played.seed,
        "wall_s": round(played.wall_s, 3),
        "simulated_s": simulated_s,
        "started_at": played.started_at.isoformat(),
        "ended_at": played.ended_at.isoformat(),
        "events": played.events,
        "response_time_s": _by_priority(_response_times(needing, observations.intervals.responses)),
        "call_to_scene_time_s": _by_priority((i.priority, i.call_to_scene_time_s) for i in needing),
        "decision_ms": _by_priority(observations.decision_ms),
        "late_fraction": _late_fraction(needing),
        "busy_fraction": busy_s / (n_units * simulated_s) if n_units and simulated_s else None,
        "units": n_units,
        "hospital": _hospital_choices(incidents, observations.intervals.responses.values()),
        "destinations": played.destinations,
        "km_per_unit": sum(played.driven_m.values()) / 1e3 / n_units / (simulated_s / DAY_S)
        if n_units and simulated_s
        else None,
        "longest_wait_s": _longest_wait(needing, played.ended_at),
        "reassignments": _reassignments(observations.diverts, observations.reliefs, simulated_s),
        "relocations": {"freed": observations.relocations - observations.moves_up, "moved_up": observations.moves_up},
        "reoffers": observations.reoffers,
        "escalations": observations.escalations,
        "held": observations.held,
        "rule_violations": len(observations.violations),
        "log": {
            "file": log.path.name,
            "sha256": log.sha256,
            "rows": log.n_rows,
            "skipped_rows": log.skipped,
            "record_classes": log.record_classes,
            "resampled_rows": log.n_resampled,
            "negative_durations": log.negative_durations,
        },
        "fleet_record_classes": dict(sorted(Counter(unit.record_class for unit in played.roster.units).items())),
        "journal_head_hash": journal_head_hash,
    }


def _longest_wait(needing: list[IncidentTimes], ended_at: datetime) -> dict[str, float | None]:
    """By priority, from the call to the first unit on scene; for an incident that nobody reached as far as the drill went."""
    waits = [
        (
            i.priority,
            (ended_at - i.received_at).total_seconds() if i.call_to_scene_time_s is None else i.call_to_scene_time_s,
        )
        for i in needing
    ]
    return {str(p): max((wait_s for named, wait_s in waits if named is p), default=None) for p in Priority}


def _reassignments(diverts: int, reliefs: int, simulated_s: float) -> dict[str, float | None]:
    """Crews that were on their way and were sent to another incident, or relieved by a unit that was there sooner."""
    per_day = (diverts + reliefs) / (simulated_s / DAY_S) if simulated_s else None
    return {"diverts": diverts, "reliefs": reliefs, "per_day": per_day}


def _travel_times(known: tuple[str, str, float] | None) -> dict[str, Any] | None:
    if known is None:
        return None
    source, grade, relative_error = known
    return {"source": source, "grade": grade, "relative_error": relative_error}


def distribution(values: Iterable[float]) -> dict[str, float | int | None]:
    """Size, mean and percentiles (linear between order statistics); None where there is nothing."""
    array = np.fromiter(values, dtype=np.float64)
    if not array.size:
        return {"n": 0, "mean": None, "p50": None, "p90": None, "p99": None}
    p50, p90, p99 = (round(float(p), 3) for p in np.percentile(array, (50, 90, 99)))
    return {"n": int(array.size), "mean": round(float(array.mean()), 3), "p50": p50, "p90": p90, "p99": p99}


def _by_priority(pairs: Iterable[tuple[Priority | None, float | None]]) -> dict[str, Any]:
    known = [(priority, value) for priority, value in pairs if value is not None]
    return {
        "all": distribution(value for _, value in known),
        "by_priority": {
            str(priority): distribution(value for named, value in known if named is priority) for priority in Priority
        },
    }


def _response_times(
    needing: list[IncidentTimes], responses: dict[Any, ResponseTimes]
) -> list[tuple[Priority, float | None]]:
    """Every unit's response, under its incident's priority."""
    return [
        (incident.priority, responses[assignment_id].response_time_s)
        for incident in needing
        for assignment_id in incident.assignment_ids
    ]


def _late_fraction(needing: list[IncidentTimes]) -> dict[str, dict[str, float | None]]:
    """Per priority and threshold: the share of incidents whose first unit came later than that, or never."""
    table: dict[str, dict[str, float | None]] = {}
    for priority in Priority:
        times = [i.call_to_scene_time_s for i in needing if i.priority is priority]
        table[str(priority)] = {
            str(limit_s): sum(t is None or t > limit_s for t in times) / len(times) if times else None
            for limit_s in LATE_AFTER_S
        }
    return table


def _hospital_choices(incidents: list[IncidentTimes], responses: Iterable[ResponseTimes]) -> dict[str, dict[str, int]]:
    """Per pathway: how many patients' units arrived at which hospital."""
    pathway_of = {incident.incident_id: incident.pathway_now for incident in incidents}
    chosen: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for response in responses:
        has_arrived = AssignmentStatus.AT_HOSPITAL in response.steps
        if has_arrived and response.hospital_id is not None and response.incident_id in pathway_of:
            chosen[pathway_of[response.incident_id]][response.hospital_id] += 1
    return {pathway: dict(counts.most_common()) for pathway, counts in sorted(chosen.items())}
