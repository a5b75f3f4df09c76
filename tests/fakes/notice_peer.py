"""A hospital's system on a real socket that answers as it is told: with a status, late, or not at all.

It keeps what it was sent, and tells by the key what it has had before, as a real one has to.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TAKEN = {"resourceType": "Bundle", "type": "transaction-response"}


def outcome(code: str) -> dict[str, Any]:
    """What a FHIR server says when it does not take something."""
    return {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": code}]}


@dataclass(slots=True)
class NoticePeer:
    """`answers`: (status, body) for the next requests, 200 after that. `got`: key and body of each, as they came.

    While `is_held` it has heard and does not answer; `heard` is set with each request.
    """

    answers: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    got: list[tuple[str, bytes]] = field(default_factory=list)
    is_held: threading.Event = field(default_factory=threading.Event)
    heard: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/fhir"

    @property
    def keys(self) -> list[str]:
        return [key for key, _ in self.got]

    def told(self, n: int = -1) -> dict[str, Any]:
        """The bundle of one request."""
        bundle: dict[str, Any] = json.loads(self.got[n][1])
        return bundle

    @contextmanager
    def running(self) -> Iterator["NoticePeer"]:
        """Serves for as long as the block lasts; a second time on the same port."""
        with ThreadingHTTPServer(("127.0.0.1", self.port), _handler(self)) as server:
            self.port = server.server_address[1]
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            try:
                yield self
            finally:
                self.released.set()
                server.shutdown()
                thread.join()


def _handler(peer: NoticePeer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            peer.got.append((self.headers["Idempotency-Key"], body))
            peer.heard.set()
            if peer.is_held.is_set():
                peer.released.wait()
                return
            status, answer = peer.answers.pop(0) if peer.answers else (200, TAKEN)
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    return Handler
