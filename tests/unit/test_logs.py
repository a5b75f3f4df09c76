"""The form of a log record, and what of an exception or of a library's line is let through."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from dispatch import logs, trail
from dispatch.engine.ports import DependencyFailed

PHONE = "13877319028"


class Lines(io.StringIO):
    """What was logged, line by line."""

    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]


@pytest.fixture
def written() -> Iterator[Lines]:
    """The log of this process, as JSON at DEBUG, for one test."""
    root, ours = logging.getLogger(), [logging.getLogger(name) for name in logs.OURS]
    handlers, level = root.handlers[:], root.level
    lines = Lines()
    logs.configure("json", "DEBUG", to=lines)
    yield lines
    root.handlers[:] = handlers
    root.setLevel(level)
    for logger in ours:
        logger.setLevel(logging.NOTSET)
    logging.captureWarnings(capture=False)


def test_a_record_says_when_who_what_and_of_which_work_it_is(written: Lines) -> None:
    with trail.work("request", request_id="5f"), trail.work("command"):
        trail.note(realm="live", command_id="cmd-live-1", incident_id="inc-live-1")
        logging.getLogger("dispatch.engine").info("已派车 %s / sent %s", "U001", "U001")
    logging.getLogger("dispatch.engine").debug("later")
    first, later = written.records()
    assert first.pop("time").endswith("Z")
    assert first == {
        "level": "INFO",
        "logger": "dispatch.engine",
        "message": "已派车 U001 / sent U001",
        "request_id": "5f",
        "realm": "live",
        "command_id": "cmd-live-1",
        "incident_id": "inc-live-1",
    }
    assert "request_id" not in later


def test_an_exception_is_a_field_with_its_places_and_words_only_where_they_are_ours(written: Lines) -> None:
    try:
        try:
            int(f"tel {PHONE}")
        except ValueError as error:
            raise DependencyFailed("the journal is gone") from error
    except DependencyFailed:
        logging.getLogger("dispatch").exception("failed")
    (record,) = written.records()
    told = record["exception"]
    assert (told["type"], told["message"]) == ("dispatch.engine.ports.DependencyFailed", "the journal is gone")
    assert (told["cause"]["type"], told["cause"]["message"]) == ("builtins.ValueError", None)
    assert "test_logs.py:" in told["cause"]["at"][0]
    assert PHONE not in written.getvalue()


def test_of_a_library_only_warnings_are_taken_and_their_first_line(written: Lines) -> None:
    """What a socket library says while debugging holds frames whole, and asyncio's complaint shows the exception on a second line."""
    logging.getLogger("websockets.server").debug("< TEXT %s", PHONE)
    logging.getLogger("uvicorn.error").info("GET /aeds/nearest?lat=22.54")
    logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: ValueError(%s)", PHONE)
    assert [record["message"] for record in written.records()] == ["Task exception was never retrieved"]


def test_the_form_for_a_terminal_holds_the_same(written: Lines) -> None:
    logging.getLogger().handlers[0].setFormatter(logs.TextLines())
    try:
        with trail.work("request", request_id="5f"):
            int(f"tel {PHONE}")
    except ValueError:
        logging.getLogger("dispatch").exception("失败 / failed")
    with trail.work("request", request_id="5f"):
        logging.getLogger("dispatch").info("over")
    failed, kind, place, over = written.getvalue().splitlines()
    assert failed.endswith("ERROR 失败 / failed")
    assert kind == "  builtins.ValueError: -"
    assert "test_logs.py:" in place
    assert over.endswith("INFO over  [request_id=5f]")
    assert PHONE not in written.getvalue()
