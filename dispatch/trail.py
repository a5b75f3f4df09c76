"""What a piece of work belongs to, for logs, and the steps that it is made of, for traces.

Like logging this is the process's own and no argument: nothing that is decided reads it. What is said here is found in logs and
traces, so it is names, counts and identifiers that the service itself has given, never what somebody said.
"""

from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from functools import wraps
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


_FACTS: Final[ContextVar[dict[str, Fact] | None]] = ContextVar("facts", default=None)
_NOTHING: Final = nullcontext()
_tracers: Final[list[Tracer]] = []


@contextmanager
def traced_by(tracer: Tracer) -> Iterator[None]:
    """Have the steps of this process made into spans for as long as this lasts."""
    _tracers.append(tracer)
    try:
        yield
    finally:
        _tracers.remove(tracer)


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
        with _tracers[-1].step(name, parent) if _tracers else _NOTHING:
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
    """A step of the present piece of work. Without a tracer this is next to nothing."""
    return _tracers[-1].step(name, None) if _tracers else _NOTHING


def parent() -> str | None:
    """The `traceparent` to send along to another process."""
    return _tracers[-1].parent() if _tracers else None
