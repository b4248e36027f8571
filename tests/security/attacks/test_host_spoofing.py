"""Host spoofing: links and redirects stand on configured origins, whatever a request says."""

import re
from typing import Any, NamedTuple

import pytest
from pyramid.request import Request
from pyramid.router import Router

from tests.security.attacks.target import Target
from tests.security.attacks.ways import CENTRAL, WAYS, Way

pytestmark = pytest.mark.security

EVIL = "evil.test"


class Spoof(NamedTuple):
    """Headers that say where the request came to, and lie."""

    name: str
    headers: dict[str, str]


SPOOFS = (
    *(Spoof(f"Host: {host!r}", {"Host": host}) for host in (
        EVIL, f"{EVIL}:80", f"{EVIL}.", f"localhost.{EVIL}", f"{EVIL}#localhost",
        f"localhost@{EVIL}", f"localhost:x@{EVIL}",
        f"localhost, {EVIL}", f"localhost/{EVIL}", f"localhost:80/{EVIL}", f"localhost?{EVIL}",
        f"localhost\t{EVIL}", f"localhost {EVIL}",
        f"localhost:{EVIL}", f"localhost;{EVIL}", f"localhost\\{EVIL}", f"[{EVIL}]",
        f"http://{EVIL}/", f"//{EVIL}", f"{EVIL}%00",
        f'"><a href="//{EVIL}">', f"localhost\xff.{EVIL}", "", " ", ":", "[::1",
            "a" * 3000 + EVIL)),
    *(Spoof(f"{name}: {value}", {name: value}) for name, value in (
        ("X-Forwarded-Host", EVIL), ("X-Forwarded-Host", f"localhost, {EVIL}"),
        ("X-Forwarded-Server", EVIL), ("X-Host", EVIL),
        ("X-Original-Host", EVIL), ("X-HTTP-Host-Override", EVIL),
        ("Forwarded", f"host={EVIL};proto=https"),
        ("Forwarded", f'for=1.1.1.1;host="{EVIL}"'), ("X-Vhm-Root", f"/{EVIL}"),
        ("X-Vhm-Host", f"https://{EVIL}:443"),
        ("X-Original-URL", f"https://{EVIL}/"), ("X-Rewrite-URL", f"//{EVIL}/"),
        ("X-Forwarded-Prefix", f"//{EVIL}"),
        ("X-Script-Name", f"//{EVIL}"), ("X-Forwarded-Path", f"//{EVIL}"),
        ("X-Forwarded-Port", f"80@{EVIL}"), ("X-Forwarded-Scheme", EVIL),
        ("X-Forwarded-Proto", f"https://{EVIL}/?"), ("Front-End-Https", "on"),
        ("Origin", f"https://{EVIL}"), ("Referer", f"https://{EVIL}/"),
        ("Base-Url", f"http://{EVIL}"), ("Destination", f"http://{EVIL}"),
        ("Content-Location", f"http://{EVIL}"), ("X-Real-Ip", EVIL),
        ("True-Client-Ip", EVIL), ("Via", f"1.1 {EVIL}"), ("X-Url-Scheme", "javascript"))),
)  # fmt: skip
PAGES = ("/", "/tickets", "/tickets/new", "/nothing")
PUBLIC = ("/tickets", "/login", "/signed-out", "/branding/brand.css")


def clean(response: Any) -> bool:
    """Whether nothing of the lie is in what a browser would follow."""
    leads = re.findall(r"""(?:href|src|action|content)=["']?([^"'\s>]*)""", response.text)
    headers = [value for name, value in response.headers.items() if name != "Content-Length"]
    return not any(EVIL in each for each in (*leads, *headers)) and EVIL not in response.text


@pytest.mark.parametrize("spoof", SPOOFS, ids=[row.name[:50] for row in SPOOFS])
def test_pages(target: Target, spoof: Spoof) -> None:
    """Of a stranger, of somebody who is signed in, and those of errors."""
    known = target.browser()
    target.send(CENTRAL, target.token(CENTRAL), known)
    name = f"portal-{target.slug}"
    cookie = f"{name}={known.cookies[name]}"
    for sent, paths in (({"HTTP_COOKIE": cookie}, PAGES), ({}, PUBLIC)):
        for path in paths:
            response = target.visit(path, {"HTTP_HOST": "localhost"} | environ_of(spoof) | sent)
            assert response.status_int < 500
            assert clean(response), path


def environ_of(spoof: Spoof) -> dict[str, str]:
    """The headers as a server hands them over."""
    return {f"HTTP_{name.upper().replace('-', '_')}": text for name, text in spoof.headers.items()}


@pytest.mark.parametrize("way", WAYS.values(), ids=lambda way: way.dialect)
def test_sign_ins(target: Target, way: Way) -> None:
    """A good token with a lie beside it: it ends at home; a probe is told our address."""
    for spoof in SPOOFS:
        if "Host" in spoof.headers and (spoof.headers["Host"] != EVIL or way.started_here):
            continue  # cookies are sent to the host that they came from
        browser = target.browser()
        browser.lint = False
        response = target.send(way, target.token(way), browser, headers=spoof.headers)
        assert response.status_int == 303, spoof.name
        assert response.location == f"http://localhost{target.world.url('/')}"
        probe = target.send(
            way, target.token(way), browser, headers={**spoof.headers, "Sec-Purpose": "prefetch"}
        )
        assert probe.status_int == 200
        assert probe.json["redirect_url"].startswith(f"http://localhost{target.world.url('/')}")
        assert clean(probe)


@pytest.mark.parametrize("spoof", SPOOFS, ids=[row.name[:50] for row in SPOOFS])
def test_in_production_an_unknown_host_is_nobodys(
    production: Router, target: Target, spoof: Spoof
) -> None:
    environ = {"HTTP_HOST": "portal.example", "wsgi.url_scheme": "https"} | environ_of(spoof)
    for path in ("login", "tickets"):
        request = Request.blank(f"/{target.slug}/{path}", environ=environ)
        response = request.get_response(production)
        assert clean(response)
        if "Host" in spoof.headers:
            assert response.status_int in (400, 404)
        else:
            location = response.headers.get("Location", "https://portal.example/")
            assert location.startswith("https://portal.example/")


def test_the_lie_does_not_choose_the_audience(target: Target) -> None:
    """A token for somebody else is not made ours by a host that says so."""
    browser = target.browser()
    raw = target.token(CENTRAL, aud=f"http://{EVIL}")
    response = target.send(CENTRAL, raw, browser, headers={"X-Forwarded-Host": EVIL})
    assert response.status_int == 403
    raw = target.token(CENTRAL, aud=EVIL)
    assert target.send(CENTRAL, raw, browser, headers={"Host": EVIL}).status_int == 403
