"""Header injection: no parameter, claim or file name ends a header line and begins another."""

from collections.abc import Callable
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from webtest import TestApp

from portal.attachments.service import AttachmentService
from portal.tickets.service import Draft, TicketService
from tests.security.attacks.target import Target
from tests.security.attacks.ways import CANNY, CENTRAL, WAYS, ZENDESK
from tests.security.stage import Upload

pytestmark = pytest.mark.security

MARK = "Injected"
#: What ends a line here or there, in front of a header of the attacker's.
BREAKS = (
    "\r\n", "\n", "\r", "\0", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\r\n\r\n", "\n\n",
    "\r\n\t", "\n ",
    "%0d%0a", "%0a", "%0d", "%00", "%250d%250a", "\\r\\n", "\\n", "&#13;&#10;", "\u560d\u560a",
    "%E5%98%8D%E5%98%8A",
    "%c4%8d%c4%8a", "\u010d\u010a", "%u000d%u000a", '"', '";', "; ", ",", "=",
)  # fmt: skip


def evil(line_break: str) -> str:
    """A value with a header of the attacker's behind the break."""
    return f"x{line_break}Set-Cookie: {MARK}=1{line_break}Location: https://evil.test/{line_break}"


class Entrance(NamedTuple):
    """Where a value comes in that could end in a header."""

    name: str
    send: Callable[[Target, TestApp, str], Any]


def get(target: Target, browser: TestApp, path: str, **headers: str) -> Any:
    """A GET of a path that is encoded already."""
    browser.lint = False
    return browser.get(target.world.url(path), headers=headers, expect_errors=True)


def q(value: str) -> str:
    """Percent-encoded."""
    return quote(value, safe="", errors="surrogatepass")


ENTRANCES = (
    Entrance("the sign-in page's next", lambda t, b, v: get(t, b, f"/login?next={q('/' + v)}")),
    Entrance("its reference", lambda t, b, v: get(t, b, f"/login?reference={q(v)}")),
    Entrance("the start's next", lambda t, b, v: get(t, b, f"/login/start?next={q('/' + v)}")),
    Entrance("a page's path, sent to sign in", lambda t, b, v: get(t, b, f"/tickets/{q(v)}")),
    Entrance("a page's query, sent to sign in", lambda t, b, v: get(t, b, f"/tickets?x={q(v)}")),
    Entrance("the way out", lambda t, b, v: get(t, b, f"/logout?next={q(v)}")),
    Entrance("the vendor's path", lambda t, b,
        v: get(t, b, f"/sp/OIDC/{q(v)}/implicit?id_token=a.b.c")),
    Entrance("a probe's parameter",
             lambda t, b,
             v: get(t, b, f"/auth/callback?token={t.token(CENTRAL)}&x={q(v)}",
                 Accept="application/json")),
    Entrance("a claim",
             lambda t, b, v: t.send(CENTRAL, t.token(CENTRAL, redirect_url="/tickets?" + v), b)),
    Entrance("a claim's path", lambda t, b,
        v: t.send(CENTRAL, t.token(CENTRAL, redirect_url="/" + v), b)),
    Entrance("return_to", lambda t, b,
        v: t.send(ZENDESK, t.token(ZENDESK), b, beside={"return_to": "/" + v})),
    Entrance("redirect", lambda t, b,
        v: t.send(CANNY, t.token(CANNY), b, beside={"redirect": "/?" + v})),
    Entrance("a kid", lambda t, b, v: t.send(CENTRAL, t.token(CENTRAL, name=v), b)),
    Entrance("the picture's version", lambda t, b, v: get(t, b, f"/branding/logo?v={q(v)}")),
    Entrance("the language", lambda t, b, v: get(t, b, "/login", **{"Accept-Language": plain(v)})),
    Entrance("the origin", lambda t, b, v: b.post(
        t.world.url("/api/auth/redirect"), "{}", content_type="application/json",
        headers={"Origin": plain("https://" + v)}, expect_errors=True)),
    Entrance("an Idempotency-Key", lambda t, b, v: b.post(
        t.world.url("/api/v2/tickets"), "{}", content_type="application/json",
        headers={"Idempotency-Key": plain(v)}, expect_errors=True)),
    Entrance("the host", lambda t, b, v: get(t, b, "/tickets", Host=plain("localhost" + v))),
    Entrance("the address of a refused visitor", lambda t, b, v: t.send(
        WAYS["proprofs"], t.token(WAYS["proprofs"]), b, beside={"auth_url": "https://" + v})),
)  # fmt: skip


def plain(value: str) -> str:
    """As a server can pass it on: it refuses line ends in headers itself."""
    return value.translate({13: None, 10: None, 0: None}).encode("utf-8").decode("latin-1")


@pytest.mark.parametrize("entrance", ENTRANCES, ids=[row.name for row in ENTRANCES])
def test_nothing_is_injected(target: Target, entrance: Entrance) -> None:
    # The plain ones everywhere, each of the others at every third entrance.
    third = ENTRANCES.index(entrance) % 3
    for line_break in (*BREAKS[:4], *BREAKS[4 + third :: 3]):
        response = entrance.send(target, target.browser(), evil(line_break))
        assert response.status_int < 500, repr(line_break)
        assert_plain(response)


def assert_plain(response: Any) -> None:
    """No header holds an end of a line, and none is the attacker's."""
    for name, value in response.headers.items():
        assert not set(value) & set("\r\n\0\x0b\x0c"), name
        assert name.lower() != MARK.lower()
    assert not any(MARK in value for value in response.headers.getall("Set-Cookie"))
    location = response.headers.get("Location", "http://localhost/")
    assert location.startswith(("http://localhost/", "https://www.acme.test/ticket-sso?", "/"))


@pytest.mark.parametrize("line_break", BREAKS, ids=ascii)
def test_a_file_name(target: Target, app: Any, line_break: str) -> None:
    """It stands in Content-Disposition, in quotes and in percent-encoding (RFC 6266)."""
    world, store = target.world, app.registry["attachments.store"]
    ticket = world.ticket()
    with world.factory.session(target.site.tenant.id) as db:
        ben = world.factory.identity(world.seed, "ben")
        files = AttachmentService(db, world.seed.tenant, ben, store)
        upload = Upload(f"{evil(line_break)}.txt", BytesIO(b"text"))
        file = files.store(upload)
        service = TicketService(db, world.seed.tenant, ben)
        service.reply(service.get(ticket.number), Draft("x", attachment_ids=[file.id]), seen=2**62)
        path = f"/tickets/{ticket.number}/attachments/{file.id}"
    answer = world.browser("ben").get(world.url(path), expect_errors=True)
    assert answer.status_int in (200, 303)
    assert_plain(answer)
    disposition = answer.headers.get("Content-Disposition", "attachment")
    assert disposition.isascii()
    assert disposition.count('"') in (0, 2), "the name does not leave its quotes"
