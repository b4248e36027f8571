"""Every change carries a token that only the browser's own pages hold."""

from typing import Any

import pytest
from sqlalchemy import func, select
from webtest import TestApp

from portal.tickets.models import Message
from tests.factories import TenantFactory, World
from tests.functional.spine.conftest import Visits, token


def answer(browser: TestApp, world: World, csrf: str | None, **options: Any) -> Any:
    """Answer the first ticket as a script would, with the form's fields and some token."""
    form = browser.get(world.url("/tickets/1")).forms["answer"]
    fields = dict(form.submit_fields()) | {"body": "One more thing."}
    # A form that is its writer's own may go without: tests/functional/customer/test_answer.py.
    del fields["csrf_token"], fields["writer"]
    if csrf is not None:
        fields["csrf_token"] = csrf
    url = world.url("/tickets/1/reply")
    return browser.post(url, fields, expect_errors=True, **options)


def messages(world: World) -> int:
    """How many messages the tenant has."""
    with world.factory.session(world.seed.tenant.id) as db:
        return db.scalar(select(func.count()).select_from(Message)) or 0


@pytest.fixture
def browser(world: World) -> TestApp:
    world.ticket(by="cleo")
    return world.browser("cleo")


def own(browser: TestApp, world: World) -> str:
    """The token that the browser's pages hold."""
    return token(browser.get(world.url("/profile")))


class TestTokens:
    def test_the_browsers_own_is_taken(self, world: World, browser: TestApp) -> None:
        assert answer(browser, world, own(browser, world)).status_int == 303
        assert messages(world) == 2

    def test_in_a_header_too(self, world: World, browser: TestApp) -> None:
        """This is how a script of our own sends it."""
        headers = {"X-CSRF-Token": own(browser, world)}
        assert answer(browser, world, None, headers=headers).status_int == 303

    @pytest.mark.parametrize("csrf", [None, "", "x", "0" * 64, "\u00e9" * 10])
    def test_none_or_a_wrong_one_is_refused(
        self, world: World, browser: TestApp, csrf: str | None
    ) -> None:
        assert answer(browser, world, csrf).status_int == 400
        assert messages(world) == 1

    def test_the_page_says_why(self, world: World, browser: TestApp) -> None:
        page = browser.post(world.url("/profile"), {"csrf_token": "x"}, status=400)
        assert "before you signed in or out" in page

    def test_another_browsers_is_refused(self, world: World, browser: TestApp) -> None:
        theirs = own(world.browser("cleo"), world)
        assert answer(browser, world, theirs).status_int == 400
        assert messages(world) == 1

    def test_another_tenants_is_refused(
        self, world: World, tenants: TenantFactory, browser: TestApp, visits: Visits
    ) -> None:
        """Even from a browser that sends both tenants the same value."""
        neighbour = World(tenants.create(), world.app, tenants)
        browser.set_cookie(f"portal-{neighbour.slug}", visits.value(browser))
        theirs = token(browser.get(neighbour.url("/login/local")))
        assert theirs != own(browser, world)
        assert answer(browser, world, theirs).status_int == 400

    def test_nor_does_another_tenants_mark_stand_in(
        self, world: World, tenants: TenantFactory, browser: TestApp
    ) -> None:
        neighbour = World(tenants.create(), world.app, tenants)
        neighbour.ticket(by="cleo")
        page = neighbour.browser("cleo").get(neighbour.url("/tickets/1"))
        fields = dict(page.forms["answer"].submit_fields()) | {"body": "One more thing."}
        browser.post(world.url("/tickets/1/reply"), fields, status=400)
        assert messages(world) == 1

    def test_one_from_before_signing_in_is_refused(self, world: World, visits: Visits) -> None:
        world.ticket(by="cleo")
        browser = world.anonymous()
        before = token(browser.get(world.url("/login/local")))
        visits.sign_in(browser)
        assert answer(browser, world, before).status_int == 400

    def test_in_the_address_it_counts_for_nothing(self, world: World, browser: TestApp) -> None:
        url = world.url(f"/logout?csrf_token={own(browser, world)}")
        browser.post(url, {}, status=400)

    def test_signing_in_needs_one(self, world: World) -> None:
        """Otherwise a page elsewhere could sign a visitor in as somebody else."""
        fields = {"email": "cleo@customer.test", "password": "staple-lantern-orchid"}
        world.anonymous().post(world.url("/login/password"), fields, status=400)

    def test_the_cookie_alone_does_not_tell_it(
        self, world: World, browser: TestApp, visits: Visits
    ) -> None:
        """It is derived with the installation's key."""
        assert visits.value(browser) not in own(browser, world)
        assert len(own(browser, world)) == 64


class TestOrigins:
    """On HTTPS the browser also says where a form was."""

    @pytest.fixture
    def safe(self, world: World, visits: Visits) -> TestApp:
        world.ticket(by="cleo")
        browser = world.anonymous()
        browser.extra_environ["wsgi.url_scheme"] = "https"
        browser.extra_environ["HTTP_ORIGIN"] = "https://localhost"
        visits.sign_in(browser)
        return browser

    def test_our_own(self, world: World, safe: TestApp) -> None:
        assert answer(safe, world, own(safe, world)).status_int == 303

    @pytest.mark.parametrize(
        "origin", ["https://evil.test", "null", "http://localhost", "https://localhost.evil.test"]
    )
    def test_any_other_is_refused_in_our_words(
        self, world: World, safe: TestApp, origin: str
    ) -> None:
        csrf = own(safe, world)
        page = answer(safe, world, csrf, headers={"Origin": origin})
        assert page.status_int == 400
        assert "Origin checking failed" not in page
        assert messages(world) == 1
