"""What the command palette offers to whom. How it is used is in tests/browser/test_keyboard.py."""

from webtest.response import TestResponse

from tests.factories import World
from tests.queries import QueryCounter


def offered(page: TestResponse) -> dict[str, str]:
    """Words and address of every place in the palette."""
    return {
        option.bdi.get_text(): option["href"]
        for option in page.html.select("dialog [role=group]:not([data-group]) [role=option]")
    }


def test_admins_find_the_settings(world: World) -> None:
    places = offered(world.browser("ada").get(world.url("/palette")))
    assert places["API keys"] == world.url("/settings/api-keys")
    assert places["Unassigned"] == world.url("/tickets?state=unsolved&assignee=none")
    assert places["New ticket"] == world.url("/tickets/new")


def test_agents_find_what_they_may_see(world: World) -> None:
    places = offered(world.browser("ben").get(world.url("/palette")))
    assert places["Customers"] == world.url("/people")
    assert "API keys" not in places


def test_customers_find_their_own(world: World) -> None:
    places = offered(world.browser("cleo").get(world.url("/palette")))
    assert places["Needs your reply"] == world.url("/tickets?tab=waiting")
    assert places["Home"] == world.url("/")
    assert {"Customers", "Integration", "Unassigned"}.isdisjoint(places)


def test_every_place_is_there(world: World) -> None:
    browser = world.browser("ada")
    for address in offered(browser.get(world.url("/palette"))).values():
        browser.get(address)


def test_the_list_is_read_from_no_table(world: World, count_queries: QueryCounter) -> None:
    browser = world.browser("ben")
    count_queries.reset()
    browser.get(world.url("/palette"))
    # The tenant, and the session with its user.
    assert len(count_queries) <= 2, str(count_queries)


def test_strangers_have_to_sign_in(world: World) -> None:
    answer = world.anonymous().get(world.url("/palette"), expect_errors=True)
    assert "palette-list" not in answer.text
