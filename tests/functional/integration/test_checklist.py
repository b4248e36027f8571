"""The checklist ticks itself, and tells a page that stays open only what is new."""

import pytest
from webtest import TestApp

from portal.security.api_keys import ApiKeyService
from portal.signin.models import SsoKey
from tests.factories import World
from tests.functional.signin.conftest import Site

KEY, LOGIN, TOKEN, VISITOR, DEEP, LEFT, API = range(7)


def ticked(browser: TestApp, world: World) -> list[bool]:
    """Which steps are done, as the page says."""
    page = browser.get(world.url("/integration"))
    states = [mark.text.strip() for mark in page.html.select("portal-checklist li .state")]
    assert set(states) <= {"Done", "Not yet"}
    return [state == "Done" for state in states]


@pytest.fixture
def ben(world: World) -> TestApp:
    return world.browser("ben")


def test_a_new_tenant_has_everything_to_do(world: World, ben: TestApp) -> None:
    assert ticked(ben, world) == [False] * 7
    page = ben.get(world.url("/integration"))
    assert "0 of 7 steps are done" in page
    assert len(page.html.select("portal-checklist li .what > :nth-child(2)")) == 7


def test_each_step_ticks_itself(site: Site, world: World, ben: TestApp) -> None:
    def now() -> set[int]:
        return {step for step, done in enumerate(ticked(ben, world)) if done}

    assert now() == {KEY, LOGIN}
    site.send(world.anonymous(), secret="x" * 48)
    assert now() == {KEY, LOGIN}
    visitor = world.anonymous()
    site.send(visitor)
    assert now() == {KEY, LOGIN, TOKEN, VISITOR}
    site.send(visitor, "/auth/callback", redirect_url="/tickets/new")
    assert now() == {KEY, LOGIN, TOKEN, VISITOR, DEEP}
    visitor.get(world.url("/logout"), status=303)
    assert now() == {KEY, LOGIN, TOKEN, VISITOR, DEEP, LEFT}
    with world.factory.session(site.tenant.id) as db:
        key, secret = ApiKeyService(db, site.tenant).create("Shop", ["tickets:read"])
    world.anonymous().get(
        world.url("/api/v2/tickets"),
        headers={"X-API-Key": key.public_id, "X-API-Secret": secret},
        status=200,
    )
    assert now() == set(range(7))
    page = ben.get(world.url("/integration"))
    assert "7 of 7 steps are done" in page
    assert len(page.html.select("portal-checklist time")) == 6
    assert page.html.select("portal-checklist [data-complete]")


def test_a_key_that_has_ended_is_to_be_made_again(site: Site, world: World, ben: TestApp) -> None:
    site.send(world.anonymous())
    with world.factory.session(site.tenant.id) as db:
        db.get_one(SsoKey, (site.tenant.id, "2026-a")).state = "retired"
    assert ticked(ben, world)[KEY] is False


class TestAnOpenPage:
    def test_it_hears_nothing_until_something_happens(
        self, site: Site, world: World, ben: TestApp
    ) -> None:
        url = world.url("/integration/checklist")
        etag = ben.get(world.url("/integration")).html.select_one("portal-checklist")["data-etag"]
        quiet = ben.get(url, headers={"If-None-Match": f'"{etag}"'}, status=304)
        assert quiet.body == b""
        assert quiet.headers["ETag"] == f'"{etag}"'
        site.send(world.anonymous())
        news = ben.get(url, headers={"If-None-Match": f'"{etag}"'}, status=200)
        assert news.headers["ETag"] != f'"{etag}"'
        assert len(news.html.select("li")) == 7
        assert "<html" not in news
        ben.get(url, headers={"If-None-Match": news.headers["ETag"]}, status=304)

    def test_another_language_is_something_new(self, world: World, ben: TestApp) -> None:
        url = world.url("/integration/checklist")
        english = ben.get(url).headers["ETag"]
        german = ben.get(url, headers={"Accept-Language": "de"}).headers["ETag"]
        assert english != german

    def test_an_admins_page_is_not_an_agents(self, world: World, ben: TestApp) -> None:
        url = world.url("/integration/checklist")
        assert ben.get(url).headers["ETag"] != world.browser("ada").get(url).headers["ETag"]
