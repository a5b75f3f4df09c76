"""Signing in and out."""

import asyncio
from typing import Final

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from dispatch.api.access import AnyRole, public
from dispatch.api.answers import answer
from dispatch.api.problems import CREDENTIALS_REQUIRED, Kind, ProblemError, documented
from dispatch.api.rate_limit import TOO_MANY_REQUESTS, sign_ins_limited
from dispatch.api.sessions import bearer_of, cookie_of, sessions_of
from dispatch.api.wire_out import Open
from dispatch.api.wiring import machine_now, service_of

router = APIRouter(prefix="/api/v1", tags=["service"])
KEPT_S: Final = 12 * 3600
"""A shift, as long as a session lasts; a choice of ours."""
AT_ONCE: Final = 2
"""Passwords looked at at the same time: each takes 64 MiB and, on purpose, a processor for a while."""
WRONG: Final[Kind] = (
    401,
    "credentials_wrong",
    "账号、密码或动态口令不正确,或连续失败后暂时锁定",
    "The name, password or code is wrong, or signing in is locked for a while after repeated failures",
)


class SignInIn(BaseModel):
    """`code`: of the authenticator, for accounts that have one. Who leaves all of it out is asked for credentials, as everywhere."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "li.wei", "password": "correct horse battery", "code": "123456"}]}
    )
    name: str = Field(default="", max_length=100)
    password: str = Field(default="", max_length=256)
    code: str | None = Field(default=None, max_length=10)


class SignedInOut(Open):
    user: str
    hospital_id: str | None


class SignedOutOut(Open):
    signed_out: bool


@router.post(
    "/session",
    summary="Sign in",
    response_model=SignedInOut,
    responses=documented(400, 401, 422, WRONG, TOO_MANY_REQUESTS),
)
@public
async def sign_in(request: Request, body: SignInIn = SignInIn()) -> Response:
    """Sets a cookie that scripts cannot read, for the pages of this host: of a new session by name and password, or of a token that is
    sent in the header (then the body stays empty)."""
    secret = bearer_of(request)
    if secret is None:
        secret = await _new_session(request, body)
    user = await sessions_of(request).user_of(secret, machine_now(service_of(request)))
    if user is None:
        raise ProblemError(*CREDENTIALS_REQUIRED)
    response = answer({"user": user.name, "hospital_id": user.hospital_id}, headers={"Cache-Control": "no-store"})
    set_session(request, response, secret)
    return response


def set_session(request: Request, response: Response, secret: str) -> None:
    """Give the browser its session, which scripts cannot read and other sites' pages cannot use."""
    is_https = request.url.scheme == "https"
    response.set_cookie(cookie_of(request), secret, max_age=KEPT_S, httponly=True, samesite="strict", secure=is_https)


async def _new_session(request: Request, body: SignInIn) -> str:
    if not (body.name and body.password):
        raise ProblemError(*CREDENTIALS_REQUIRED)
    await sign_ins_limited(request)
    service = service_of(request)
    if service.accounts is None:
        raise ProblemError(*WRONG)
    now = machine_now(service)
    turns: asyncio.Semaphore = request.app.state.sign_in_turns
    async with turns:
        secret = await asyncio.to_thread(service.accounts.sign_in, body.name, body.password, body.code, now)
    if secret is None:
        raise ProblemError(*WRONG)
    return secret


@router.post("/session/end", summary="Sign out", response_model=SignedOutOut, responses=documented(401, 403))
async def sign_out(request: Request, _: AnyRole) -> Response:
    """The session is gone, not only its cookie."""
    secret = request.cookies.get(cookie_of(request))
    if secret is not None:
        await sessions_of(request).sign_out(secret)
    response = answer({"signed_out": secret is not None})
    response.delete_cookie(cookie_of(request), httponly=True, samesite="strict")
    return response
