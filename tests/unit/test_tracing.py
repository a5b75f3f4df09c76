"""Spans of steps: whose trace they belong to, what they hold, and that a collector which is gone hinders nobody."""

import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from dispatch import trail
from dispatch.adapters.tracing import MAX_WAITING_SPANS, Tracing, tracing
from tests.fakes.live_service import free_port

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def traced(spans: InMemorySpanExporter) -> Iterator[Tracing]:
    made = Tracing([spans])
    with trail.traced_by(made):
        yield made
    made.close()


def told(traced: Tracing, spans: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    """What was sent by the end, by name."""
    traced.close()
    return {span.name: span for span in spans.get_finished_spans()}


def test_steps_stand_below_the_work_that_they_are_part_of(traced: Tracing, spans: InMemorySpanExporter) -> None:
    """A proxy's trace goes on here, and its number stands in the log as well."""
    with trail.work("request", parent=PARENT, request_id="5f"), trail.work("command"), trail.step("decide"):
        trail.note(incident_id="inc-live-1")
        assert trail.facts() == {"request_id": "5f", "trace_id": TRACE, "incident_id": "inc-live-1"}
        assert (trail.parent() or "").startswith(f"00-{TRACE}-")
    made = told(traced, spans)
    assert {f"{span.context.trace_id:032x}" for span in made.values()} == {TRACE}
    above = [span.parent.span_id for span in made.values() if span.parent is not None]
    assert above == [made["command"].context.span_id, made["request"].context.span_id, 0x00F067AA0BA902B7]
    assert made["decide"].attributes == {"dispatch.incident_id": "inc-live-1"}


def test_work_without_a_parent_begins_a_trace_of_its_own(traced: Tracing, spans: InMemorySpanExporter) -> None:
    for _ in range(2):
        with trail.work("command"):
            pass
    traced.close()
    assert len({span.context.trace_id for span in spans.get_finished_spans()}) == 2


def test_of_a_failure_a_span_holds_the_kind_and_not_the_words(traced: Tracing, spans: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="138"), trail.work("request"):
        int("tel 13877319028")
    failed = told(traced, spans)["request"]
    assert (failed.status.is_ok, failed.status.description, failed.events) == (False, "ValueError", ())
    assert "138" not in failed.to_json()


def test_none_are_kept_at_a_ratio_of_nought_whatever_the_caller_asks_for(spans: InMemorySpanExporter) -> None:
    made = Tracing([spans], ratio=0.0)
    with trail.traced_by(made), trail.work("request", parent=PARENT):
        assert trail.facts()["trace_id"] == TRACE
    made.close()
    assert spans.get_finished_spans() == ()


def test_without_traces_a_step_is_nothing_and_work_is_still_known_to_the_log() -> None:
    assert trail.step("decide") is trail.step("policy")
    assert trail.parent() is None
    with trail.work("request", request_id="5f"):
        assert trail.facts() == {"request_id": "5f"}
    assert trail.facts() == {}


class Stuck(SpanExporter):
    """A collector that takes the first batch and never answers."""

    def __init__(self) -> None:
        self.asked, self.answers, self.n = threading.Event(), threading.Event(), 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.n += len(spans)
        self.asked.set()
        self.answers.wait()
        return SpanExportResult.FAILURE

    def shutdown(self) -> None:
        self.answers.set()


def test_a_collector_that_never_answers_holds_nobody_up_and_what_waits_for_it_is_bounded() -> None:
    stuck = Stuck()
    made = Tracing([stuck])
    with trail.traced_by(made):
        for _ in range(600):
            with trail.work("command"):
                pass
        assert stuck.asked.wait(60)
        for _ in range(MAX_WAITING_SPANS + 1000):
            with trail.work("command"):
                pass
    made.close()
    assert made.is_undelivered
    assert stuck.n <= 600 + MAX_WAITING_SPANS


def test_spans_reach_a_collector_and_one_that_is_gone_is_told_of() -> None:
    received: list[ExportTraceServiceRequest] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        with tracing(f"http://127.0.0.1:{server.server_port}/v1/traces", None, 1.0) as made, trail.work("request"):
            assert made is not None
        server.shutdown()
        serving.join()
    (one,) = received
    assert [span.name for span in one.resource_spans[0].scope_spans[0].spans] == ["request"]
    assert not made.is_undelivered
    with tracing(f"http://127.0.0.1:{free_port()}/v1/traces", None, 1.0) as gone, trail.work("request"):
        assert gone is not None
    assert gone.is_undelivered


def test_work_and_steps_are_counted_by_how_long_they_took() -> None:
    durations = trail.Durations()
    with trail.timed_by(durations):
        for _ in range(3):
            with trail.work("command"), trail.step("decide"):
                pass
        with pytest.raises(ValueError, match="no"), trail.step("decide"):
            raise ValueError("no")
        durations.took("append", 0.1)
        durations.took("append", 7.0)
    with trail.step("decide"):
        pass
    assert {step: sum(histogram.counts) for step, histogram in durations.items()} == {
        "command": 3,
        "decide": 4,
        "append": 2,
    }
    # At a bound counts as within it; the last place is for what took longer than all.
    assert [trail.BOUNDS_S.index(0.1), len(trail.BOUNDS_S)] == [
        place for place, count in enumerate(durations["append"].counts) if count
    ]
    assert durations["append"].total_s == 7.1
