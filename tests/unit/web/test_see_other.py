"""The one way to send a redirect, and what may be configured as its address."""

import re
from pathlib import Path

import pytest
import webob
from pyramid.testing import DummyRequest

import portal
from portal.web import redirects
from portal.web.redirects import Blocked, SafeURL, configured_url, safe_redirect, see_other

HOME = "https://portal.example/acme"


@pytest.mark.parametrize(
    "url",
    [
        "https://www.acme.test/ticket-sso",
        "https://www.acme.test/ticket-sso?a=1#b",
        "https://www.acme.test:8443",
        "http://localhost:8000/sso",
        "http://127.0.0.1/sso",
        "http://shop.localhost:8000/",
    ],
)
def test_a_configured_url_may_be_anywhere(url: str) -> None:
    assert configured_url(url) == url
    assert isinstance(configured_url(url), SafeURL)


@pytest.mark.parametrize(
    "url",
    [
        "", "/sso", "www.acme.test", "//www.acme.test", "javascript:alert(1)", "http://acme.test/",
        "https://user@acme.test/", "https://acme.test/ x", "https://acme.test\\x", "https://[::1]/",
        "http://localhost.evil.com/", "http://127.0.0.1.evil.com/", "ftp://localhost/", "https://",
        "https://acme.test/\r\nX: y", "https://münchen.test/",
    ],
)  # fmt: skip
def test_a_configured_url_must_be_plain(url: str) -> None:
    assert isinstance(configured_url(url), Blocked)


def test_a_redirect_has_an_empty_body_and_names_the_place() -> None:
    request = DummyRequest()
    status, headers, body = _sent(see_other(request, _safe("/tickets/42?token=abc")))
    assert status == "303 See Other"
    assert body == b""
    assert headers["Location"] == f"{HOME}/tickets/42?token=abc"
    assert headers["Content-Length"] == "0"
    assert headers["Cache-Control"] == "no-store"
    assert "Referrer-Policy" not in headers


def test_a_redirect_away_from_a_token_sends_no_referrer() -> None:
    _, headers, _ = _sent(see_other(DummyRequest(), _safe("/"), sensitive=True))
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


def test_cookies_set_before_go_along() -> None:
    request = DummyRequest()
    request.response.set_cookie("portal-acme", "x")
    _, headers, _ = _sent(see_other(request, _safe("/")))
    assert headers["Set-Cookie"].startswith("portal-acme=x")


def test_a_plain_string_is_no_safe_url() -> None:
    with pytest.raises(TypeError, match="SafeURL"):
        # What the type checker refuses is refused when it runs as well.
        see_other(DummyRequest(), "https://evil.com/")  # type: ignore[arg-type]  # the point


def test_nobody_else_makes_a_safe_url() -> None:
    """The type is worth only as much as this."""
    own = Path(redirects.__file__)
    for path in Path(portal.__file__).parent.rglob("*.py"):
        if path != own:
            source = path.read_text()
            assert "SafeURL(" not in source, f"{path} makes a SafeURL of its own"


def test_nobody_else_redirects() -> None:
    """``HTTPFound`` and its sisters write the address into their body."""
    own = Path(redirects.__file__)
    for path in Path(portal.__file__).parent.rglob("*.py"):
        if path != own:
            made = re.search(
                r"\bHTTP(Found|SeeOther|MovedPermanently|TemporaryRedirect)\(", path.read_text()
            )
            assert made is None, f"{path} makes a redirect of its own: {made}"


def _safe(path: str) -> SafeURL:
    url = safe_redirect(path, home=HOME)
    assert isinstance(url, SafeURL)
    return url


def _sent(response: object) -> tuple[str, dict[str, str], bytes]:
    """Status, headers and body as they go out."""
    sent = webob.Request.blank("/", headers={"Accept": "text/html"}).send(response)
    return sent.status, dict(sent.headers), sent.body
