"""Problem answers (RFC 9457): a stable `code`, words in both languages, and for a wrong field its JSON pointer."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from dispatch.domain.rejections import CommandRejected, Refusal
from dispatch.engine.ports import DependencyFailed

MEDIA_TYPE = "application/problem+json"

# Refusals that say what a field should have held rather than what the state forbids.
_UNPROCESSABLE = {
    Refusal.DIVERT_REASON_REQUIRED,
    Refusal.CORRECTION_REASON_REQUIRED,
    Refusal.STATUS_IN_FUTURE,
    Refusal.DISPOSITION_WITHOUT_END,
    Refusal.PATIENT_NOT_IN_INCIDENT,
}


class FieldError(BaseModel):
    """One wrong field: `pointer` is a JSON pointer (RFC 6901) into the body, or names the query parameter."""

    pointer: str
    code: str
    message: str


class Problem(BaseModel):
    """What every error answer looks like."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "about:blank",
                "title": "Conflict",
                "status": 409,
                "code": "unit_not_available",
                "detail": "车组已有任务或不在岗;改派须注明 divert 和理由",
                "detail_en": "The unit is committed or off duty; to divert it, say so and why",
            }
        }
    )
    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    detail_en: str
    context: str | None = None
    errors: list[FieldError] | None = None


class ProblemError(Exception):
    """An answer other than success, raised by routes."""

    def __init__(
        self, status: int, code: str, zh: str, en: str, *, errors: Sequence[FieldError] = (), context: str | None = None
    ) -> None:
        super().__init__(code)
        self.problem = Problem(
            title=HTTPStatus(status).phrase,
            status=status,
            code=code,
            detail=zh,
            detail_en=en,
            context=context,
            errors=list(errors) or None,
        )


def invalid_field(pointer: str, code: str, zh: str, en: str) -> ProblemError:
    """422 for one field."""
    return ProblemError(422, "invalid_field", zh, en, errors=[FieldError(pointer=pointer, code=code, message=en)])


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` entry of a route that may answer with these problems."""
    return {status: {"model": Problem, "content": {MEDIA_TYPE: {}}} for status in sorted(statuses)}


def answer(error: ProblemError) -> Response:
    problem = error.problem
    body = msgspec.json.encode(problem.model_dump(exclude_none=True))
    headers = {"WWW-Authenticate": "Bearer"} if problem.status == HTTPStatus.UNAUTHORIZED else None
    return Response(body, status_code=problem.status, media_type=MEDIA_TYPE, headers=headers)


def of_refusal(rejected: CommandRejected) -> ProblemError:
    """A rejected command as a problem: 404 for what does not exist, 422 for a wrong field, else 409."""
    refusal = rejected.refusal
    status = 404 if refusal.code.endswith("_not_found") else 422 if refusal in _UNPROCESSABLE else 409
    return ProblemError(status, refusal.code, refusal.text_zh, refusal.text_en, context=rejected.detail)


def install(app: FastAPI) -> None:
    """Make every error leave the service as a problem."""

    @app.exception_handler(ProblemError)
    async def _(_: Request, error: ProblemError) -> Response:
        return answer(error)

    @app.exception_handler(CommandRejected)
    async def _(_: Request, rejected: CommandRejected) -> Response:
        return answer(of_refusal(rejected))

    @app.exception_handler(DependencyFailed)
    async def _(_: Request, failure: DependencyFailed) -> Response:
        zh, en = "记录服务不可用,操作未保存,请改用应急流程并重启服务", "The journal is gone; nothing was saved"
        return answer(ProblemError(503, "dependency_failed", zh, en, context=str(failure)))

    @app.exception_handler(RequestValidationError)
    async def _(_: Request, error: RequestValidationError) -> Response:
        return answer(_of_validation(error))

    @app.exception_handler(HTTPException)
    async def _(_: Request, error: HTTPException) -> Response:
        code = HTTPStatus(error.status_code).name.lower()
        return answer(ProblemError(error.status_code, code, "请求无法处理", str(error.detail)))


def _of_validation(error: RequestValidationError) -> ProblemError:
    details = error.errors()
    if any(detail["type"] == "json_invalid" for detail in details):
        return ProblemError(400, "malformed_json", "请求体不是合法的 JSON", "The body is not valid JSON")
    errors = [
        FieldError(pointer=_pointer(detail["loc"]), code=detail["type"], message=detail["msg"]) for detail in details
    ]
    if any(detail["type"] == "missing" and detail["loc"][-1] == "datum" for detail in details):
        zh = "坐标必须注明基准 datum(wgs84、gcj02 或 bd09)"
        return ProblemError(400, "datum_required", zh, "A position must state its datum", errors=errors)
    return ProblemError(422, "invalid_field", "有字段不合要求", "A field is not as required", errors=errors)


def _pointer(loc: tuple[int | str, ...]) -> str:
    where, *path = loc
    escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in path)
    return "/" + "/".join(escaped) if where == "body" else f"{where}:{'/'.join(map(str, path))}"
