"""A small FHIR R4B server on a real socket: it validates, stores, searches with pages, and carries out transactions.

It stands in for a region's records platform. What it does not know it refuses, as a FHIR server does, with an OperationOutcome.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from dispatch.fhir.resources import MEDIA_TYPE, NotFhir, check

Resource = dict[str, Any]
# Coded values that the models do not check, for the kinds stored here.
CODES = {
    ("Patient", "gender"): {"male", "female", "other", "unknown"},
    ("Encounter", "status"): {"planned", "arrived", "triaged", "in-progress", "onleave", "finished", "cancelled"},
    ("Observation", "status"): {"registered", "preliminary", "final", "amended", "corrected"},
    ("Communication", "status"): {"preparation", "in-progress", "completed", "not-done"},
    ("Communication", "priority"): {"routine", "urgent", "asap", "stat"},
}
# Where each kind refers to its patient.
SUBJECTS = ("patient", "subject")
PAGE = 2


class Refused(Exception):
    """400 with a reason."""


class FhirServer:
    """`store` by kind and id; `asked` are the requests as they came: method, path, purpose of use.

    `token`: what it asks for; `elsewhere`: where it sends everybody.
    """

    def __init__(self) -> None:
        self.store: dict[str, dict[str, Resource]] = {}
        self.asked: list[tuple[str, str, str | None]] = []
        self.token: str | None = None
        self.elsewhere: str | None = None
        self._next_id = 0

    def create(self, resource: Resource) -> Resource:
        """Validate and keep a resource under a new id."""
        self._next_id += 1
        return self._keep(resource, f"r{self._next_id}")

    def _keep(self, resource: Resource, resource_id: str) -> Resource:
        try:
            kept = check({**resource, "id": resource_id})
        except NotFhir as error:
            raise Refused(str(error)) from None
        kind = kept["resourceType"]
        for (of_kind, member), allowed in CODES.items():
            if of_kind == kind and member in kept and kept[member] not in allowed:
                raise Refused(f"{kind}.{member}: {kept[member]!r} is not in its value set")
        self.store.setdefault(kind, {})[resource_id] = kept
        return kept

    def search(self, kind: str, params: dict[str, str]) -> list[Resource]:
        """By `identifier` (system|value) and `patient` (id or reference); any other parameter is refused."""
        found = list(self.store.get(kind, {}).values())
        for name, value in params.items():
            if name == "identifier":
                system, _, number = value.partition("|")
                found = [r for r in found if {"system": system, "value": number} in r.get("identifier", [])]
            elif name == "patient":
                found = [r for r in found if value.removeprefix("Patient/") == _patient_of(r)]
            else:
                raise Refused(f"search parameter {name!r} is not known")
        return found

    def transaction(self, bundle: Resource) -> Resource:
        """All entries, each a conditional update; references to other entries become theirs. Nothing is kept if one is refused."""
        before = {kind: dict(kept) for kind, kept in self.store.items()}
        try:
            places = {entry["fullUrl"]: self._place(entry["request"]["url"]) for entry in bundle["entry"]}
            answers = []
            for entry in bundle["entry"]:
                kind, resource_id = places[entry["fullUrl"]]
                self._keep(_resolved(entry["resource"], places), resource_id)
                answers.append({"response": {"status": "200 OK", "location": f"{kind}/{resource_id}"}})
        except (Refused, KeyError) as error:
            self.store = before
            raise Refused(str(error)) from None
        return {"resourceType": "Bundle", "type": "transaction-response", "entry": answers}

    def _place(self, url: str) -> tuple[str, str]:
        kind, _, query = url.partition("?")
        known = self.search(kind, {query.partition("=")[0]: query.partition("=")[2]})
        if len(known) > 1:
            raise Refused(f"{url}: more than one")
        self._next_id += not known
        return kind, known[0]["id"] if known else f"r{self._next_id}"


def _patient_of(resource: Resource) -> str | None:
    reference = next((resource[name]["reference"] for name in SUBJECTS if name in resource), None)
    return None if reference is None else str(reference).removeprefix("Patient/")


def _resolved(value: Any, places: dict[str, tuple[str, str]]) -> Any:
    if isinstance(value, dict):
        return {
            name: "/".join(places[part]) if name == "reference" and part in places else _resolved(part, places)
            for name, part in value.items()
        }
    return [_resolved(part, places) for part in value] if isinstance(value, list) else value


def application(server: FhirServer) -> FastAPI:
    """The server over HTTP."""
    app = FastAPI()

    @app.middleware("http")
    async def _(request: Request, call_next: Any) -> Any:
        server.asked.append((request.method, request.url.path, request.headers.get("X-Purpose-Of-Use")))
        if server.token and request.headers.get("Authorization") != f"Bearer {server.token}":
            return _outcome(401, "a token is needed")
        if server.elsewhere:
            return RedirectResponse(server.elsewhere)
        return await call_next(request)

    @app.exception_handler(Refused)
    async def _(_: Request, refused: Exception) -> Response:
        return _outcome(400, str(refused))

    @app.get("/fhir/{kind}")
    async def _(request: Request, kind: str) -> Response:
        params = dict(request.query_params)
        first = int(params.pop("_offset", "0"))
        found = server.search(kind, params)
        bundle = {"resourceType": "Bundle", "type": "searchset", "total": len(found)}
        if page := found[first : first + PAGE]:
            bundle["entry"] = [{"resource": resource} for resource in page]
        if len(found) > first + PAGE:
            following = request.url.include_query_params(_offset=first + PAGE)
            bundle["link"] = [{"relation": "next", "url": str(following)}]
        return JSONResponse(check(bundle), media_type=MEDIA_TYPE)

    @app.post("/fhir")
    async def _(request: Request) -> Response:
        try:
            bundle = check(await request.json(), "Bundle")
        except NotFhir as error:
            raise Refused(str(error)) from None
        return JSONResponse(check(server.transaction(bundle)), media_type=MEDIA_TYPE)

    return app


def _outcome(status: int, why: str) -> Response:
    issue = {"severity": "error", "code": "invalid", "diagnostics": why}
    return JSONResponse({"resourceType": "OperationOutcome", "issue": [issue]}, status, media_type=MEDIA_TYPE)


@contextmanager
def running(server: FhirServer) -> Iterator[str]:
    """Serves on a free port of this machine for as long as the block lasts; the base address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        web = uvicorn.Server(uvicorn.Config(application(server), log_level="error", lifespan="off"))
        thread = threading.Thread(target=web.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/fhir"
        finally:
            web.should_exit = True
            thread.join()
