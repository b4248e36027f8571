"""Account switch: a token that nobody asked for, while somebody else is signed in."""

from typing import Any

import pytest
from webtest import TestApp

from tests.security.attacks.target import Target
from tests.security.attacks.ways import CENTRAL, WAYS, Way

pytestmark = pytest.mark.security


class TestSwitch:
    """An unsolicited token while somebody else is signed in: asked about, and bound."""

    @pytest.fixture
    def carl(self, target: Target) -> TestApp:
        """A browser in which carl is signed in."""
        browser = target.browser()
        target.send(CENTRAL, target.token(CENTRAL, email="carl@customer.test"), browser)
        return browser

    @pytest.mark.parametrize(
        "way", [way for way in WAYS.values() if not way.started_here], ids=lambda way: way.dialect
    )
    def test_it_asks_first(self, target: Target, carl: TestApp, way: Way) -> None:
        before = target.kept()
        question = target.send(way, target.token(way), carl)
        assert question.location == f"http://localhost{target.world.url('/login/switch')}"
        assert target.kept() == before
        assert target.site.signed_in(carl) == "carl@customer.test"
        page = question.follow()
        assert target.kept()[:2] == before[:2], "the question itself decides nothing"
        assert page.forms[0].submit().status_int == 303
        assert target.site.signed_in(carl) == "cleo@customer.test"

    @pytest.mark.parametrize("form", [{}, {"csrf_token": ""}, {"csrf_token": "0" * 64}])
    def test_the_answer_needs_the_forms_token(
        self, target: Target, carl: TestApp, form: dict[str, str]
    ) -> None:
        target.send(CENTRAL, target.token(CENTRAL), carl)
        answer = carl.post(target.world.url("/login/switch"), form, expect_errors=True)
        assert answer.status_int == 400
        assert target.site.signed_in(carl) == "carl@customer.test"

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_looking_at_the_question_is_no_answer(
        self, target: Target, carl: TestApp, method: str
    ) -> None:
        target.send(CENTRAL, target.token(CENTRAL), carl)
        for _ in range(3):
            carl.request(target.world.url("/login/switch"), method=method)
        assert target.site.signed_in(carl) == "carl@customer.test"

    def test_the_held_token_is_another_tenants_nothing(self, target: Target, own: Target) -> None:
        """Sealed for one tenant: copied into another one's cookie it does not open."""
        browser = own.browser()
        own.send(CENTRAL, own.token(CENTRAL, email="carl@customer.test"), browser)
        own.send(CENTRAL, own.token(CENTRAL), browser)
        held = browser.cookies[f"portal-{own.slug}-held"].strip('"')
        neighbour = target.browser()
        neighbour.set_cookie(f"portal-{target.slug}-held", held)
        answer = neighbour.get(target.world.url("/login/switch"))
        assert answer.location.endswith("/login")
        assert target.site.signed_in(neighbour) is None

    @pytest.mark.parametrize(
        "edit",
        [
            lambda value: value[:-4] + "AAAA",
            lambda value: "AAAA" + value[4:],
            lambda value: value[: len(value) // 2],
            lambda value: value[::-1],
        ],
        ids=["its end", "its beginning", "half of it", "backwards"],
    )
    def test_a_changed_one_holds_nothing(self, target: Target, carl: TestApp, edit: Any) -> None:
        target.send(CENTRAL, target.token(CENTRAL), carl)
        name = f"portal-{target.slug}-held"
        held = carl.cookies[name].strip('"')
        carl.set_cookie(name, edit(held))
        assert carl.get(target.world.url("/login/switch")).location.endswith("/login")

    def test_a_held_token_does_not_outlive_its_use(self, target: Target, carl: TestApp) -> None:
        """Kept by somebody and put back: the token in it was used, and stays used."""
        page = target.send(CENTRAL, target.token(CENTRAL), carl).follow()
        name = f"portal-{target.slug}-held"
        held = carl.cookies[name].strip('"')
        page.forms[0].submit()
        carl.get(target.world.url("/logout"))
        thief = target.browser()
        thief.set_cookie(name, held)
        answer = thief.get(target.world.url("/login/switch"), expect_errors=True)
        assert answer.status_int == 401
        assert thief.get(target.world.url("/login/continue"), expect_errors=True).status_int == 401
        assert target.site.signed_in(thief) is None

    def test_two_tabs_that_ask(self, target: Target, carl: TestApp) -> None:
        """The one that was asked last is answered; the other question has no token left."""
        first = target.send(CENTRAL, target.token(CENTRAL), carl).follow()
        dora = target.token(CENTRAL, email="dora@customer.test")
        second = target.send(CENTRAL, dora, carl).follow()
        assert second.forms[0].submit().status_int == 303
        assert target.site.signed_in(carl) == "dora@customer.test"
        assert first.forms[0].submit(expect_errors=True).status_int == 400
        assert target.site.signed_in(carl) == "dora@customer.test"

    def test_signing_out_in_another_tab_ends_the_question(
        self, target: Target, carl: TestApp
    ) -> None:
        page = target.send(CENTRAL, target.token(CENTRAL), carl).follow()
        carl.get(target.world.url("/logout"))
        assert page.forms[0].submit(expect_errors=True).status_int == 400
        assert target.site.signed_in(carl) is None

    def test_the_cookie_shows_nothing_of_the_token(self, target: Target, carl: TestApp) -> None:
        raw = target.token(CENTRAL)
        response = target.send(CENTRAL, raw, carl)
        (header,) = (h for h in response.headers.getall("Set-Cookie") if "-held=" in h)
        assert "HttpOnly" in header
        assert "SameSite=Lax" in header
        assert not any(part in header for part in raw.split("."))
