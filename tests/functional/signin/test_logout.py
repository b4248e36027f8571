"""Signing out, and the page where one lands."""

from urllib.parse import parse_qs, urlsplit

import pytest
from webtest import TestApp, TestResponse

from tests.factories import World
from tests.functional.signin.conftest import REMOTE_LOGIN, Site
from tests.functional.signin.test_login import remote_link

GOODBYE = "https://www.acme.test/bye?x=1"


@pytest.fixture
def cleo(site: Site, browser: TestApp) -> TestApp:
    """A browser in which cleo came from her company's site."""
    assert site.send(browser).status_int == 303
    return browser


def post_logout(browser: TestApp, world: World, **headers: str) -> TestResponse:
    """Press the button in the account menu."""
    page = browser.get(world.url("/logout"), headers={"Sec-Fetch-Site": "cross-site"})
    return page.forms[0].submit(
        headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def test_the_button_signs_out_and_lands(site: Site, world: World, cleo: TestApp) -> None:
    before = cleo.cookies[f"portal-{world.slug}"]
    response = post_logout(cleo, world)
    assert response.status_int == 303
    assert response.location == f"http://localhost{world.url('/signed-out')}"
    assert response.body == b""
    assert site.signed_in(cleo) is None
    assert cleo.cookies[f"portal-{world.slug}"] != before
    # Deleted on our side: the old cookie opens nothing any more.
    thief = world.anonymous()
    thief.set_cookie(f"portal-{world.slug}", before)
    assert site.signed_in(thief) is None


def test_a_link_does_too(site: Site, world: World, cleo: TestApp) -> None:
    response = cleo.get(world.url("/logout"), headers={"Sec-Fetch-Site": "same-origin"})
    assert response.location.endswith("/signed-out")
    assert site.signed_in(cleo) is None


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
        {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Purpose": "prefetch"},
    ],
)
def test_another_site_is_asked_about_first(
    site: Site, world: World, cleo: TestApp, headers: dict[str, str]
) -> None:
    page = cleo.get(world.url("/logout"), headers=headers)
    assert page.status_int == 200
    assert "Sign out of Acme Audio?" in page.text
    assert site.signed_in(cleo) == "cleo@customer.test"
    page.forms[0].submit()
    assert site.signed_in(cleo) is None


def test_head_signs_nobody_out(site: Site, world: World, cleo: TestApp) -> None:
    cleo.head(world.url("/logout"))
    assert site.signed_in(cleo) == "cleo@customer.test"


def test_a_form_without_the_token_signs_nobody_out(site: Site, world: World, cleo: TestApp) -> None:
    cleo.post(world.url("/logout"), status=400)
    assert site.signed_in(cleo) == "cleo@customer.test"


def test_the_remote_logout_url_is_honoured(site: Site, world: World, cleo: TestApp) -> None:
    site.configure(remote_logout_url=GOODBYE)
    response = post_logout(cleo, world)
    assert (response.status_int, response.location) == (303, GOODBYE)
    assert site.signed_in(cleo) is None


def test_a_link_leads_there_directly(site: Site, world: World, cleo: TestApp) -> None:
    site.configure(remote_logout_url=GOODBYE, primary_dialect="happyfox")
    assert cleo.get(world.url("/logout")).location == GOODBYE


def test_a_browsers_form_gets_there_by_way_of_a_page(
    site: Site, world: World, cleo: TestApp
) -> None:
    """Its content security policy would stop a redirect to where the form may not be sent."""
    site.configure(remote_logout_url=GOODBYE)
    page = post_logout(cleo, world, Sec_Fetch_Mode="navigate", Sec_Fetch_Site="same-origin")
    assert page.status_int == 200
    assert page.headers["Refresh"] == f"0; url={GOODBYE}"
    assert [a["href"] for a in page.html.main.find_all("a")][-1] == GOODBYE
    assert site.signed_in(cleo) is None


@pytest.mark.parametrize("url", ["javascript:alert(1)", "http://evil.test/", "/relative"])
def test_a_broken_one_is_passed_over(site: Site, world: World, cleo: TestApp, url: str) -> None:
    site.configure(remote_logout_url=url)
    assert post_logout(cleo, world).location.endswith("/signed-out")


def test_whoever_is_not_signed_in_lands_too(site: Site, world: World, browser: TestApp) -> None:
    site.configure(remote_logout_url=GOODBYE)
    assert browser.get(world.url("/logout")).location.endswith("/signed-out")


class TestLanding:
    def test_it_has_the_button_with_its_three_parameters(
        self, site: Site, world: World, browser: TestApp
    ) -> None:
        page = browser.get(world.url("/signed-out"))
        link = remote_link(page)
        assert link is not None
        assert link.startswith(f"{REMOTE_LOGIN}?")
        query = parse_qs(urlsplit(link).query)
        assert query == {
            "redirect_url": [f"http://localhost{world.url('/dashboard')}"],
            "callback_api": [f"http://localhost{world.url('/api/auth/redirect')}"],
            "tenant": [world.slug],
        }
        assert "every session" not in page.text

    def test_and_none_without_a_remote_login(
        self, site: Site, world: World, browser: TestApp
    ) -> None:
        site.configure(remote_login_url="")
        page = browser.get(world.url("/signed-out"))
        assert remote_link(page) is None
        assert page.click("Sign in again").forms

    def test_it_goes_nowhere_by_itself(self, site: Site, world: World, browser: TestApp) -> None:
        page = browser.get(world.url("/signed-out"))
        assert page.status_int == 200
        assert "Refresh" not in page.headers

    def test_whoever_is_signed_in_has_no_business_there(
        self, site: Site, world: World, cleo: TestApp
    ) -> None:
        assert cleo.get(world.url("/signed-out")).location == f"http://localhost{world.url('/')}"
