"""Steps of work as OpenTelemetry spans, to a collector (OTLP over HTTP) or a file; off unless set.

A span holds its name, its times, and the facts that the service noted: identifiers and counts, never what somebody said; of a failure
its kind alone. Spans wait in a bounded queue and are sent by a thread of their own. When nobody takes them the oldest are dropped, and
nothing else is any slower for it.
"""

import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import TraceIdRatioBased
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from dispatch import trail

if TYPE_CHECKING:
    from io import TextIOWrapper

SERVICE_NAME: Final = "dispatch"
MAX_WAITING_SPANS: Final = 4096
"""Some 300 calls from ring to page; a few MB. A choice of ours."""
SEND_EVERY_MS: Final = 2000
SEND_WITHIN_S: Final = 5.0
CLOSE_WITHIN_S: Final = 2.0
"""What a stop gives to spans that still wait, and then to giving up; within the promised 15 s. Choices of ours."""
_W3C: Final = TraceContextTextMapPropagator()

log = logging.getLogger(__name__)


class Tracing:
    """Implements `trail.Tracer`. `ratio` of all traces are kept, by their number, so that all processes keep the same."""

    def __init__(self, exporters: Sequence[SpanExporter], *, ratio: float = 1.0) -> None:
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # what is to be said of it we say, once
        self._exporters = [_Heard(exporter) for exporter in exporters]
        # By the number alone: whoever sends a `traceparent` does not decide what is kept here.
        self._provider = TracerProvider(
            sampler=TraceIdRatioBased(ratio),
            resource=Resource({"service.name": SERVICE_NAME}),
            shutdown_on_exit=False,
        )
        for exporter in self._exporters:
            self._provider.add_span_processor(
                BatchSpanProcessor(exporter, max_queue_size=MAX_WAITING_SPANS, schedule_delay_millis=SEND_EVERY_MS)
            )
        self._tracer = self._provider.get_tracer(SERVICE_NAME)

    @property
    def is_undelivered(self) -> bool:
        """Whether the last spans could not be handed over."""
        return any(exporter.has_failed for exporter in self._exporters)

    @contextmanager
    def step(self, name: str, parent: str | None) -> Iterator[None]:
        context = None if parent is None else _W3C.extract({"traceparent": parent})
        kind = SpanKind.SERVER if name == "request" else SpanKind.INTERNAL
        with self._tracer.start_as_current_span(
            name, context=context, kind=kind, record_exception=False, set_status_on_exception=False
        ) as span:
            if "trace_id" not in trail.facts():
                trail.note(trace_id=trace.format_trace_id(span.get_span_context().trace_id))
            try:
                yield
            except BaseException as error:
                span.set_status(StatusCode.ERROR, type(error).__name__)
                raise

    def note(self, facts: Mapping[str, trail.Fact]) -> None:
        trace.get_current_span().set_attributes({f"dispatch.{name}": value for name, value in facts.items()})

    def parent(self) -> str | None:
        carrier: dict[str, str] = {}
        _W3C.inject(carrier)
        return carrier.get("traceparent")

    def close(self) -> None:
        """Hand over what waits, as far as it goes quickly."""
        ending = threading.Thread(target=self._provider.shutdown, name="spans-end", daemon=True)
        ending.start()
        ending.join(CLOSE_WITHIN_S)
        for exporter in self._exporters:
            exporter.shutdown()  # it gives up what it is trying
        ending.join(CLOSE_WITHIN_S)


@contextmanager
def tracing(endpoint: str | None, file: Path | None, ratio: float) -> Iterator[Tracing | None]:
    """Have this process traced as long as this lasts; None when there is nowhere to tell it. OSError when `file` cannot be written."""
    if endpoint is None and file is None:
        yield None
        return
    exporters: list[SpanExporter] = []
    written: TextIOWrapper | None = None
    if endpoint is not None:
        exporters.append(OTLPSpanExporter(endpoint, timeout=SEND_WITHIN_S))
    if file is not None:
        file.touch(mode=0o600)
        written = file.open("a", encoding="utf-8")
        exporters.append(ConsoleSpanExporter(out=written, formatter=lambda span: f"{span.to_json(indent=None)}\n"))
    made = Tracing(exporters, ratio=ratio)
    try:
        with trail.traced_by(made):
            yield made
    finally:
        made.close()
        if written is not None:
            written.close()


class _Heard(SpanExporter):
    """An exporter that says, once each time, whether its spans are taken; a failure of its own is one more that are not."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter, self.has_failed, self._has_ended = exporter, False, False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        try:
            result = self._exporter.export(spans)
        except OSError:  # a full disk
            result = SpanExportResult.FAILURE
        has_failed = result is not SpanExportResult.SUCCESS
        if has_failed and not self.has_failed:
            log.warning(
                "追踪数据送不出去,将丢弃;派车不受影响 / traces cannot be delivered and are dropped; dispatch goes on"
            )
        elif self.has_failed and not has_failed:
            log.info("追踪数据恢复送出 / traces are delivered again")
        self.has_failed = has_failed
        return result

    def shutdown(self) -> None:
        if not self._has_ended:
            self._has_ended = True
            self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._exporter.force_flush(timeout_millis)
