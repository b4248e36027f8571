"""Arbitrary bytes wherever a stranger can put them: never a 500, never a session.

The examples are the same in every run (`derandomize`), so that a run is worth the same anywhere;
`PORTAL_EXAMPLES=1000` tries other ones, and more.
"""

import json
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from portal.people.models import Role
from tests.security.attacks.keys import token
from tests.security.attacks.target import Target
from tests.security.attacks.ways import CENTRAL, FRESHWORKS, WAYS, Way

pytestmark = pytest.mark.security

EXAMPLES = int(os.environ.get("PORTAL_EXAMPLES", "0"))
#: What a public address may answer, and as what.
STATUSES = {200, 302, 303, 400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429}
TYPES = {"text/html", "application/json", "text/css", "image/svg+xml", "image/png"}
ENDPOINTS = [way.path for way in WAYS.values()]
PAGES = [
    "/", "/login", "/login/local", "/login/start", "/login/switch", "/login/continue", "/logout",
    "/signed-out", "/tickets",
    "/branding/brand.css", "/branding/logo", "/invitation/x", "/api/auth/redirect",
    "/api/auth/logout", "/api/v2/tickets", "/profile/theme",
]  # fmt: skip
HEADERS = [
    "Accept", "Accept-Language", "Authorization", "Content-Type", "Cookie", "Forwarded",
    "Idempotency-Key", "If-Modified-Since",
    "If-None-Match", "Origin", "Purpose", "Range", "Referer", "Sec-Fetch-Dest", "Sec-Fetch-Mode",
    "Sec-Fetch-Site", "Sec-Purpose",
    "User-Agent", "X-API-Key", "X-API-Secret", "X-CSRF-Token", "X-Forwarded-For",
    "X-Forwarded-Host", "X-Forwarded-Proto", "X-Vhm-Root",
]  # fmt: skip
NAMES = ["token", "jwt", "id_token", "ssoToken", "state", "account_id", "auth_url", "companyID",
    "redirect", "return_to", "next",
         "redirect_url", "reference", "tenant", "email", "password", "csrf_token", "x"]  # fmt: skip

junk = st.one_of(
    st.binary(max_size=80),
    st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from([b"a.b.c", b"\0", b"\xff", b"%", b"..", b"//", b"{}", b"[]", b"null",
        b"e30.e30.", b"a" * 9000]),
)  # fmt: skip
tokens = st.one_of(
    junk,
    st.lists(st.binary(max_size=40), min_size=2, max_size=5).map(b".".join),
    st.lists(st.from_regex(r"[A-Za-z0-9_-]{0,60}", fullmatch=True), min_size=3, max_size=3).map(
        lambda parts: ".".join(parts).encode()
    ),
)
methods = st.sampled_from(["GET", "GET", "POST", "HEAD"])


def effort(examples: int) -> settings:
    """The same examples every time, unless more are asked for."""
    slow = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    return settings(
        max_examples=EXAMPLES or examples, derandomize=not EXAMPLES, deadline=None,
        suppress_health_check=slow, database=None,
    )  # fmt: skip


def quoted(raw: bytes) -> str:
    """Every byte percent-encoded."""
    return "".join(f"%{byte:02x}" for byte in raw)


def wsgi(raw: bytes) -> str:
    """A header as a server passes it on: no line ends, bytes read as Latin-1 (PEP 3333)."""
    return raw.translate(None, b"\r\n\0").decode("latin-1")


def ask(target: Target, method: str, path: str, *, query: str = "", body: bytes = b"",
        headers: dict[str, str] | None = None,
        kind: str = "application/x-www-form-urlencoded") -> Any:  # fmt: skip
    """One request from an address of its own; the answer is held to what is declared."""
    address = target.browser().extra_environ["REMOTE_ADDR"]
    environ = {"HTTP_HOST": "localhost", "HTTP_ACCEPT": "text/html", "REMOTE_ADDR": address}
    environ |= {
        f"HTTP_{n.upper().replace('-', '_')}": value for n, value in (headers or {}).items()
    }
    if method == "POST":
        environ["CONTENT_TYPE"] = environ.pop("HTTP_CONTENT_TYPE", kind)
    response = target.visit(
        path + (f"?{query}" if query else ""), environ, method=method, body=body
    )
    assert response.status_int in STATUSES, (response.status, response.text[:300])
    assert response.headers["X-Request-Reference"]
    if response.body:
        assert response.content_type in TYPES, response.content_type
        if response.content_type == "application/json":
            json.loads(response.body)
    return response


def sessions(target: Target) -> int:
    """How many sessions and used tokens there are."""
    return sum(target.kept()[:2])


@given(path=st.sampled_from(ENDPOINTS), method=methods, raw=tokens)
@effort(70)
def test_bytes_as_a_token(target: Target, path: str, method: str, raw: bytes) -> None:
    before = sessions(target)
    way = next(way for way in WAYS.values() if way.path == path)
    pair = f"{way.parameter}={quoted(raw)}"
    if method == "POST":
        ask(target, method, path, body=pair.encode())
    else:
        ask(target, method, path, query=pair)
    assert sessions(target) == before


@given(
    path=st.sampled_from(ENDPOINTS + PAGES),
    method=methods,
    pairs=st.lists(st.tuples(st.sampled_from(NAMES).map(str.encode) | junk, junk), max_size=4),
    encoded=st.booleans(),
)
@effort(100)
def test_bytes_as_parameters(
    target: Target, path: str, method: str, pairs: list[tuple[bytes, bytes]], encoded: bool
) -> None:
    before = sessions(target)
    if encoded:
        text = "&".join(f"{quoted(name)}={quoted(value)}" for name, value in pairs)
    else:
        text = "&".join(f"{wsgi(name)}={wsgi(value)}" for name, value in pairs).replace("#", "")
    if method == "POST":
        ask(target, method, path, body=text.encode("latin-1"))
    else:
        ask(target, method, path, query=quoted_enough(text))
    assert sessions(target) == before


def quoted_enough(text: str) -> str:
    """What a request line can hold: no white space and no control characters."""
    return "".join(c if "!" <= c <= "~" else quoted(c.encode("latin-1")) for c in text)


@given(segments=st.lists(st.sampled_from(["login", "api", "auth", "v2", "jwt", "sp", "OIDC", "-",
    "static", "branding"]).map(str.encode) | junk,
                         min_size=1, max_size=4), method=methods)  # fmt: skip
@effort(60)
def test_bytes_as_a_path(target: Target, segments: list[bytes], method: str) -> None:
    before = sessions(target)
    ask(target, method, "/" + "/".join(quoted(segment) for segment in segments))
    assert sessions(target) == before


@given(
    path=st.sampled_from(ENDPOINTS + PAGES), method=methods,
    headers=st.dictionaries(st.sampled_from(HEADERS), junk, min_size=1, max_size=3),
    query=st.sampled_from(["", "token=a.b.c", "x=1"]),
)  # fmt: skip
@effort(100)
def test_bytes_as_headers(
    target: Target, path: str, method: str, headers: dict[str, bytes], query: str
) -> None:
    before = sessions(target)
    given_headers = {name: wsgi(value) for name, value in headers.items()}
    ask(target, method, path, query=query, body=b"token=a.b.c", headers=given_headers)
    assert sessions(target) == before


@given(name=junk, value=junk, ours=st.sampled_from(["", "-held", "-theme"]), method=methods)
@effort(40)
def test_bytes_as_cookies(
    target: Target, name: bytes, value: bytes, ours: str, method: str
) -> None:
    before = sessions(target)
    cookie = f"portal-{target.slug}{ours}={wsgi(value)}; {wsgi(name)}={wsgi(value)}"
    for path in ("/tickets", "/login/switch", "/login/continue", "/auth/callback"):
        ask(target, method, path, headers={"Cookie": cookie})
    assert sessions(target) == before


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner,
        max_size=3),
    max_leaves=8,
)  # fmt: skip
API = ["/api/auth/redirect", "/api/auth/logout", "/api/v2/tickets"]


@given(path=st.sampled_from(API + ENDPOINTS),
    body=junk | values.map(lambda v: json.dumps(v).encode()),
       kind=st.sampled_from(["application/json", "application/json; charset=utf-16", "text/plain",
           "multipart/form-data; boundary=x"]))  # fmt: skip
@effort(60)
def test_bytes_as_a_body(target: Target, path: str, body: bytes, kind: str) -> None:
    before = sessions(target)
    ask(target, "POST", path, body=body, kind=kind)
    assert sessions(target) == before


@st.composite
def mutations(draw: st.DrawFn) -> Any:
    """An edit of a text: one to three changes of single characters, or of a whole part."""
    edits = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["flip", "insert", "delete", "cut", "double", "swap", "drop",
                    "case"]),
                st.floats(0, 1, exclude_max=True),
                st.sampled_from("ABCxyz019-_=.+/ \t\u00e9\u0661"),
            ),
            min_size=1, max_size=3,
        )
    )  # fmt: skip

    def mutate(text: str) -> str:
        for kind, where, character in edits:
            at, parts = int(where * len(text)), text.split(".")
            part = int(where * len(parts))
            if kind == "flip":
                text = text[:at] + character + text[at + 1 :]
            elif kind == "insert":
                text = text[:at] + character + text[at:]
            elif kind == "delete":
                text = text[:at] + text[at + 1 :]
            elif kind == "cut":
                text = text[:at]
            elif kind == "case":
                text = text[:at] + text[at : at + 1].swapcase() + text[at + 1 :]
            elif kind == "double":
                text = ".".join([*parts[:part], parts[part], *parts[part:]])
            elif kind == "swap":
                text = ".".join([parts[part], *parts[:part], *parts[part + 1 :]])
            else:
                text = ".".join([*parts[:part], *parts[part + 1 :]])
        return text

    return mutate


@pytest.mark.parametrize("way", [CENTRAL, FRESHWORKS], ids=lambda way: way.dialect)
@given(mutate=mutations())
@effort(70)
def test_a_good_token_with_anything_changed_opens_nothing(
    target: Target, way: Way, mutate: Any
) -> None:
    raw = target.token(way)
    changed = mutate(raw)
    assume(changed.strip(" \t\r\n") != raw)
    before, browser = target.kept(), target.browser()
    response = target.send(way, changed, browser)
    assert response.status_int in (400, 401, 403, 413)
    assert target.kept() == before
    assert target.site.signed_in(browser) is None


CLAIMS = ["email", "name", "iat", "exp", "nbf", "jti", "aud", "iss", "role", "external_user_id",
    "external_id", "sub", "id", "nonce", "tenant",
          "companyId", "projectId", "redirect_url", "tags", "user_fields", "organization", "locale",
          "phone", "email_verified"]  # fmt: skip


@given(
    way=st.sampled_from(list(WAYS.values())),
    claims=st.dictionaries(st.sampled_from(CLAIMS), values, min_size=1, max_size=4),
)
@effort(120)
def test_any_claims_under_the_right_signature(
    target: Target, way: Way, claims: dict[str, Any]
) -> None:
    """Whatever the company's own site signs: refused or signed in, never an admin, never a 500."""
    browser = target.browser()
    raw = token(target.header(way), target.claims(way) | claims, target.signer(way))
    response = target.send(way, raw, browser)
    assert response.status_int in {303, 400, 401, 403, 404, 413}
    signed_in = target.site.signed_in(browser)
    assert (response.status_int == 303) == (signed_in is not None)
    user = target.site.user(signed_in) if signed_in else None
    assert user is None or user.role != Role.ADMIN


@given(payload=values | junk)
@effort(40)
def test_any_payload_under_the_right_signature(target: Target, payload: Any) -> None:
    before = target.kept()
    text = payload if isinstance(payload, bytes) else json.dumps(payload)
    raw = token(target.header(CENTRAL), text, target.signer(CENTRAL))
    response = target.send(CENTRAL, raw, target.browser())
    assert response.status_int in {400, 401, 403, 404, 413}
    assert target.kept() == before


@given(header=values | junk)
@effort(40)
def test_any_header_under_the_right_signature(target: Target, header: Any) -> None:
    """Only one that says HS256 and nothing that changes its meaning is a header."""
    text = header if isinstance(header, bytes) else json.dumps(header)
    raw = token(text, target.claims(CENTRAL), target.signer(CENTRAL))
    response = target.send(CENTRAL, raw, target.browser())
    assert response.status_int in {400, 401, 403, 413}
