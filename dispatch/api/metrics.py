"""The service's state in the text format that Prometheus reads (exposition format 0.0.4)."""

from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from dispatch.api.wiring import Service
from dispatch.domain.incident import Incident
from dispatch.domain.unit import Unit
from dispatch.domain.vocabulary import Duty, Priority
from dispatch.trail import BOUNDS_S, Durations

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_UNIT_STATES: Final = ("free", "committed", "out_of_service")


def exposition(service: Service) -> str:
    """All gauges and histograms, one sample a line."""
    return "".join(f"{line}\n" for line in _lines(service))


def _lines(service: Service) -> Iterator[str]:
    world = service.engine.world
    open_incidents = world.open_incidents()
    by_priority = Counter(incident.priority for incident in open_incidents)
    by_state = Counter(_state(unit) for unit in world.units.values())
    yield from _gauge("dispatch_up", "1 while commands are taken", int(service.engine.failure is None))
    yield from _gauge("dispatch_journal_seq", "seq of the last committed event", world.seq)
    yield from _gauges(
        "dispatch_open_incidents", "open incidents", "priority", {str(p): by_priority[p] for p in Priority}
    )
    yield from _gauge("dispatch_held_incidents", "open incidents without a suitable unit", _held(open_incidents))
    yield from _gauges("dispatch_units", "units", "state", {state: by_state[state] for state in _UNIT_STATES})
    is_degraded = service.travel.in_force.degradation is not None
    yield from _gauge("dispatch_travel_times_degraded", "1 while travel times are not what they should be", is_degraded)
    yield from _gauge("dispatch_traffic_reports", "reports of traffic that stand", len(world.traffic))
    pending = sum(notice.is_pending for notice in world.outbox.values())
    yield from _gauge("dispatch_notices_pending", "notices that hospitals' systems have not acknowledged", pending)
    if service.link is not None:
        yield from _gauge("dispatch_link_up", "1 while Redis links the processes", service.link.is_connected)
        yield from _gauge("dispatch_processes", "processes that Redis knows of", len(service.link.present))
    yield from _gauge("dispatch_writes", "1 in the process that writes the journal", service.engine.is_writing)
    yield from _gauge("dispatch_stream_clients", "open streams", service.hub.n_clients)
    yield from _histograms(
        "dispatch_step_seconds", "how long each step of all work took, in seconds", service.durations
    )


def _held(incidents: list[Incident]) -> int:
    return sum(incident.held is not None for incident in incidents)


def _state(unit: Unit) -> str:
    if unit.duty is Duty.OUT_OF_SERVICE:
        return "out_of_service"
    return "free" if unit.assignment_id is None else "committed"


def _gauge(name: str, meaning: str, value: int) -> Iterator[str]:
    yield from (f"# HELP {name} {meaning}", f"# TYPE {name} gauge", f"{name} {value}")


def _gauges(name: str, meaning: str, label: str, values: dict[str, int]) -> Iterator[str]:
    yield from (f"# HELP {name} {meaning}", f"# TYPE {name} gauge")
    yield from (f'{name}{{{label}="{key}"}} {value}' for key, value in values.items())


def _histograms(name: str, meaning: str, durations: Durations) -> Iterator[str]:
    """A histogram of each step; what is counted at a bound includes all that is below it."""
    yield from (f"# HELP {name} {meaning}", f"# TYPE {name} histogram")
    for step, histogram in sorted(durations.items()):
        sums = list(accumulate(histogram.counts))
        for bound, count in zip((*BOUNDS_S, "+Inf"), sums, strict=True):
            yield f'{name}_bucket{{step="{step}",le="{bound}"}} {count}'
        yield f'{name}_sum{{step="{step}"}} {histogram.total_s:.6f}'
        yield f'{name}_count{{step="{step}"}} {sums[-1]}'
