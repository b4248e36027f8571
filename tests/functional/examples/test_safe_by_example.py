"""What people copy has to be right: sessions, forms, redirects, headers, secrets."""

from urllib.parse import quote

import pytest

from tests.functional.examples.company import Company
from tests.functional.examples.conftest import Start
from tests.functional.examples.crossings import LOG_IN, OVER, Web
from tests.functional.examples.samples import Running
from tests.functional.examples.visitor import Visitor

pytestmark = pytest.mark.parametrize("sample", ["php", "node", "python"], indirect=True)


def logged_in(visitor: Visitor, site: Running) -> None:
    """Log in at the site."""
    visitor.press(visitor.get(site.url("/login")), LOG_IN)
    assert "You are logged in as Cleo Customer" in visitor.get(site.url("/")).text


def test_a_deep_link_begins_at_the_portal(
    visitor: Visitor, site: Running, company: Company
) -> None:
    """A link in a mail: the portal asks to sign in, the site asks to log in, then the ticket."""
    ticket = company.url(f"/tickets/{company.world.ticket().number}")
    asked = visitor.get(ticket)
    here = visitor.get(asked.link("Sign In with Acme Audio"))
    assert here.url.startswith(site.url("/login?next="))
    there = visitor.press(visitor.press(here, LOG_IN), OVER)
    assert (there.status, there.url) == (200, ticket)


def test_the_token_stands_in_no_address(visitor: Visitor, site: Running) -> None:
    Web(site).bring(visitor)
    assert visitor.seen
    assert not any("token" in address for address in visitor.seen)


def test_the_callback_is_a_setting(visitor: Visitor, site: Running, company: Company) -> None:
    logged_in(visitor, site)
    evil = quote("https://evil.test/api/auth/redirect", safe="")
    page = visitor.get(site.url(f"/support?callback_api={evil}&tenant=evil&redirect_url=/tickets"))
    assert page.form(OVER).action == company.url("/auth/callback")
    assert "evil" not in page.body
    there = visitor.press(page, OVER)
    assert there.url == company.url("/tickets")


def test_the_login_begins_a_new_session(visitor: Visitor, site: Running) -> None:
    """Who has slipped somebody a session before the login has nothing after it."""
    page = visitor.get(site.url("/login"))
    before = dict(visitor.cookies)
    visitor.press(page, LOG_IN)
    assert before["site_session"] != visitor.cookies["site_session"]
    attacker = Visitor()
    attacker.cookies |= before
    assert "You are not logged in" in attacker.get(site.url("/")).text


def test_logging_out(visitor: Visitor, site: Running) -> None:
    logged_in(visitor, site)
    visitor.press(visitor.get(site.url("/signed-out")), "Log out here too")
    assert "You are not logged in" in visitor.get(site.url("/")).text
    assert visitor.get(site.url("/support")).url.startswith(site.url("/login?"))


def test_a_form_of_another_site_does_nothing(
    visitor: Visitor, site: Running, company: Company
) -> None:
    logged_in(visitor, site)
    fields = {"customer": "1002", "title": "T", "description": "D", "form_id": "0" * 32}
    for path in ("/login", "/logout", "/ticket"):
        for csrf in ({}, {"csrf": ""}, {"csrf": "0" * 32}, {"csrf": "\u00e9"}):
            assert visitor.post(site.url(path), fields | csrf).status == 403, (path, csrf)
    assert "logged in as Cleo Customer" in visitor.get(site.url("/")).text
    assert company.tickets() == []


def test_the_login_leads_to_no_other_site(visitor: Visitor, site: Running) -> None:
    for wanted in (
        "//evil.test",
        "/\\evil.test",
        "https://evil.test",
        "javascript:alert(1)",
        "/\t/evil.test",
        "/ok\n//evil.test",
        "",
    ):
        page = visitor.get(site.url(f"/login?next={quote(wanted, safe='')}"))
        assert page.form(LOG_IN).fields["next"] == "/"
        assert visitor.press(page, LOG_IN, next=wanted).url == site.url("/")


def test_parameters_that_are_no_texts(visitor: Visitor, site: Running) -> None:
    logged_in(visitor, site)
    for query in ("redirect_url[]=/a", "redirect_url=/a&redirect_url=/b", "redirect_url[a]=b"):
        assert visitor.get(site.url(f"/support?{query}")).status == 200
    assert visitor.get(site.url("/login?next[]=/a")).status == 200
    assert visitor.get(site.url("/support?redirect_url=%ff%00%0d%0a")).status == 200
    assert visitor.get(site.url("/nowhere")).status == 404


def test_what_was_typed_is_text(visitor: Visitor, start: Start) -> None:
    """A refused form is shown again: what was typed must not become part of the page."""
    site = start(PORTAL_API_SECRET="wrong-and-as-long-as-a-secret-0123456789")
    logged_in(visitor, site)
    typed = '"><script>alert(1)</script>&amp;'
    page = visitor.press(
        visitor.get(site.url("/ticket")), "Send", title=typed, description=f"</textarea>{typed}"
    )
    assert page.status == 502
    assert page.form("Send").fields["title"] == typed
    assert page.form("Send").fields["description"] == f"</textarea>{typed}"
    assert "<script>alert" not in page.body


def test_a_form_sent_twice_opens_one_ticket(
    visitor: Visitor, site: Running, company: Company
) -> None:
    logged_in(visitor, site)
    form = visitor.get(site.url("/ticket"))
    for _ in range(2):
        visitor.press(form, "Send", title="Twice", description="The page was slow.")
    page = visitor.get(company.url("/api/v2/tickets"))
    assert page.status == 401  # a browser's session opens nothing there
    assert len(company.tickets()) == 1


def test_a_header_cannot_be_smuggled_in(visitor: Visitor, site: Running, company: Company) -> None:
    logged_in(visitor, site)
    form = visitor.get(site.url("/ticket"))
    form_id = "0\r\nX-API-Secret: other"
    page = visitor.press(form, "Send", title="Smuggled", description="Text", form_id=form_id)
    assert page.status == 200
    assert [ticket.subject for ticket in company.tickets()] == ["Smuggled"]


def test_headers_and_secrets(visitor: Visitor, site: Running, company: Company) -> None:
    pages = [visitor.get(site.url("/")), visitor.get(site.url("/login"))]
    logged_in(visitor, site)
    paths = ("/", "/support", "/ticket", "/signed-out", "/nowhere")
    pages += [visitor.get(site.url(path)) for path in paths]
    secrets = [company.environment[f"PORTAL_{name}"] for name in ("SIGNING_KEY", "API_SECRET")]
    for page in pages:
        assert page.headers["Cache-Control"] == "no-store", page.url
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert f"form-action 'self' {company.url('/auth/callback')};" in policy
        assert not any(secret in page.body for secret in secrets)
        assert company.environment["PORTAL_API_KEY"] not in page.body


def test_no_file_beside_the_pages_is_served(visitor: Visitor, site: Running) -> None:
    for path in ("/.env.example", "/../.env.example", "/portal.php", "/portal.js", "/portal.py"):
        page = visitor.get(site.url(path))
        assert page.status in {400, 404}, path
        assert "PORTAL_SIGNING_KEY" not in page.body
