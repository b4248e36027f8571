"""The form of a token: what is no strict JWS, and keys that a token brings along."""

import base64
import socket
import zlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from tests.security.attacks.keys import RsaKey, hmac_with, part, rsa_with, token
from tests.security.attacks.target import Target
from tests.security.attacks.ways import CENTRAL, FRESHWORKS, WAYS, ZENDESK, Way
from tests.unit.signin.tokens import SECRET, b64

pytestmark = pytest.mark.security

MALFORMED, TOO_LARGE, MISSING = "token_malformed", "token_too_large", "token_missing"
INVALID, GOOD = "token_signature_invalid", "signed_in"


class Shape(NamedTuple):
    """What becomes of a good token's three parts (header, payload, signature)."""

    name: str
    make: Callable[[str, str, str], str | bytes]
    code: str = MALFORMED


def whole(edit: Callable[[str], str | bytes]) -> Callable[[str, str, str], str | bytes]:
    """An edit of the token's text."""
    return lambda h, p, s: edit(f"{h}.{p}.{s}")


def around(before: str, behind: str) -> Callable[[str, str, str], str | bytes]:
    """Something before it and behind it."""
    return whole(lambda text: f"{before}{text}{behind}")


def headed(header: str | bytes) -> Callable[[str, str, str], str]:
    """Another header, in place of the good one; the signature does not count any more."""
    return lambda _h, p, s: f"{b64(header.encode() if isinstance(header, str) else header)}.{p}.{s}"


ALG = b'{"alg":"HS256"'
SHAPES = (
    # Parts: a JWE has five, a detached signature lacks the middle.
    Shape("one part", lambda h, p, s: h),
    Shape("two parts", lambda h, p, s: f"{h}.{p}"),
    Shape("four parts", lambda h, p, s: f"{h}.{p}.{s}.{s}"),
    Shape("five parts: a JWE", lambda h, p, s: f"{h}.{s}.{s}.{p}.{s}"),
    Shape("a JWE's header, five parts", lambda h, p,
        s: f'{part({"alg": "dir", "enc": "A256GCM"})}..{s}.{p}.{s}'),
    Shape("two tokens in one", lambda h, p, s: f"{h}.{p}.{s}.{h}.{p}.{s}"),
    Shape("two tokens and a comma", whole(lambda t: f"{t},{t}")),
    Shape("a leading dot", whole(lambda t: f".{t}")),
    Shape("a trailing dot", whole(lambda t: f"{t}.")),
    Shape("dots alone", lambda h, p, s: ".."),
    Shape("a dot", lambda h, p, s: "."),
    Shape("no header", lambda h, p, s: f".{p}.{s}"),
    Shape("no payload: detached", lambda h, p, s: f"{h}..{s}"),
    Shape("parts in another order", lambda h, p, s: f"{p}.{h}.{s}", "token_alg_not_allowed"),
    Shape("the JSON serialisation", lambda h, p,
        s: f'{{"protected":"{h}","payload":"{p}","signature":"{s}"}}'),
    Shape("the word Bearer", whole(lambda t: f"Bearer {t}")),
    Shape("BEARER", whole(lambda t: f"BEARER {t}")),
    Shape("quotes around it", whole(lambda t: f'"{t}"')),
    Shape("the whole in base64", whole(lambda t: b64(t.encode()))),
    Shape("a token inside a token", lambda h, p, s: f'{h}.{b64(f"{h}.{p}.{s}".encode())}.{s}'),
    Shape("a URL", whole(lambda t: f"https://evil.test/?token={t}")),
    # Base64url, read strictly.
    *(Shape(f"{suffix!r} behind the signature", around("", suffix))
      for suffix in ("=", "==", "%3D", "+", "/", "!", "\\", "~", "\u00a0", "\u200b", "\ufeff",
          "\u0661", "\x7f", "\x01")),
    Shape("= behind the payload", lambda h, p, s: f"{h}.{p}=.{s}"),
    Shape("= behind the header", lambda h, p, s: f"{h}=.{p}.{s}"),
    Shape("the standard alphabet", lambda h, p, s: f"{h}.{p}.{s[:-2]}+/"),
    Shape("a space inside", lambda h, p, s: f"{h}.{p}. {s}"),
    Shape("a line break inside", lambda h, p, s: f"{h}.{p[:10]}\n{p[10:]}.{s}"),
    Shape("a tab inside", lambda h, p, s: f"{h}\t.{p}.{s}"),
    Shape("spare bits set", lambda h, p, s: f"{h}.{p}.{s[:-1]}{chr(ord(s[-1]) + 1)}"),
    Shape("a length that cannot be", lambda h, p, s: f"{h}.{p}.{s}" + "A" * ((1 - len(s)) % 4)),
    Shape("a full-width dot", lambda h, p, s: f"{h}\uff0e{p}\uff0e{s}"),
    Shape("a full-width letter", lambda h, p, s: f"\uff45{h[1:]}.{p}.{s}"),
    Shape("dots encoded twice", whole(lambda t: t.replace(".", "%2e"))),
    # Space around it is the mail program's doing, and no harm.
    *(Shape(f"{space!r} around it", around(space, space), GOOD) for space in (" ",
        "\n", "\r\n", "\t")),
    *(Shape(f"{space!r} around it", around(space, space)) for space in ("\v",
        "\f", "\u2003", "\u2028")),
    Shape("nothing", lambda h, p, s: "", MISSING),
    Shape("white space", lambda h, p, s: " \t\r\n ", MISSING),
    # Size.
    Shape("8193 bytes", lambda h, p, s: "a" * 8193, TOO_LARGE),
    Shape("30 000 bytes", lambda h, p, s: "a." * 15_000, TOO_LARGE),
    Shape("8192 dots", lambda h, p, s: "." * 8192),
    Shape("8192 letters", lambda h, p, s: "a" * 8192),
    Shape("4000 characters of three bytes", lambda h, p, s: "\u20ac" * 4000, TOO_LARGE),
    # Headers.
    *(Shape(f"header {str(header)[:40]}", headed(header)) for header in (
        "", " ", "null", "1", "true", '"x"', "[]", '[{"alg":"HS256"}]', "{", "}", '{"alg":}',
        "{'alg':'HS256'}", "{alg:1}",
        ALG, ALG + b",}", ALG + b"}}", ALG + b"}{}", ALG + b"}\0", b"\xef\xbb\xbf" + ALG + b"}",
        b"\xff\xfe{}",
        ALG + b',"alg":"none"}', b'{"alg":"none","alg":"HS256"}', ALG + b',"\\u0061lg":"none"}',
        ALG + b',"kid":"a","kid":"b"}',
        ALG + b',"x":NaN}', ALG + b',"x":Infinity}', ALG + b',"x":-Infinity}',
        ALG + b',"x":"\\ud800"}', ALG + b',"\\udc00":1}',
        ALG + b',"x":"\xff"}', ALG + b',"x":"\n"}', ALG + b',"x":01}',
        ALG + b',"x":' + b"9" * 5000 + b"}",
        ALG + b',"x":' + b"[" * 2500 + b"]" * 2500 + b"}",
        ALG + b',"x":' + b'{"a":' * 600 + b"1" + b"}" * 600 + b"}",
        ALG + b"} // comment", ALG + b"/**/}", b"alg=HS256", b"<alg>HS256</alg>", b"\x00\x01\x02",
        zlib.compress(ALG + b"}"), base64.b64encode(ALG + b"}"))),
)  # fmt: skip


#: All by the secret, and every third by RSA: what takes a token apart is the same.
CASES = [*((row, CENTRAL) for row in SHAPES), *((row, FRESHWORKS) for row in SHAPES[::3])]


@pytest.mark.parametrize(
    ("shape", "way"), CASES, ids=[f"{way.dialect}-{row.name!r:.60}" for row, way in CASES]
)
def test_shape(target: Target, shape: Shape, way: Way) -> None:
    raw = shape.make(*target.token(way).split("."))
    if shape.code == GOOD:
        target.is_harmless(way, raw)
    else:
        target.withstands(way, raw, shape.code)


#: Bytes that are no text, which are refused before anybody asks what they are for.
JUNK = (
    Shape("\\xff", whole(lambda t: t.encode() + b"\xff")),
    Shape("half a character", whole(lambda t: b"\xc3" + t.encode())),
    Shape("a surrogate", whole(lambda t: t.encode() + b"\xed\xa0\x80")),
    Shape("an overlong dot", lambda h, p, s: f"{h}\xc0\xae{p}".encode("latin-1")),
    Shape("NUL behind it", whole(lambda t: t + "\0")),
    Shape("NUL before it", whole(lambda t: "\0" + t)),
    Shape("UTF-16", whole(lambda t: t.encode("utf-16"))),
)


@pytest.mark.parametrize("way", [CENTRAL, FRESHWORKS, ZENDESK], ids=lambda way: way.dialect)
@pytest.mark.parametrize("junk", JUNK, ids=[row.name for row in JUNK])
def test_bytes_that_are_no_text(target: Target, junk: Shape, way: Way) -> None:
    raw = junk.make(*target.token(way).split("."))
    browser, before = target.browser(), target.kept()
    assert target.send(way, raw, browser).status_int == 400
    assert target.kept() == before
    target.is_well(way, browser)


@pytest.mark.parametrize("way", WAYS.values(), ids=lambda way: way.dialect)
@pytest.mark.parametrize("piece", [0, 1, 2], ids=["header", "payload", "signature"])
def test_parts_of_two_tokens(target: Target, way: Way, piece: int) -> None:
    """A good token with one part of another good one."""
    first, second = (target.token(way, name=name).split(".") for name in ("Cleo", "Somebody"))
    first[piece] = second[piece] if piece else part({"typ": "JWT", "alg": way.algorithm})
    target.withstands(way, ".".join(first), INVALID)


class Trap:
    """A server that nobody may call: where a token says that its key is."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/key.json"

    def was_called(self) -> bool:
        """Whether anybody connected."""
        try:
            self.socket.accept()[0].close()
        except BlockingIOError:
            return False
        return True


@pytest.fixture(scope="module")
def trap() -> Iterator[Trap]:
    made = Trap()
    yield made
    made.socket.close()


class Brought(NamedTuple):
    """A key in the header, of the attacker's: with it the token is signed."""

    name: str
    header: Callable[[RsaKey, str], dict[str, Any]]


def oct_key(_key: RsaKey, _url: str) -> dict[str, Any]:
    return {"jwk": {"kty": "oct", "k": b64(b"attacker's key, attacker's key!!"), "alg": "HS256"}}


BROUGHT = (
    Brought("jwk", lambda key, _url: {"jwk": key.jwk}),
    Brought("jwk of a secret", oct_key),
    Brought("jwk, and its kid ours", lambda key, _url: {"jwk": key.jwk, "kid": "rsa-a"}),
    Brought("jku", lambda _key, url: {"jku": url}),
    Brought("jku with our host's name in it", lambda _key,
        url: {"jku": f"{url}?http://localhost/"}),
    Brought("jku to a file", lambda _key, _url: {"jku": "file:///etc/passwd"}),
    Brought("jku a list", lambda _key, url: {"jku": [url]}),
    Brought("x5u", lambda _key, url: {"x5u": url}),
    Brought("x5c", lambda key, _url: {"x5c": key.x5c}),
    Brought("x5c broken", lambda _key, _url: {"x5c": ["!", 7, None, {}]}),
    Brought("x5t", lambda key, _url: {"x5t": b64(key.der[:20]), "x5t#S256": b64(key.der[:32])}),
    Brought("kid a URL", lambda _key, url: {"kid": url}),
    Brought("iss a URL", lambda _key, url: {"iss": url}),
    Brought("url, as in ACME", lambda _key, url: {"url": url, "nonce": "n"}),
    Brought("all at once", lambda key,
        url: {"jwk": key.jwk, "jku": url, "x5u": url, "x5c": key.x5c}),
)  # fmt: skip


@pytest.mark.parametrize("way", [CENTRAL, FRESHWORKS], ids=lambda way: way.dialect)
@pytest.mark.parametrize("brought", BROUGHT, ids=[row.name for row in BROUGHT])
def test_a_key_that_the_token_brings(
    target: Target, trap: Trap, brought: Brought, way: Way
) -> None:
    """It verifies nothing, and nobody fetches it; beside the right signature it is no harm."""
    members = brought.header(target.attackers, trap.url)
    signer = (
        hmac_with("attacker's key, attacker's key!!")
        if way.algorithm == "HS256"
        else rsa_with(target.attackers.private)
    )
    target.withstands(way, token(target.header(way) | members, target.claims(way), signer), INVALID)
    if way is CENTRAL:
        right = token(target.header(way) | members, target.claims(way), hmac_with(SECRET))
        target.is_harmless(way, right)
    assert not trap.was_called()


PARAMETERS = (
    ("the token twice", "token={t}&token={t}"),
    ("two tokens", "token={t}&token=x"),
    ("two names", "token={t}&jwt={t}"),
    ("three names", "id_token={t}&jwt={t}&ssoToken={t}"),
    ("a second, empty one", "token={t}&token="),
    ("a second one, its name encoded", "token={t}&%74oken={t}"),
    ("101 parameters", "token={t}" + "&x=1" * 100),
    ("a parameter that is no text", "token={t}&x=%ff"),
    ("a name that is no text", "token={t}&%ff=1"),
    ("a parameter with NUL", "token={t}&utm=%00"),
)


@pytest.mark.parametrize("method", ["GET", "POST", "both"])
@pytest.mark.parametrize(("name", "query"), PARAMETERS, ids=[row[0] for row in PARAMETERS])
def test_parameters(target: Target, name: str, query: str, method: str) -> None:
    """One token, once: in the address, in a form, or half here and half there."""
    browser, before = target.browser(), target.kept()
    filled = query.replace("{t}", target.token(CENTRAL))
    address, form = target.world.url(CENTRAL.path), ""
    if method == "GET":
        address = f"{address}?{filled}"
    elif method == "POST":
        form = filled
    else:
        first, _, form = filled.partition("&")
        address = f"{address}?{first}"
    options: dict[str, Any] = {"expect_errors": True}
    if form:
        kind = "application/x-www-form-urlencoded"
        response = browser.post(address, form, content_type=kind, **options)
    else:
        response = browser.get(address, **options)
    assert response.status_int == 400
    assert target.kept() == before
    assert target.site.signed_in(browser) is None
    target.is_well(CENTRAL, browser)


BODIES = (
    "application/json", "multipart/form-data; boundary=x", "text/plain", "application/xml",
    "application/jwt", "application/x-www-form-urlencoded2", "", "x", "*/*", "\xff",
)  # fmt: skip


@pytest.mark.parametrize("kind", BODIES)
def test_a_body_of_another_type(target: Target, kind: str) -> None:
    """A form is a form: a token in any other body is not looked for."""
    browser, before = target.browser(), target.kept()
    response = browser.post(
        target.world.url(CENTRAL.path), f"token={target.token(CENTRAL)}".encode(),
        extra_environ={"CONTENT_TYPE": kind}, expect_errors=True,
    )  # fmt: skip
    assert response.status_int == 400
    assert target.kept() == before
    target.is_well(CENTRAL, browser)


@pytest.mark.parametrize(
    "method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get"]
)
@pytest.mark.parametrize("way", WAYS.values(), ids=lambda way: way.dialect)
def test_another_method(target: Target, way: Way, method: str) -> None:
    browser, before = target.browser(), target.kept()
    browser.lint = False  # it complains of methods that it does not know
    response = target.send(way, target.token(way), browser, method=method)
    assert response.status_int in (400, 404, 405)
    assert target.kept() == before
    target.is_well(way, browser)
