"""Bytes that are no text are 400; nothing at all is 500."""

from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from webtest import TestApp

from tests.security.stage import Stage

pytestmark = pytest.mark.security

SPITEFUL = [
    b"\xff",
    b"\xc3\x28",
    b"\x00",
    b"\xed\xa0\x80",
    b"%",
    b"%zz",
    b"..",
    b"//",
    b"\\",
    b";",
    b"'",
    b'"',
    b"\r\nX: y",
    b"{{7*7}}",
    b"\xe2\x80\xae",
    b"=",
    b"&",
    b"a" * 5_000,
    b"[" * 300,
    b"-1",
    b"99999999999999999999",
    b"1" * 5_000,
    b'"\\303\\050"',
    b"\xf0\x9f\x92\xa9",
]
JUNK = st.one_of(
    st.sampled_from(SPITEFUL),
    st.binary(max_size=60),
    st.text(max_size=30).map(lambda text: text.encode("utf-8", "surrogatepass")),
)
#: What pages read from the query; those that a page does not know do it no harm.
PARAMETERS = (
    "q after before state assignee view project priority next limit tab requester sort page open "
    "token redirect_url"
).split()
HEADERS = (
    "Accept Accept-Language Cookie If-None-Match If-Modified-Since Range Referer User-Agent "
    "X-CSRF-Token X-API-Key X-API-Secret Authorization Content-Type Content-Length "
    "X-Forwarded-For Origin Sec-Fetch-Site"
).split()
PATHS = ["", "tickets", "tickets/1", "tickets/new", "api/v2/tickets", "branding/brand.css", "login"]


def effort(examples: int) -> settings:
    """How hard to try; a request may take its time on a busy machine."""
    slow = [HealthCheck.too_slow]
    return settings(max_examples=examples, deadline=None, suppress_health_check=slow)


def quoted(junk: bytes) -> str:
    """Every byte percent-encoded."""
    return "".join(f"%{byte:02x}" for byte in junk)


def header(junk: bytes) -> str:
    """As a server passes it on: no line breaks, and bytes read as Latin-1 (PEP 3333)."""
    return junk.translate(None, b"\r\n\0").decode("latin-1")


def is_text(junk: bytes) -> bool:
    """Whether a database would keep it: UTF-8 without NUL."""
    try:
        return "\0" not in junk.decode("utf-8")
    except UnicodeDecodeError:
        return False


def get(stage: Stage, path: str, **headers: str) -> Any:
    """An admin's GET."""
    environ = {"HTTP_HOST": "localhost", "HTTP_ACCEPT": "text/html"}
    environ["HTTP_COOKIE"] = stage.headers["ada"]["Cookie"]
    environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    browser = TestApp(stage.app, lint=False)
    return browser.get(f"/{stage.seed.slug}/{path}", extra_environ=environ, expect_errors=True)


def post(stage: Stage, body: bytes, content_type: str, visitor: str = "cleo") -> Any:
    """A POST to the form for a new ticket."""
    environ = {
        "HTTP_HOST": "localhost",
        "HTTP_ACCEPT": "text/html",
        "HTTP_COOKIE": stage.headers[visitor].get("Cookie", ""),
        "CONTENT_TYPE": content_type,
    }
    browser, url = TestApp(stage.app, lint=False), f"/{stage.seed.slug}/tickets/new"
    return browser.post(url, body, extra_environ=environ, expect_errors=True)


@pytest.mark.parametrize("place", ["{}", "tickets/{}", "tickets/1/{}", "tickets/1/attachments/{}"])
@given(junk=JUNK)
@example(junk=b"\xff")
@example(junk=b"\x00")
@effort(40)
def test_in_the_path(stage: Stage, place: str, junk: bytes) -> None:
    answer = get(stage, place.format(quoted(junk)))
    assert answer.status_int < 500
    assert is_text(junk) or answer.status_int == 400


@given(path=st.sampled_from(PATHS), name=JUNK, value=JUNK)
@example(path="tickets", name=b"q", value=b"\xff")
@example(path="api/v2/tickets", name=b"\xff", value=b"")
@example(path="", name=b"page", value=b"\x00")
@effort(150)
def test_in_the_query(stage: Stage, path: str, name: bytes, value: bytes) -> None:
    answer = get(stage, f"{path}?{quoted(name)}={quoted(value)}")
    assert answer.status_int < 500
    assert (is_text(name) and is_text(value)) or answer.status_int == 400


@given(path=st.sampled_from(PATHS), name=st.sampled_from(PARAMETERS), value=JUNK)
@effort(250)
def test_in_parameters_that_pages_read(stage: Stage, path: str, name: str, value: bytes) -> None:
    answer = get(stage, f"{path}?{name}={quoted(value)}&{name}=1")
    assert answer.status_int < 500


@given(path=st.sampled_from(PATHS), name=st.sampled_from(HEADERS), junk=JUNK)
@effort(250)
def test_in_a_header(stage: Stage, path: str, name: str, junk: bytes) -> None:
    assert get(stage, path, **{name: header(junk)}).status_int < 500


@given(junk=JUNK, behind=JUNK)
@example(junk=b"\xff", behind=b"")
@example(junk=b"", behind=b"x=\xff")
@effort(60)
def test_in_our_cookie(stage: Stage, junk: bytes, behind: bytes) -> None:
    ours = f"portal-{stage.seed.slug}={header(junk.translate(None, b';'))}"
    answer = get(stage, "tickets", Cookie=f"{ours}; {header(behind)}")
    assert answer.status_int == 303


@given(junk=JUNK)
@example(junk=b"theme=\xff\xfe")
@effort(60)
def test_in_somebody_elses_cookie(stage: Stage, junk: bytes) -> None:
    """A neighbour's cookie on our domain signs nobody out."""
    ours = stage.headers["ada"]["Cookie"]
    for cookie in (f"x={header(junk)}; {ours}", f"{ours}; x={header(junk)}"):
        if stage.seed.slug not in header(junk):
            assert get(stage, "tickets", Cookie=cookie).status_int == 200


@given(name=JUNK, value=JUNK)
@example(name=b"body", value=b"\xff")
@example(name=b"body", value=b"\x00")
@example(name=b"csrf_token", value=b"\xff")
@effort(80)
def test_in_a_form(stage: Stage, name: bytes, value: bytes) -> None:
    body = f"{quoted(name)}={quoted(value)}".encode()
    assert post(stage, body, "application/x-www-form-urlencoded").status_int == 400


PART = b"--x\r\nContent-Disposition: form-data; name=%b\r\n\r\n%b\r\n--x--\r\n"


@given(body=st.binary(max_size=300))
@example(body=PART % (b'"files"; filename="\xff"', b"\xff"))
@example(body=PART % (b'"\xff"', b"x"))
@example(body=PART % (b'"body"', b"\xff\0"))
@example(body=b"--x\r\n")
@effort(20)
def test_in_a_form_with_files(stage: Stage, body: bytes) -> None:
    for boundary in ("; boundary=x", "", "; boundary="):
        content_type = f"multipart/form-data{boundary}"
        assert post(stage, body, content_type).status_int == 400
        assert post(stage, body, content_type, "ben").status_int == 400
        # Somebody whose session has ended is told so, or that the form cannot be read.
        assert post(stage, body, content_type, "nobody").status_int in (303, 400, 403)


@given(body=st.binary(max_size=100), content_type=JUNK)
@effort(60)
def test_in_a_body_of_any_type(stage: Stage, body: bytes, content_type: bytes) -> None:
    assert 400 <= post(stage, body, header(content_type)).status_int < 500
