"""The demo shop, run as its own program, the way an engineer runs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest

SHOP = Path(__file__).parents[3] / "examples" / "demo-shop"
SECRET = "a-shared-secret-of-thirty-two-bytes-or-more"
CALLBACK = "http://127.0.0.1:6543/acme/jwt"
PASSWORD = "morning-vinyl-teapot"


def start(**environ: str) -> subprocess.Popen[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("SHOP_")}
    return subprocess.Popen(
        [sys.executable, "-W", "error", "shop.py"],
        cwd=SHOP,
        env={**clean, "PYTHONDONTWRITEBYTECODE": "1", **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    process = start(SHOP_SECRET=SECRET, SHOP_PORTAL_CALLBACK=CALLBACK, SHOP_PORT="0")
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.communicate()[1]
    yield urlsplit(line.split()[-1]).netloc
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")


@dataclass
class Browser:
    """Keeps cookies, follows nothing."""

    address: str
    cookie: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def open(self, method: str, path: str, **form: str) -> tuple[HTTPResponse, str]:
        connection = HTTPConnection(self.address, timeout=60)
        headers = {"Cookie": self.cookie, **self.headers}
        body = None
        if form:
            body = urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        if set_cookie := response.getheader("Set-Cookie"):
            self.cookie = set_cookie.partition(";")[0]
        return response, text

    def get(self, path: str) -> tuple[HTTPResponse, str]:
        return self.open("GET", path)

    def log_in(self, next_: str = "/account") -> HTTPResponse:
        form = {"email": "cleo@customer.test", "password": PASSWORD, "next": next_}
        return self.open("POST", "/login", **form)[0]


@pytest.fixture
def browser(address: str) -> Browser:
    return Browser(address)


@pytest.fixture
def cleo(browser: Browser) -> Browser:
    assert browser.log_in().status == 303
    return browser


def location(response: HTTPResponse) -> str:
    assert response.status == 303
    return response.getheader("Location") or ""


def claims(response: HTTPResponse, path: str) -> dict[str, object]:
    """What the token says that the browser is sent away with, checked like the portal does."""
    url = urlsplit(location(response))
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"http://127.0.0.1:6543/acme/{path}"
    (token,) = parse_qs(url.query)["token"]
    payload: dict[str, object] = jwt.decode(token, SECRET, algorithms=["HS256"])
    iat = payload.pop("iat")
    assert isinstance(iat, int)
    assert abs(iat - time.time()) < 60
    if path == "auth/callback":
        assert payload.pop("exp") == iat + 120
    assert payload.pop("jti")
    return payload


def test_support_signs_the_customer_in(cleo: Browser) -> None:
    response, _ = cleo.get("/support")
    assert claims(response, "jwt") == {"email": "cleo@customer.test", "name": "Cleo Customer"}
    assert response.getheader("Cache-Control") == "no-store"


def test_support_leads_to_a_page_of_the_portal(cleo: Browser) -> None:
    response, _ = cleo.get("/support?to=/tickets/12")
    assert claims(response, "auth/callback") == {
        "email": "cleo@customer.test",
        "name": "Cleo Customer",
        "redirect_url": "/tickets/12",
    }


def test_ticket_sso_keeps_the_redirect_url_and_pins_the_callback(cleo: Browser) -> None:
    wanted = "http://127.0.0.1:6543/acme/tickets/42?tab=open&q=a+b"
    query = urlencode(
        {"redirect_url": wanted, "callback_api": "https://evil.example/api", "tenant": "other"}
    )
    response, _ = cleo.get(f"/ticket-sso?{query}")
    assert claims(response, "auth/callback")["redirect_url"] == wanted


def test_ticket_sso_without_a_redirect_url_opens_the_portal(cleo: Browser) -> None:
    assert "redirect_url" not in claims(cleo.get("/ticket-sso")[0], "jwt")


def test_every_token_is_another(cleo: Browser) -> None:
    assert location(cleo.get("/support")[0]) != location(cleo.get("/support")[0])


def test_who_is_not_logged_in_logs_in_and_continues(browser: Browser) -> None:
    wanted = "/ticket-sso?redirect_url=http%3A%2F%2F127.0.0.1%3A6543%2Facme%2Ftickets%2F7"
    login = location(browser.get(wanted)[0])
    (next_,) = parse_qs(urlsplit(login).query)["next"]
    assert next_ == wanted
    assert 'name="next" value="/ticket-sso?redirect_url=http%3A%2F%2F' in browser.get(login)[1]
    assert location(browser.log_in(next_)) == wanted
    response, _ = browser.get(wanted)
    assert claims(response, "auth/callback")["redirect_url"] == (
        "http://127.0.0.1:6543/acme/tickets/7"
    )


@pytest.mark.parametrize(
    "next_", ["//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nX: y", "/ü", ""]
)
def test_logging_in_leads_nowhere_else(browser: Browser, next_: str) -> None:
    assert location(browser.log_in(next_)) == "/account"


def test_a_new_session_for_every_login(cleo: Browser) -> None:
    before = cleo.cookie
    cleo.log_in()
    assert cleo.cookie != before
    cleo.cookie = before
    assert location(cleo.get("/account")[0]).startswith("/login")


def test_the_cookie_is_our_own_and_closed_to_scripts(browser: Browser) -> None:
    name, *flags = (browser.log_in().getheader("Set-Cookie") or "").split("; ")
    assert name.startswith("acme_shop=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(flags)


@pytest.mark.parametrize("email", ["cleo@customer.test", "nobody@customer.test"])
def test_a_refused_login_does_not_tell_who_has_an_account(browser: Browser, email: str) -> None:
    response, page = browser.open("POST", "/login", email=email, password="wrong")
    assert response.status == 422
    assert "That e-mail address and password do not match." in page
    assert response.getheader("Set-Cookie") is None


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:6543"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_forms_of_other_sites_are_refused(browser: Browser, headers: dict[str, str]) -> None:
    browser.headers = headers
    response = browser.log_in()
    assert response.status == 403
    assert response.getheader("Set-Cookie") is None


def test_our_own_form_is_taken(browser: Browser) -> None:
    browser.headers = {"Origin": f"http://{browser.address}", "Sec-Fetch-Site": "same-origin"}
    assert browser.log_in().status == 303


def test_logging_out_ends_the_session(cleo: Browser) -> None:
    key = cleo.cookie
    assert cleo.open("POST", "/logout", go="1")[0].status == 303
    cleo.cookie = key
    assert location(cleo.get("/account")[0]).startswith("/login")


def test_what_people_type_is_escaped(browser: Browser) -> None:
    _, page = browser.open("POST", "/login", email='"><script>x</script>', password="x")
    assert "<script>" not in page
    assert "&quot;&gt;&lt;script&gt;" in page


def test_pages_run_no_script_and_load_nothing_from_elsewhere(cleo: Browser) -> None:
    for path in ("/", "/account", "/nothing"):
        response, page = cleo.get(path)
        policy = response.getheader("Content-Security-Policy") or ""
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "form-action 'self' http://127.0.0.1:6543;" in policy
        assert "<script" not in page
        assert "style=" not in page


def test_every_file_that_the_pages_name_is_there(browser: Browser) -> None:
    _, page = browser.get("/")
    names = {part.partition('"')[0] for part in page.split('="/static/')[1:]}
    assert len(names) == 8
    for name in names:
        response, _ = browser.get(f"/static/{name}")
        assert response.status == 200


@pytest.mark.parametrize("path", ["/static/", "/static/../shop.py", "/data/customers.json", "/%ff"])
def test_other_files_are_not_served(browser: Browser, path: str) -> None:
    assert browser.get(path)[0].status == 404


def test_methods_that_mean_nothing_are_refused(browser: Browser) -> None:
    response, _ = browser.open("POST", "/support", go="1")
    assert (response.status, response.getheader("Allow")) == (405, "GET")


def test_oversized_and_garbled_forms_are_refused(browser: Browser) -> None:
    assert browser.open("POST", "/login", email="x" * 20_000)[0].status == 400
    assert browser.get("/login?" + "&".join(f"a{i}=1" for i in range(50)))[0].status == 400


@pytest.mark.parametrize(
    ("environ", "variable"),
    [
        ({}, "SHOP_SECRET"),
        ({"SHOP_SECRET": "short"}, "SHOP_SECRET"),
        ({"SHOP_SECRET": SECRET}, "SHOP_PORTAL_CALLBACK"),
        (
            {"SHOP_SECRET": SECRET, "SHOP_PORTAL_CALLBACK": "http://help.acme.test/jwt"},
            "SHOP_PORTAL_CALLBACK must start with https",
        ),
        (
            {"SHOP_SECRET": SECRET, "SHOP_PORTAL_CALLBACK": CALLBACK, "SHOP_PORT": "http"},
            "SHOP_PORT",
        ),
    ],
)
def test_it_refuses_to_start_half_configured(environ: dict[str, str], variable: str) -> None:
    process = start(**environ)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors.startswith("The shop cannot start: ")
    assert variable in errors
    assert len(errors.splitlines()) == 1


def test_a_taken_port_is_named(address: str) -> None:
    port = address.partition(":")[2]
    process = start(SHOP_SECRET=SECRET, SHOP_PORTAL_CALLBACK=CALLBACK, SHOP_PORT=port)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"cannot listen on {address}: Address already in use" in errors


def test_behind_https_the_cookie_stays_encrypted() -> None:
    process = start(
        SHOP_SECRET=SECRET, SHOP_PORTAL_CALLBACK=CALLBACK, SHOP_PORT="0", SHOP_HTTPS="1"
    )
    try:
        assert process.stdout is not None
        browser = Browser(urlsplit(process.stdout.readline().split()[-1]).netloc)
        cookie = browser.log_in().getheader("Set-Cookie") or ""
        assert cookie.startswith("__Host-acme_shop=")
        assert "; Secure" in cookie
    finally:
        process.terminate()
        process.communicate(timeout=60)
