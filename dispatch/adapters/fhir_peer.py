"""The regional FHIR server, over HTTP: records are asked for, bundles are delivered. Its failures are told as outcomes, never raised.

Requests run on threads with a limit for each answer, so a peer that is slow or gone holds nobody up.
"""

import asyncio
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from dispatch.domain.ids import NoticeId
from dispatch.domain.records import PeerOutcome, RecordQuery, RecordSummary
from dispatch.fhir.resources import MEDIA_TYPE, NotFhir, Resource, check, entries_of
from dispatch.fhir.summary import KINDS, summary_of

MAX_ANSWER_BYTES: Final = 2_000_000
MAX_PAGES: Final = 5
"""Of each kind of resource; more than this and the summary says that it is not complete."""


NEVER_TAKEN: Final = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.PRECONDITION_FAILED,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)
"""Answers of a FHIR server about the bundle itself (FHIR R4B, RESTful API, 3.1.0.11.2). A token that has run out, an address that
is wrong or a server that is busy is put right by people, and then it goes."""


class _Gone(Exception):
    """No usable answer. `is_refused`: the peer understood, and said no."""

    def __init__(self, *, is_refused: bool) -> None:
        super().__init__()
        self.is_refused = is_refused

    @property
    def outcome(self) -> PeerOutcome:
        return PeerOutcome.REFUSED if self.is_refused else PeerOutcome.UNAVAILABLE


def _delivery_outcome(error: urllib.error.HTTPError) -> PeerOutcome:
    if error.code == HTTPStatus.CONFLICT and _is_duplicate(error):
        return PeerOutcome.ANSWERED
    return PeerOutcome.REFUSED if error.code in NEVER_TAKEN else PeerOutcome.FAILING


def _is_duplicate(error: urllib.error.HTTPError) -> bool:
    """Whether the peer says that it has this already; other conflicts, as of versions, pass."""
    try:
        outcome = check(json.loads(error.read(MAX_ANSWER_BYTES)), "OperationOutcome")
    except (OSError, ValueError, RecursionError):
        return False
    return any(issue.get("code") == "duplicate" for issue in outcome["issue"])


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """Token and identifier go to the server that was set, and to no other."""

    def redirect_request(self, *_: Any) -> None:
        return None


class FhirPeer:
    """Implements `RecordsPeer` on a FHIR R4B server at `base_url`; `token` is a bearer token, if it asks for one."""

    def __init__(self, base_url: str, *, token: str | None = None, timeout_s: float = 3.0) -> None:
        if urllib.parse.urlsplit(base_url).scheme not in {"http", "https"}:
            raise ValueError(f"{base_url!r} is no http or https address")
        self._base_url = base_url.rstrip("/")
        self._headers = {"Accept": MEDIA_TYPE} | ({"Authorization": f"Bearer {token}"} if token else {})
        self._timeout_s = timeout_s
        self._opener = urllib.request.build_opener(NoRedirects)

    async def summary(self, query: RecordQuery) -> tuple[PeerOutcome, RecordSummary | None]:
        """The patient's summary; none when nobody, or more than one, has this identifier."""
        headers = {"X-Purpose-Of-Use": query.purpose}
        try:
            patients, _ = await self._search("Patient", {"identifier": f"{query.system}|{query.value}"}, headers)
            if len(patients) != 1:
                return (PeerOutcome.AMBIGUOUS if patients else PeerOutcome.NOT_FOUND), None
            asked = {"patient": str(patients[0]["id"])}
            kinds = [KINDS[section] for section in sorted(query.sections)]
            found = await asyncio.gather(*(self._search(kind, asked, headers) for kind in kinds))
        except (_Gone, KeyError) as gone:
            return (gone.outcome if isinstance(gone, _Gone) else PeerOutcome.UNAVAILABLE), None
        resources = [resource for page, _ in found for resource in page]
        is_complete = all(complete for _, complete in found)
        return PeerOutcome.ANSWERED, summary_of(query.sections, resources, is_complete=is_complete)

    async def deliver(self, bundle: Resource, notice_id: NoticeId) -> PeerOutcome:
        """Post a transaction under an idempotency key. Only what the peer can never take counts as refused; all else may be
        tried again, and is the same to a peer that knows the key or carries out conditional updates."""
        try:
            await asyncio.to_thread(
                self._ask, self._base_url, {"Idempotency-Key": notice_id}, json.dumps(bundle).encode()
            )
        except urllib.error.HTTPError as error:
            with error:
                return _delivery_outcome(error)
        except (ValueError, RecursionError):
            return PeerOutcome.FAILING  # an answer, and none of FHIR: nobody knows what became of it
        except OSError:
            return PeerOutcome.UNAVAILABLE
        return PeerOutcome.ANSWERED

    async def _search(
        self, kind: str, params: Mapping[str, str], headers: Mapping[str, str]
    ) -> tuple[list[Resource], bool]:
        """All resources of a kind, page after page, and whether that was all."""
        url: str | None = f"{self._base_url}/{kind}?{urllib.parse.urlencode(params)}"
        found: list[Resource] = []
        for _ in range(MAX_PAGES):
            bundle = await self._request(str(url), headers)
            found.extend(resource for resource in entries_of(bundle) if resource["resourceType"] == kind)
            url = self._next(bundle)
            if url is None:
                return found, True
        return found, False

    def _next(self, bundle: Resource) -> str | None:
        """The next page, on the same server only."""
        links = [link.get("url", "") for link in bundle.get("link", []) if link.get("relation") == "next"]
        return next((link for link in links if link.startswith(f"{self._base_url}/")), None)

    async def _request(self, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Resource:
        try:
            return await asyncio.to_thread(self._ask, url, headers, body)
        except urllib.error.HTTPError as error:
            error.close()
            is_server_s = error.code >= HTTPStatus.INTERNAL_SERVER_ERROR
            raise _Gone(is_refused=not is_server_s) from None
        except (OSError, ValueError, RecursionError, NotFhir):
            raise _Gone(is_refused=False) from None

    def _ask(self, url: str, headers: Mapping[str, str], body: bytes | None) -> Resource:
        """On a thread: the models of FHIR take half a second to load, and nobody else is to wait for them."""
        sent = {**self._headers, **headers} | ({"Content-Type": MEDIA_TYPE} if body is not None else {})
        request = urllib.request.Request(url, data=body, headers=sent)  # noqa: S310 - the scheme was checked
        with self._opener.open(request, timeout=self._timeout_s) as answer:
            content: bytes = answer.read(MAX_ANSWER_BYTES + 1)
        if len(content) > MAX_ANSWER_BYTES:
            raise ValueError("the answer is too long")
        return check(json.loads(content), "Bundle")
