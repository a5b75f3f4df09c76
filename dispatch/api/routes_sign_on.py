"""Signing on by the identity provider that is set, beside the accounts of this service, which need nobody else.

These are ways of a browser, and no part of the API's document. It is sent to the provider and comes back with a code; what it must
bring besides stands in a cookie of its own for these routes. It is led on to a page of this service that is named here, and nowhere
else. The session is one as by name and password.
"""

import asyncio
import hmac
import logging
from html import escape
from typing import Annotated, Final, Literal, get_args

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from dispatch.api.access import public
from dispatch.api.answers import answer
from dispatch.api.problems import Kind, ProblemError
from dispatch.api.rate_limit import sign_ins_limited
from dispatch.api.routes_session import set_session
from dispatch.api.wire_out import Open
from dispatch.api.wiring import SignOn, machine_now, service_of
from dispatch.domain.accounts import Role
from dispatch.domain.sign_on import NoSignOn, SignOnRefused, Turn
from dispatch.engine.ports import DependencyFailed

router = APIRouter(prefix="/api/v1/session", tags=["service"])
Page = Literal["/", "/crew", "/hospital", "/docs"]
PAGES: Final = frozenset(get_args(Page))
TURN: Final = "dispatch_sign_on"
PATH: Final = "/api/v1/session/single-sign-on"
TURN_KEPT_S: Final = 600
"""As long as somebody may take at the provider, with a telephone in hand: a choice of ours."""
NO_SINGLE_SIGN_ON: Final[Kind] = (404, "no_single_sign_on", "未设置单点登录", "Single sign-on is not set up")

log = logging.getLogger(__name__)


class WaysOut(Open):
    """`realm`: `live`, or the name of a drill, so that no page of one can be taken for the city's."""

    single_sign_on: bool
    realm: str


@router.get("", summary="Ways to sign in", response_model=WaysOut)
@public
async def ways(request: Request) -> Response:
    """Whether the page should offer single sign-on beside name and password; and whose city this is."""
    service = service_of(request)
    return answer({"single_sign_on": service.sign_on is not None, "realm": service.engine.realm})


@router.get("/single-sign-on", include_in_schema=False)
@public
async def begin(request: Request, to: Page = "/") -> Response:
    """To the provider; back to the page `to` once signed on. When the provider does not answer the page is told so at once."""
    await sign_ins_limited(request)
    sign_on = _sign_on(request)
    try:
        url, turn = await sign_on.begin(machine_now(service_of(request)))
    except DependencyFailed as failure:
        log.warning("身份提供方无应答 / the identity provider does not answer: %s", failure)
        return _back(to, NoSignOn.UNREACHABLE)
    response = RedirectResponse(url, 303, headers={"Cache-Control": "no-store"})
    is_https = request.url.scheme == "https"
    # Lax, not strict: the browser comes back from another site.
    kept = "|".join((*turn, to))
    response.set_cookie(TURN, kept, max_age=TURN_KEPT_S, path=PATH, httponly=True, samesite="lax", secure=is_https)
    return response


@router.get("/single-sign-on/done", include_in_schema=False)
@public
async def done(
    request: Request,
    code: Annotated[str | None, Query(max_length=4096)] = None,
    state: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Sets the cookie of a new session, and leads on to the page."""
    sign_on = _sign_on(request)
    await sign_ins_limited(request)
    *turn, to = request.cookies.get(TURN, "").split("|")
    page = to if to in PAGES else "/"
    try:
        if code is None or len(turn) != 3 or not hmac.compare_digest(turn[0].encode(), state.encode()):
            raise SignOnRefused(NoSignOn.REFUSED)
        secret, page = await _session(request, sign_on, code, Turn(*turn), page)
    except SignOnRefused as refused:
        log.warning("单点登录未成 / nobody was signed on: %s", refused.why)
        return _back(page, refused.why)
    except DependencyFailed as failure:
        log.warning("身份提供方无应答 / the identity provider does not answer: %s", failure)
        return _back(page, NoSignOn.UNREACHABLE)
    # Led on by a page of ours: a strict cookie is not sent along where another site has led to.
    href = escape(page)
    response = HTMLResponse(
        f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta http-equiv="refresh" content="0;url={href}">'
        f'<title>登录 · Sign in</title><p><a href="{href}">已登录,继续 · Signed in; go on</a></p></html>',
        headers={"Cache-Control": "no-store"},
    )
    set_session(request, response, secret)
    response.delete_cookie(TURN, path=PATH, httponly=True, samesite="lax")
    return response


async def _session(request: Request, sign_on: SignOn, code: str, turn: Turn, page: str) -> tuple[str, str]:
    """The secret of a new session, and the page for whoever it is."""
    service = service_of(request)
    now = machine_now(service)
    identity = await sign_on.finish(code, turn, now)
    if service.accounts is None:
        raise SignOnRefused(NoSignOn.REFUSED)
    secret = await asyncio.to_thread(service.accounts.sign_on, identity, now)
    if secret is None:
        raise SignOnRefused(NoSignOn.DISABLED)
    return secret, "/hospital" if Role.HOSPITAL in identity.roles else page


def _sign_on(request: Request) -> SignOn:
    sign_on = service_of(request).sign_on
    if sign_on is None:
        raise ProblemError(*NO_SINGLE_SIGN_ON)
    return sign_on


def _back(page: str, why: NoSignOn) -> Response:
    response = RedirectResponse(f"{page}?sign_on={why}", 303, headers={"Cache-Control": "no-store"})
    response.delete_cookie(TURN, path=PATH, httponly=True, samesite="lax")
    return response
