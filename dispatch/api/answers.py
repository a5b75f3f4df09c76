"""From a command to an answer: idempotency, the reply committed with the events, and JSON encoding."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from fastapi import Request, Response

from dispatch.api.access import User
from dispatch.api.encoding import encode
from dispatch.api.problems import STOPPING, ProblemError, invalid_field
from dispatch.api.wiring import service_of
from dispatch.domain import events as ev
from dispatch.domain.commands import Command, KeepReply
from dispatch.engine.commits import Committed, RequestKey

E = TypeVar("E")
MAX_KEY_LENGTH = 200


def answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(encode(value), status_code=status, media_type="application/json", headers=dict(headers or {}))


async def carry_out(
    request: Request,
    command: Command,
    user: User,
    render: Callable[[Committed], dict[str, Any]],
    *,
    status: int = 200,
    check: Callable[[], None] | None = None,
) -> Response:
    """Execute `command` for `user` and answer with what `render` makes of it.

    With an `Idempotency-Key` the answer is committed together with the events, and a repeated request gets it again, unchanged:
    `check`, which raises what cannot be asked for at this hour or on this network, is for a request that has no answer yet.
    """
    service = service_of(request)
    if service.is_stopping:
        raise ProblemError(*STOPPING)
    key = await request_key(request, user)
    if check is not None and (key is None or await service.engine.reply_to(key) is None):
        check()
    kept: list[bytes] = []

    def reply(committed: Committed) -> tuple[int, bytes]:
        kept.append(encode(render(committed)))
        return status, kept[0]

    committed = await service.engine.execute(command, actor=user.name, key=key, reply=reply)
    if committed.replayed is not None:
        replayed = committed.replayed
        return Response(
            replayed.body,
            status_code=replayed.status,
            media_type="application/json",
            headers={"Idempotency-Replayed": "true"},
        )
    body = kept[0] if kept else encode(render(committed))
    return Response(body, status_code=status, media_type="application/json")


async def act_once(request: Request, user: User, act: Callable[[], dict[str, Any]], *, status: int = 200) -> Response:
    """Do `act`, which leaves no events (positions, the simulated floor), and answer with what it returns.

    With an `Idempotency-Key` a repeated request gets the first answer again, and nothing is done a second time.
    """
    if "Idempotency-Key" not in request.headers:
        return answer(act(), status)
    return await carry_out(request, KeepReply(), user, lambda _: act(), status=status)


async def request_key(request: Request, user: User) -> RequestKey | None:
    """The caller's idempotency key, its own per user, with a digest of what was asked."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not 0 < len(key) <= MAX_KEY_LENGTH:
        raise invalid_field(
            "header:Idempotency-Key", "length", "幂等键长度须为 1 到 200", "must have 1 to 200 characters"
        )
    asked = b"\0".join([request.method.encode(), request.url.path.encode(), await request.body()])
    return RequestKey(key=f"{user.name}:{key}", digest=hashlib.sha256(asked).digest())


def first(entries: Iterable[ev.Recorded], kind: type[E]) -> E | None:
    """The first event of a kind."""
    return next((recorded.event for recorded in entries if isinstance(recorded.event, kind)), None)
