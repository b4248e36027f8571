"""A small OpenID Connect provider on this machine, which lies when it is told to."""

import base64
import hmac
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT = "help-desk"
SECRET = "a-secret-of-the-provider:with/odd&signs"


class Provider:
    """Its behaviour is in its attributes; each starts out as it should be."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.keys = [new_key("first")]
        #: What it says of whoever comes; a claim that is `...` is left out.
        self.person: dict[str, Any] = {
            "sub": "248289761001",
            "email": "vera@vendor.test",
            "email_verified": True,
            "name": "Vera Vendor",
        }
        #: Changes of the discovery document, and of each ID token.
        self.metadata: dict[str, Any] = {}
        self.claims: dict[str, Any] = {}
        self.userinfo: dict[str, Any] = {}
        self.algorithm = "RS256"
        #: What signs instead of the first of its keys.
        self.signs_with: Any = None
        #: The status of all its answers; 200: none is out of order.
        self.status = 200
        #: Whether it hangs up on whoever calls, without a word.
        self.is_silent = False
        self.codes: dict[str, dict[str, str]] = {}
        #: The paths that were called.
        self.calls: list[str] = []

    def authorize(self, url: str, **changes: Any) -> str:
        """Where the visitor goes who was sent to `url`, and agreed there."""
        asked = dict(parse_qsl(urlsplit(url).query))
        assert url.startswith(f"{self.issuer}/authorize?")
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        answer = {"code": code, "state": asked["state"], "iss": self.issuer} | changes
        query = urlencode({name: value for name, value in answer.items() if value is not ...})
        return f"{asked['redirect_uri']}?{query}"

    def answer(self, method: str, path: str, headers: Any, body: bytes) -> tuple[int, Any]:
        """What it answers to the portal."""
        self.calls.append(path)
        if self.status != 200:
            return self.status, {"error": "server_error"}
        match method, path:
            case "GET", "/.well-known/openid-configuration":
                return 200, self._metadata()
            case "GET", "/jwks":
                return 200, KeySet(cast(Any, self.keys)).as_dict(private=False)
            case "POST", "/token":
                return self._token(headers, dict(parse_qsl(body.decode())))
            case "GET", "/userinfo":
                assert headers["Authorization"].startswith("Bearer at-")
                return 200, {"sub": self.person["sub"]} | self.userinfo
        return 404, {}

    def _metadata(self) -> dict[str, Any]:
        return without_gaps(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "authorization_response_iss_parameter_supported": True,
            }
            | self.metadata
        )

    def _token(self, headers: Any, form: dict[str, str]) -> tuple[int, Any]:
        scheme, _, pair = headers.get("Authorization", "").partition(" ")
        if scheme == "Basic":
            given = [unquote(part) for part in base64.b64decode(pair).decode().split(":")]
        else:
            given = [form.get("client_id", ""), form.get("client_secret", "")]
        if given != [CLIENT, SECRET]:
            return 401, {"error": "invalid_client"}
        asked = self.codes.pop(form["code"], None)
        if (
            asked is None
            or form["redirect_uri"] != asked["redirect_uri"]
            or create_s256_code_challenge(form["code_verifier"]) != asked["code_challenge"]
        ):
            return 400, {"error": "invalid_grant"}
        return 200, {
            "access_token": f"at-{secrets.token_hex(8)}",
            "token_type": "Bearer",
            "id_token": self.id_token(asked["nonce"]),
        }

    def id_token(self, nonce: str) -> str:
        """A token about its person."""
        now = int(time.time())
        claims = without_gaps(
            {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce}
            | self.person
            | self.claims
        )
        key = self.keys[0] if self.signs_with is None else self.signs_with
        header = {"alg": self.algorithm, "kid": self.keys[0].kid}
        if not isinstance(key, RSAKey):
            # What no library signs: with a public key as the secret, or not at all.
            signed = ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
            signature = hmac.digest(key, signed.encode(), "sha256") if key else b""
            return f"{signed}.{base64url(signature)}"
        return jwt.encode(header, claims, key, [self.algorithm])


def base64url(data: bytes) -> str:
    """RFC 7515, 2."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def without_gaps(values: dict[str, Any]) -> dict[str, Any]:
    """The values but those that are `...`."""
    return {name: value for name, value in values.items() if value is not ...}


@cache
def new_key(kid: str) -> RSAKey:
    """A key of its own, made once."""
    return RSAKey.generate_key(2048, parameters={"kid": kid})


@contextmanager
def running() -> Iterator[Provider]:
    """A provider that listens on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            status, value = provider.answer(self.command, self.path, self.headers, body)
            if provider.is_silent:
                self.close_connection = True
                return
            data = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_GET  # noqa: N815 - http.server's name for it

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            """Nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = Provider(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
