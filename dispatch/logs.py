"""The service's log: one record a line, as JSON for machines or as text for people, with what the piece of work is that it belongs to.

Nothing that callers said is in it. The lines of this service name codes and identifiers. Those of libraries may hold what they were
given: only their warnings are taken, of these the first line, and of an exception that is not ours its kind and place, not its words.
"""

import json
import logging
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, Literal, TextIO

from dispatch import trail

Level = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
Form = Literal["json", "text"]
OURS: Final = ("dispatch", "maps_data", "routing")
_MOST_FRAMES: Final = 40


def configure(form: Form, level: Level, *, to: TextIO | None = None) -> None:
    """Have this process write its log to `to` (the standard error by default), in place of what was set before."""
    handler = logging.StreamHandler(sys.stderr if to is None else to)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(capture=True)


class JsonLines(logging.Formatter):
    """A JSON object a line: `time` (RFC 3339), `level`, `logger`, `message`, then the facts, and `exception` if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname,
            "logger": record.name,
            "message": _message(record),
            **trail.facts(),
        }
        if (exception := _exception(record)) is not None:
            line["exception"] = exception
        return json.dumps(line, ensure_ascii=False, default=str)


class TextLines(logging.Formatter):
    """The same for a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and an exception on lines of their own below it."""
        facts = " ".join(f"{name}={value}" for name, value in trail.facts().items())
        lines = [f"{_time(record)} {record.levelname} {_message(record)}{f'  [{facts}]' if facts else ''}"]
        exception = _exception(record)
        while exception is not None:
            lines += [f"  {exception['type']}: {exception['message'] or '-'}", *(f"    {at}" for at in exception["at"])]
            exception = exception["cause"]
        return "\n".join(lines)


def _time(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"


def _message(record: logging.LogRecord) -> str:
    said = record.getMessage()
    return said if is_ours(record.name) else said.partition("\n")[0]


def _exception(record: logging.LogRecord) -> dict[str, Any] | None:
    return _told(record.exc_info[1]) if record.exc_info and record.exc_info[1] is not None else None


def _told(error: BaseException) -> dict[str, Any]:
    """`message` only where the words are ours, or the operating system's own."""
    kind = type(error)
    words = str(error) if is_ours(kind.__module__) else error.strerror if isinstance(error, OSError) else None
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return {
        "type": f"{kind.__module__}.{kind.__qualname__}",
        "message": words,
        "at": list(_frames(error.__traceback__))[-_MOST_FRAMES:],
        "cause": None if cause is None else _told(cause),
    }


def _frames(trace: TracebackType | None) -> Iterator[str]:
    while trace is not None:
        code = trace.tb_frame.f_code
        yield f"{code.co_filename}:{trace.tb_lineno} {code.co_name}"
        trace = trace.tb_next


def is_ours(name: str) -> bool:
    return name.partition(".")[0] in OURS
