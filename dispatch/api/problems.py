"""Problem answers (RFC 9457): a stable `code`, words in both languages, and for a wrong field its JSON pointer."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from dispatch.domain.rejections import CommandRejected, Refusal
from dispatch.engine.ports import DependencyFailed

MEDIA_TYPE = "application/problem+json"

# A problem that this service knows: status, code, and its sentence in Chinese and English.
Kind = tuple[int, str, str, str]

MALFORMED_JSON: Final[Kind] = (400, "malformed_json", "请求体不是合法的 JSON", "The body is not valid JSON")
DATUM_REQUIRED: Final[Kind] = (
    400,
    "datum_required",
    "坐标必须注明基准 datum(wgs84、gcj02 或 bd09)",
    "A position must state its datum",
)
CREDENTIALS_REQUIRED: Final[Kind] = (401, "credentials_required", "请先登录", "Credentials are required")
ROLE_FORBIDDEN: Final[Kind] = (403, "role_forbidden", "您的角色无权进行此操作", "Your role may not do this")
NOT_YOURS: Final[Kind] = (403, "not_yours", "只能查看和操作自己的任务或患者", "Only what is your own is open to you")
FOREIGN_PAGE: Final[Kind] = (403, "foreign_page", "只接受本站页面的操作", "Only pages of this site may do this")
OTHER_HOSPITAL: Final[Kind] = (
    403,
    "other_hospital",
    "只能查看和操作本院的信息",
    "You may see and change what is your own hospital's only",
)
BODY_TOO_LARGE: Final[Kind] = (413, "body_too_large", "请求体过大", "The body is too large")
INVALID_FIELD: Final[Kind] = (422, "invalid_field", "有字段不合要求", "A field is not as required")
DEPENDENCY_FAILED: Final[Kind] = (
    503,
    "dependency_failed",
    "记录服务不可用,操作未保存,请改用应急流程并重启服务",
    "The journal is gone; nothing was saved",
)
STOPPING: Final[Kind] = (
    503,
    "stopping",
    "服务正在停止,操作未保存",
    "The service is stopping; nothing was saved",
)
NO_WRITER: Final[Kind] = (
    503,
    "no_writer",
    "正在切换写入进程,不能确认操作是否已保存;请用同一幂等键重试",
    "The writing process is being replaced; whether this was saved is not known: repeat it with the same idempotency key",
)
INTERNAL_ERROR: Final[Kind] = (
    500,
    "internal_error",
    "服务内部错误,操作未保存",
    "The service has failed here; nothing was saved",
)
# What a status may mean on any route that documents it; routes add refusals of their own.
_GENERAL: Final = (
    MALFORMED_JSON,
    CREDENTIALS_REQUIRED,
    ROLE_FORBIDDEN,
    INVALID_FIELD,
    DEPENDENCY_FAILED,
    STOPPING,
    NO_WRITER,
)

# Refusals that say what a field should have held rather than what the state forbids, and which field.
_WRONG_FIELD: Final = {
    Refusal.CORRECTION_REASON_REQUIRED: "/reason",
    Refusal.STATUS_IN_FUTURE: "/occurred_at",
    Refusal.DISPOSITION_WITHOUT_END: "/disposition",
    Refusal.PATIENT_NOT_IN_INCIDENT: "/patient_ids",
    Refusal.ANSWER_REASON_REQUIRED: "/answer",
    Refusal.CARE_TIME_IN_FUTURE: "/at",
    Refusal.CARE_HOSPITAL_REQUIRED: "/hospital_id",
    Refusal.NOT_DONE_REASON_REQUIRED: "/reason",
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


def missing_fields(pointers: Sequence[str]) -> ProblemError:
    """422 for fields that are not there."""
    errors = [FieldError(pointer=pointer, code="missing", message="Field required") for pointer in pointers]
    return ProblemError(422, "invalid_field", "缺少必填字段", "Fields are missing", errors=errors)


def documented(*known: int | Refusal | Kind) -> dict[int | str, dict[str, Any]]:
    """The `responses` entry of a route that may answer with these: refusals, problems of its own, or what a status always means."""
    kinds = [kind for kind in _GENERAL if kind[0] in known]
    problems = [ProblemError(*kind).problem for kind in (*kinds, *(k for k in known if isinstance(k, tuple)))]
    problems += [of_refusal(CommandRejected(refusal)).problem for refusal in known if isinstance(refusal, Refusal)]
    statuses = {problem.status for problem in problems} | {status for status in known if isinstance(status, int)}
    return {status: _described(status, [p for p in problems if p.status == status]) for status in sorted(statuses)}


def _described(status: int, problems: Sequence[Problem]) -> dict[str, Any]:
    examples = {problem.code: {"value": problem.model_dump(exclude_none=True)} for problem in problems}
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, **({"examples": examples} if examples else {})}
    return {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: content}}


def answer(error: ProblemError) -> Response:
    problem = error.problem
    body = msgspec.json.encode(problem.model_dump(exclude_none=True))
    headers = {"WWW-Authenticate": "Bearer"} if problem.status == HTTPStatus.UNAUTHORIZED else None
    return Response(body, status_code=problem.status, media_type=MEDIA_TYPE, headers=headers)


def of_refusal(rejected: CommandRejected) -> ProblemError:
    """A rejected command as a problem: 404 for what does not exist, 422 for a wrong field, else 409."""
    refusal = rejected.refusal
    if refusal in _WRONG_FIELD:
        return ProblemError(*INVALID_FIELD, errors=[_field_error(_WRONG_FIELD[refusal], refusal)])
    if refusal is Refusal.DIVERT_REASON_REQUIRED:
        errors = [_field_error("/override_reason", refusal)]
        taken = Refusal.UNIT_NOT_AVAILABLE
        return ProblemError(409, taken.code, taken.text_zh, taken.text_en, errors=errors)
    status = 404 if refusal.code.endswith("_not_found") else 409
    return ProblemError(status, refusal.code, refusal.text_zh, refusal.text_en, context=rejected.detail)


def _field_error(pointer: str, refusal: Refusal) -> FieldError:
    return FieldError(pointer=pointer, code=refusal.code, message=refusal.text_en)


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
        return answer(ProblemError(*DEPENDENCY_FAILED, context=str(failure)))

    @app.exception_handler(RequestValidationError)
    async def _(_: Request, error: RequestValidationError) -> Response:
        return answer(_of_validation(error))

    @app.exception_handler(HTTPException)
    async def _(_: Request, error: HTTPException) -> Response:
        return answer(_of_http(error))

    @app.exception_handler(Exception)
    async def _(_: Request, _error: Exception) -> Response:
        return answer(ProblemError(*INTERNAL_ERROR))


def _of_http(error: HTTPException) -> ProblemError:
    """What the framework itself refuses: no such path or method, a body that is no text, or too much of it."""
    match error.status_code:
        case 400:
            return ProblemError(*MALFORMED_JSON)
        case 413:
            return ProblemError(*BODY_TOO_LARGE)
    code = HTTPStatus(error.status_code).name.lower()
    return ProblemError(error.status_code, code, "请求无法处理", str(error.detail))


def _of_validation(error: RequestValidationError) -> ProblemError:
    details = error.errors()
    if any(detail["type"] == "json_invalid" for detail in details):
        return ProblemError(*MALFORMED_JSON)
    errors = [
        FieldError(pointer=_pointer(detail["loc"], error.body), code=detail["type"], message=detail["msg"])
        for detail in details
    ]
    if any(_says_no_datum(detail) for detail in details):
        return ProblemError(*DATUM_REQUIRED, errors=errors)
    return ProblemError(*INVALID_FIELD, errors=errors)


def _says_no_datum(detail: dict[str, Any]) -> bool:
    return detail["loc"][-1] == "datum" and (detail["type"] == "missing" or detail["input"] is None)


def _pointer(loc: tuple[int | str, ...], body: Any) -> str:
    """The place of a wrong field: a JSON pointer into the body, else the kind of parameter and its name.

    The validator's own path also names the members of unions that it tried; steps that the body does not have are left out,
    save a last one, which is what is missing.
    """
    where, *path = loc
    if where != "body":
        return f"{where}:{'/'.join(map(str, path))}"
    steps, node = [], body
    for place, step in enumerate(path):
        is_there = _has(node, step)
        if is_there or (place == len(path) - 1 and isinstance(node, dict)):
            steps.append(str(step).replace("~", "~0").replace("/", "~1"))
        node = node[step] if is_there else node
    return "".join(f"/{step}" for step in steps)


def _has(node: Any, step: int | str) -> bool:
    if isinstance(node, list):
        return isinstance(step, int) and step < len(node)
    return isinstance(node, dict) and step in node
