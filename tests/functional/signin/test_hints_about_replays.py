"""A token that comes twice: the admin reads in the sign-in log what brought it again."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from webtest import TestApp

from portal.signin.assertion import Assertion
from portal.signin.handoffs import Handoffs
from portal.signin.models import SsoHandoff
from tests.factories import World
from tests.functional.signin.conftest import Site

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36"


FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"


class TestUsedTwice:
    """The first use tells why there was a second."""

    @pytest.fixture
    def twice(
        self, site: Site, world: World, hint: Callable[[], str]
    ) -> Callable[..., tuple[str, str]]:
        def use(first: str, second: str, ip: str = "203.0.113.5") -> tuple[str, str]:
            raw = site.token()
            url = world.url(f"/jwt/?token={raw}")
            for agent, address in ((first, "203.0.113.5"), (second, ip)):
                world.anonymous().get(
                    url,
                    headers={"User-Agent": agent} if agent else {},
                    extra_environ={"REMOTE_ADDR": address},
                    status="*",
                )
            refused, signed_in = site.log()[:2]
            assert (refused.code, signed_in.code) == ("token_replayed", "signed_in")
            return hint(), signed_in.reference

        return use

    @pytest.mark.parametrize(
        "program", ["GuzzleHttp/7", "curl/8.5.0", "node", "python-requests/2.32.3", "okhttp/4.12"]
    )
    def test_a_program_followed_the_redirect(
        self, twice: Callable[..., tuple[str, str]], program: str
    ) -> None:
        said, reference = twice(program, CHROME, "198.51.100.1")
        assert said.startswith(f"“{program}” used it ")
        assert f" s earlier from 203.0.113.5 (reference {reference})" in said
        assert "a program followed the redirect. Hand the address to the visitor’s browser" in said

    def test_a_program_that_says_no_name(self, twice: Callable[..., tuple[str, str]]) -> None:
        """PHP's file_get_contents, for one."""
        said, _ = twice("", CHROME)
        assert said.startswith("A program without a name used it ")

    @pytest.mark.parametrize(
        ("agent", "name"),
        [
            ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "Slackbot"),
            ("facebookexternalhit/1.1", "facebookexternalhit"),
            ("Mozilla/5.0 (compatible; Googlebot/2.1)", "Googlebot"),
            ("Microsoft Office/16.0 (Windows NT 10.0; Outlook 16)", "Microsoft Office"),
        ],
    )
    def test_a_preview_came_first(
        self, twice: Callable[..., tuple[str, str]], agent: str, name: str
    ) -> None:
        said, _ = twice(agent, CHROME)
        assert said.startswith(f"“{name}” opened the link ")
        assert "a preview or a mail scanner came first" in said

    def test_the_visitor_went_back(self, twice: Callable[..., tuple[str, str]]) -> None:
        said, _ = twice(CHROME, CHROME)
        assert said.startswith("The same browser used it ")
        assert "went back, reloaded the page or clicked twice" in said

    @pytest.mark.parametrize(("agent", "ip"), [(FIREFOX, "203.0.113.5"), (CHROME, "192.0.2.1")])
    def test_somebody_elses_browser(
        self, twice: Callable[..., tuple[str, str]], agent: str, ip: str
    ) -> None:
        said, reference = twice(CHROME, agent, ip)
        assert said.startswith("Another browser used it ")
        assert f"from 203.0.113.5 (reference {reference})" in said

    @pytest.mark.parametrize("late", [False, True])
    def test_references_too(
        self, site: Site, world: World, browser: TestApp, hint: Callable[[], str], late: bool
    ) -> None:
        """As Laravel's HTTP client does, which follows the answer of POST /api/auth/redirect."""
        with world.factory.session(site.tenant.id) as db:
            assertion = Assertion("jwt_sso", "cleo@customer.test", key_id="2026-a")
            raw = Handoffs(db, site.tenant).make(assertion)
        url = world.url(f"/auth/callback?token={raw}")
        if late:
            with world.factory.session(site.tenant.id) as db:
                past = datetime.now(UTC) - timedelta(seconds=5)
                db.execute(update(SsoHandoff).values(expires_at=past))
            assert browser.get(url, status=401)
            assert "A reference lives for 60 seconds." in hint()
            return
        assert browser.get(url, headers={"User-Agent": "GuzzleHttp/7"}).status_int == 303
        browser.get(url, headers={"User-Agent": CHROME}, status=401)
        assert hint().startswith("“GuzzleHttp/7” used it ")

    def test_whose_first_line_is_gone(
        self, site: Site, world: World, hint: Callable[[], str], browser: TestApp
    ) -> None:
        raw = site.token()
        site.send(browser, token=raw)
        with world.factory.session(site.tenant.id) as db:
            db.delete(site.last())
        site.send(browser, token=raw)
        assert hint().startswith("The token was used ")

    @pytest.mark.parametrize(
        "headers",
        [
            {"Sec-Purpose": "prefetch"},
            {"Sec-Purpose": "prefetch;prerender", "Sec-Fetch-Mode": "navigate"},
            {"Purpose": "prefetch", "Sec-Fetch-Mode": "navigate"},
            {"X-Moz": "prefetch"},
            {"X-Purpose": "preview"},
        ],
    )
    def test_a_browser_that_looks_ahead_is_never_the_first(
        self, site: Site, world: World, browser: TestApp, headers: dict[str, str]
    ) -> None:
        url = world.url(f"/jwt/?token={site.token()}")
        browser.get(url, headers={"User-Agent": CHROME, **headers}, status="*")
        assert site.log() == []
        assert browser.get(url, headers={"User-Agent": CHROME}).status_int == 303
