"""The agents' first page, and the first steps of a new tenant on it."""

from webtest.response import TestResponse

from tests.factories import World
from tests.queries import QueryCounter


def home(world: World, who: str) -> TestResponse:
    return world.browser(who).get(world.url("/"))


def figures(page: TestResponse) -> dict[str, str]:
    """The week, by its words."""
    return {
        str(pair.dt.get_text()): str(pair.dd.get_text(" ", strip=True))
        for pair in page.html.select(".figures > div")
    }


def listed(page: TestResponse, title: str) -> list[str]:
    """Subjects of a list on the page."""
    section = next(
        part for part in page.html.select("section.card") if part.h2.get_text().startswith(title)
    )
    return [str(link.get_text()) for link in section.select(".subject a")]


class TestHome:
    def test_it_shows_what_waits_for_the_agent_and_what_waits_for_anybody(
        self, world: World
    ) -> None:
        mine = world.ticket(by="cleo", subject="A lamp that blinks")
        world.ticket(by="carl", subject="An invoice that is missing")
        ben = world.browser("ben")
        page = ben.get(world.url(f"/tickets/{mine.number}"))
        form = next(form for form in page.forms.values() if "assignee" in form.fields)
        form["assignee"] = str(world.seed.users["ben"].id)
        form.submit()
        page = ben.get(world.url("/"))
        assert listed(page, "Needs your reply") == ["A lamp that blinks"]
        assert listed(page, "Unassigned") == ["An invoice that is missing"]
        assert listed(home(world, "bea"), "Needs your reply") == []

    def test_the_week_counts_what_was_done(self, world: World) -> None:
        assert figures(home(world, "ben"))["Opened"] == "0"
        ticket = world.ticket(by="cleo")
        world.ticket(by="cleo")
        ben = world.browser("ben")
        page = ben.get(world.url(f"/tickets/{ticket.number}?compose=reply"))
        form = page.forms["composer"]
        form["body"] = "It is on its way."
        form.submit("then", value="solved")
        assert figures(ben.get(world.url("/"))) == {
            "Opened": "2",
            "Solved": "1 1 by you",
            "Replies": "1 1 by you",
        }
        assert figures(home(world, "bea"))["Replies"] == "1 0 by you"

    def test_it_costs_few_queries(self, world: World, count_queries: QueryCounter) -> None:
        world.ticket(by="cleo")
        browser = world.browser("ben")
        browser.get(world.url("/"))
        count_queries.reset()
        browser.get(world.url("/"))
        assert len(count_queries) <= 8, str(count_queries)


class TestFirstSteps:
    def steps(self, page: TestResponse) -> dict[str, bool]:
        """Which steps the list has, and whether they are ticked."""
        return {
            str(row.b.get_text()): row.select_one(".state.green") is not None
            for row in page.html.select(".first-steps li")
        }

    def test_they_are_ticked_by_what_is_there(self, world: World) -> None:
        before = self.steps(home(world, "ada"))
        assert before["Open the first ticket"] is False
        assert before["Invite a colleague"] is True  # ben and bea
        world.ticket(by="cleo")
        assert self.steps(home(world, "ada"))["Open the first ticket"] is True

    def test_they_lead_to_where_they_are_done(self, world: World) -> None:
        page = home(world, "ada")
        for link in page.html.select(".first-steps li a"):
            world.browser("ada").get(link["href"])

    def test_only_admins_see_them_and_each_can_put_them_away(self, world: World) -> None:
        assert self.steps(home(world, "ben")) == {}
        ada = world.browser("ada")
        page = ada.get(world.url("/"))
        form = next(f for f in page.forms.values() if f.action.endswith("/first-steps"))
        page = form.submit().follow()
        assert self.steps(page) == {}
        world.browser("ben").post(world.url("/first-steps"), status=403)
