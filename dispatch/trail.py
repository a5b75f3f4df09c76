"""What a piece of work belongs to, for logs, and the steps that it is made of, for traces and for how long each took.

Like logging this is the process's own and no argument: nothing that is decided reads it. What is said here is found in logs and
traces, so it is names, counts and identifiers that the service itself has given, never what somebody said.
"""

from bisect import bisect_left
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from time import perf_counter
from typing import Any, Final, ParamSpec, Protocol, TypeVar

Fact = str | int | float
P = ParamSpec("P")
T = TypeVar("T")


class Tracer(Protocol):
    """Makes spans of steps. None of this blocks or fails."""

    def step(self, name: str, parent: str | None) -> AbstractContextManager[object]:
        """A step within the present one; `parent` is the `traceparent` (W3C Trace Context) of a step elsewhere."""
        ...

    def note(self, facts: Mapping[str, Fact]) -> None: ...

    def parent(self) -> str | None:
        """The `traceparent` of the present step."""
        ...


BOUNDS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Each 2 to 2.5 times the one before: a quantile that is read from counts between them is that exact."""


@dataclass(slots=True)
class Histogram:
    """`counts[i]` is how many took at most `BOUNDS_S[i]` and more than the bound before; the last is for what took longer."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_S) + 1))
    total_s: float = 0.0


class Durations(dict[str, Histogram]):
    """How long the steps of all work took, by name."""

    def took(self, step: str, seconds: float) -> None:
        histogram = self.setdefault(step, Histogram())
        histogram.counts[bisect_left(BOUNDS_S, seconds)] += 1
        histogram.total_s += seconds


_FACTS: Final[ContextVar[dict[str, Fact] | None]] = ContextVar("facts", default=None)
_NOTHING: Final = nullcontext()
_tracers: Final[list[Tracer]] = []
_timed_by: Final[list[Durations]] = []


@contextmanager
def traced_by(tracer: Tracer) -> Iterator[None]:
    """Have the steps of this process made into spans for as long as this lasts."""
    _tracers.append(tracer)
    try:
        yield
    finally:
        _tracers.remove(tracer)


@contextmanager
def timed_by(durations: Durations) -> Iterator[None]:
    """Have the steps of this process counted for as long as this lasts."""
    _timed_by.append(durations)
    try:
        yield
    finally:
        _timed_by.remove(durations)


def facts() -> Mapping[str, Fact]:
    """What is known of the present piece of work."""
    return _FACTS.get() or {}


def note(**facts: Fact) -> None:
    """Add to what is known of the present piece of work and, where there are spans, of its step."""
    known = _FACTS.get()
    if known is not None:
        known.update(facts)
    if _tracers:
        _tracers[-1].note(facts)


@contextmanager
def work(name: str, *, parent: str | None = None, **facts: Fact) -> Iterator[None]:
    """A piece of work: a request, or a command. The command of a request is part of that, and what it notes is known of both."""
    outer = _FACTS.get()
    token = _FACTS.set({} if outer is None else outer)
    try:
        with _step(name, parent):
            note(**facts)
            yield
    finally:
        _FACTS.reset(token)


def is_work(name: str) -> Callable[[Callable[P, Awaitable[T]]], Callable[P, Coroutine[Any, Any, T]]]:
    """A coroutine function whose every call is a piece of `work`."""

    def marked(carry_out: Callable[P, Awaitable[T]]) -> Callable[P, Coroutine[Any, Any, T]]:
        @wraps(carry_out)
        async def within(*args: P.args, **kwargs: P.kwargs) -> T:
            with work(name):
                return await carry_out(*args, **kwargs)

        return within

    return marked


def step(name: str) -> AbstractContextManager[object]:
    """A step of the present piece of work. Where nobody wants to know, this is next to nothing."""
    return _step(name, None)


def _step(name: str, parent: str | None) -> AbstractContextManager[object]:
    traced = _tracers[-1].step(name, parent) if _tracers else _NOTHING
    return _timed(name, traced) if _timed_by else traced


@contextmanager
def _timed(name: str, traced: AbstractContextManager[object]) -> Iterator[None]:
    began_s = perf_counter()
    try:
        with traced:
            yield
    finally:
        if _timed_by:
            _timed_by[-1].took(name, perf_counter() - began_s)


def parent() -> str | None:
    """The `traceparent` to send along to another process."""
    return _tracers[-1].parent() if _tracers else None
