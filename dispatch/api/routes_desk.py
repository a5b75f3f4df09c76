"""What only the control room's desks need: the questions of the intake, and who is looking at what."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request, Response
from pydantic import ConfigDict, Field

from dispatch.api.access import AnyStaff, ControlRoom
from dispatch.api.answers import answer
from dispatch.api.problems import documented
from dispatch.api.wire_in import Identifier, Strict
from dispatch.api.wire_out import Open
from dispatch.api.wiring import service_of
from dispatch.pipeline.questions import QUESTIONS, Question

router = APIRouter(prefix="/api/v1", tags=["desk"])

GONE_AFTER: Final = timedelta(seconds=12)
"""A desk says every 5 s where it is; two that stay out and it is no longer there."""
MOST_DESKS: Final = 1000
"""More than the desks of any room: whoever makes identifiers up fills nothing but this."""
MOST_SEEN: Final = 500
"""Alarms that a desk may say it has seen; more do not stand at once in the worst hour. A choice of ours."""


class QuestionOut(Open):
    code: str
    complaints: list[str]
    text_zh: str
    text_en: str
    priority: str
    complaint: str | None
    source: str


class QuestionsOut(Open):
    items: list[QuestionOut]


class DeskIn(Strict):
    """`incident_id`: what the desk looks at; `is_writing`: that something about it is being typed or decided there; `seen`: the alarms
    that its person has seen, by keys that consoles make of kinds and identifiers."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"incident_id": "inc-live-01M808TX00YTTPDQ6SWRF8S1DE", "is_writing": False}]}
    )
    incident_id: Identifier | None = None
    is_writing: bool = False
    seen: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=MOST_SEEN, default_factory=list)]


class DeskOut(Open):
    desk_id: str
    user: str
    incident_id: str | None
    is_writing: bool
    seen: list[str]
    seen_at: datetime


class DesksOut(Open):
    items: list[DeskOut]


class Desks:
    """Who is looking at what, in memory: it is of no use after a restart, and decides nothing."""

    def __init__(self) -> None:
        self._by_id: dict[str, dict[str, Any]] = {}

    def tell(self, desk: dict[str, Any], now: datetime) -> list[dict[str, Any]]:
        """Keep what a desk says of itself; the other desks that are still there."""
        self._by_id = {desk_id: one for desk_id, one in self._by_id.items() if now - one["seen_at"] <= GONE_AFTER}
        if len(self._by_id) < MOST_DESKS or desk["desk_id"] in self._by_id:
            self._by_id[desk["desk_id"]] = desk
        return [one for desk_id, one in sorted(self._by_id.items()) if desk_id != desk["desk_id"]]


@router.get("/triage/questions", response_model=QuestionsOut, responses=documented(401, 403))
async def list_questions(_: AnyStaff) -> Response:
    """What to ask by complaint, most important first, and what a yes means."""
    return answer({"items": [_question(question) for question in QUESTIONS]})


def _question(question: Question) -> dict[str, Any]:
    return {
        "code": question.code,
        "complaints": sorted(question.complaints),
        "text_zh": question.text_zh,
        "text_en": question.text_en,
        "priority": question.priority,
        "complaint": question.complaint,
        "source": question.source,
    }


@router.put("/desks/{desk_id}", response_model=DesksOut, responses=documented(400, 401, 403, 422))
async def put_desk(
    request: Request, desk_id: Annotated[str, Path(min_length=1, max_length=40)], body: DeskIn, user: ControlRoom
) -> Response:
    """Say what a desk looks at, every few seconds; the answer is where the other desks are. Nothing of it is kept."""
    now = service_of(request).engine.clock.now()
    desk = {"desk_id": desk_id, "user": user.name, **body.model_dump(), "seen_at": now}
    return answer({"items": request.app.state.desks.tell(desk, now)})
