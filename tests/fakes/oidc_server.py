"""A small identity provider on a real socket: OpenID Connect with authorization code and PKCE, and tokens that are really signed.

`user` is who signs in there next; tests change what tokens say (`spoil`), take keys out of use (`new_key`) and stop the server.
"""

import base64
import hashlib
import json
import threading
from collections.abc import Callable
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, quote_plus, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

Claims = dict[str, Any]
CLIENT_ID, CLIENT_SECRET = "dispatch", "said to nobody: else"
REDIRECT_URL = "http://127.0.0.1/api/v1/session/single-sign-on/done"


class OidcServer:
    """`with OidcServer(now) as provider:`; `now` is the instant at which it signs, `redirect_url` the only place it leads back to."""

    def __init__(self, now: datetime, redirect_url: str = REDIRECT_URL) -> None:
        self.redirect_url = redirect_url
        self.now = now
        self.user: Claims = {"sub": "u-1", "preferred_username": "li.wei", "roles": ["120-dispatcher"]}
        self.spoil: Callable[[Claims], None] = lambda _: None
        self.keys: list[RSAKey] = []
        self._n_keys = 0
        self.signing: RSAKey | OctKey
        self.algorithm = "RS256"
        self.asked: list[str] = []
        self._turns: dict[str, Claims] = {}
        self.new_key()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.asked.append(urlsplit(self.path).path)
                provider._get(self)

            def do_POST(self) -> None:
                form = self.rfile.read(int(self.headers["Content-Length"])).decode()
                provider._token(self, {name: value for name, (value,) in parse_qs(form).items()})

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self._server.server_port}/realms/120"
        self.named_issuer = self.issuer
        self._serving = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def new_key(self) -> None:
        """Sign with another key from now on; the one before is taken out of use."""
        self._n_keys += 1
        made = RSAKey.generate_key(2048, {"kid": f"key-{self._n_keys}", "use": "sig"})
        self.keys, self.signing = [made], made

    def enter(self, address: str) -> dict[str, str]:
        """What a browser that was sent to `address` comes back with, once the user has signed in there."""
        asked = {name: value for name, (value,) in parse_qs(urlsplit(address).query).items()}
        assert address.startswith(f"{self.issuer}/authorize?")
        assert (asked["client_id"], asked["redirect_uri"], asked["code_challenge_method"]) == (
            CLIENT_ID,
            self.redirect_url,
            "S256",
        )
        code = f"code-{len(self._turns)}"
        self._turns[code] = {**asked, "user": dict(self.user)}
        return {"code": code, "state": asked["state"]}

    def _get(self, handler: BaseHTTPRequestHandler) -> None:
        where = urlsplit(handler.path)
        match where.path.removeprefix("/realms/120"):
            case "/.well-known/openid-configuration":
                names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
                _say(
                    handler,
                    {"issuer": self.named_issuer, **{name: f"{self.issuer}/{at}" for name, at in names.items()}},
                )
            case "/keys":
                _say(handler, dict(KeySet(list(self.keys)).as_dict(private=False)))
            case "/authorize":  # a user who is signed in there already
                back = self.enter(f"{self.issuer}/authorize?{where.query}")
                handler.send_response(302)
                handler.send_header("Location", f"{parse_qs(where.query)['redirect_uri'][0]}?{urlencode(back)}")
                handler.end_headers()
            case _:
                _say(handler, {"error": "not_found"}, 404)

    def _token(self, handler: BaseHTTPRequestHandler, form: dict[str, str]) -> None:
        """A code is good once, for whoever knows the client's secret and what the challenge was made of."""
        pair = base64.b64encode(f"{CLIENT_ID}:{quote_plus(CLIENT_SECRET)}".encode()).decode()
        turn = self._turns.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        is_ours = turn is not None and base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == turn["code_challenge"]
        if turn is None or not is_ours or handler.headers["Authorization"] != f"Basic {pair}":
            _say(handler, {"error": "invalid_grant"}, 400)
            return
        at = int(self.now.timestamp())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": at,
            "exp": at + 300,
            "nonce": turn["nonce"],
            **turn["user"],
        }
        self.spoil(claims)
        header = {"alg": self.algorithm, "kid": self.signing.kid}
        signed = jwt.encode(header, claims, self.signing, algorithms=[self.algorithm])
        _say(handler, {"access_token": "unused", "token_type": "Bearer", "id_token": signed})

    def stop(self) -> None:
        """Gone: nobody listens there any more."""
        if self._serving.is_alive():
            self._server.shutdown()
            self._serving.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        self._serving.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _say(handler: BaseHTTPRequestHandler, value: dict[str, Any], status: int = 200) -> None:
    body = json.dumps(value).encode()
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
