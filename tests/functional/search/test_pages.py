"""The page of results: what agents find, how it is shown, and what it costs."""

from typing import Any

import pytest
from webtest import TestResponse

from portal.security.actors import identity_of
from portal.tickets.models import State
from portal.tickets.service import Draft, TicketService
from tests.factories import World
from tests.queries import QueryCounter

MOST = 8


class Desk:
    """A tenant with a few tickets, and ben's browser."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.browser = world.browser("ben")
        world.ticket(by="cleo", subject="The left hinge cracked", body="It broke at **40 %**.")
        world.ticket(by="dora", subject="Where is it", body="My hinge, order A-2024/0017, is late.")
        world.ticket(by="carl", subject="<b>Invoices</b>", body="They are addressed wrongly.")
        self.note(3, "Carl means the zanzibar contract.")

    def note(self, number: int, text: str) -> None:
        """ben writes a note."""
        seed = self.world.seed
        with self.world.factory.session(seed.tenant.id) as db:
            ben = identity_of(seed.users["ben"], False, None, "session")
            service = TicketService(db, seed.tenant, ben)
            service.note(service.get(number), Draft(text), seen=2**62)

    def search(self, text: str, **more: Any) -> TestResponse:
        """The page of results."""
        url = self.world.url("/tickets/search")
        return self.browser.get(url, {"q": text, **more}, status="*")


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def subjects(page: TestResponse) -> list[str]:
    return [
        each.text.removesuffix(" (unread)").strip() for each in page.html.select(".hits .title")
    ]


def marks(page: TestResponse) -> list[str]:
    return [each.text for each in page.html.select(".hits mark")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("hinge", ["The left hinge cracked", "Where is it"]),
        ("hinges", ["The left hinge cracked", "Where is it"]),
        ("cracking hinge", ["The left hinge cracked"]),
        ("hinge -late", ["The left hinge cracked"]),
        ('"hinge cracked"', ["The left hinge cracked"]),
        ('"cracked hinge"', []),
        ("2024", ["Where is it"]),
        ("20240017", ["Where is it"]),
        ("#3", ["<b>Invoices</b>"]),
        ("addréssed", ["<b>Invoices</b>"]),
        ("zanzibar", ["<b>Invoices</b>"]),
        ("requester:dora hinge", ["Where is it"]),
        ("state:new hinge created:today", ["The left hinge cracked", "Where is it"]),
        ("before:2020 hinge", []),
    ],
)
def test_agents_find(desk: Desk, text: str, found: list[str]) -> None:
    page = desk.search(text)
    assert page.status_int == 200
    assert sorted(subjects(page)) == sorted(found)
    assert ("No ticket has all of these words" in page) == (not found)


def test_what_was_found_is_marked_and_stays_text(desk: Desk) -> None:
    page = desk.search("invoice wrongly")
    assert marks(page) == ["Invoices", "wrongly"]
    assert "&lt;b&gt;<mark>Invoices</mark>" in page
    page = desk.search("20240017")
    assert marks(page) == ["A-2024/0017"[2:]] or marks(page) == ["2024/0017"]


def test_a_note_says_that_it_is_one(desk: Desk) -> None:
    assert "Internal note" in desk.search("zanzibar").html.select_one(".hits").text
    assert "Internal note" not in desk.search("hinge").html.select_one(".hits").text


def test_a_subject_counts_for_more_than_a_message(desk: Desk) -> None:
    """The second ticket changed later, and comes first only when that is asked for."""
    page = desk.search("hinge")
    assert subjects(page) == ["The left hinge cracked", "Where is it"]
    newest = page.click("Newest first")
    assert subjects(newest) == ["Where is it", "The left hinge cracked"]
    assert subjects(newest.click("Best first")) == subjects(page)


def test_people_and_organisations_stand_above(desk: Desk) -> None:
    cleo = desk.world.seed.users["cleo"]
    page = desk.search(cleo.name)
    assert "People and organisations" in page
    assert cleo.name in page.click(cleo.name, index=0)


def test_misspelt_names_are_asked_about(desk: Desk) -> None:
    name = desk.world.seed.users["cleo"].name
    page = desk.search(name[0] + name[2] + name[1] + name[3:])
    assert "Did you mean" in page
    assert name in page.html.select_one(".names").text


def test_a_number_that_is_nearly_right_finds_what_is_near(desk: Desk) -> None:
    page = desk.search("A-2024/0018")
    assert "Nothing has exactly this number" in page
    assert subjects(page) == ["Where is it"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("state:opne hinge", "“state:opne”: after “state:” can stand new, open,"),
        ("assignee:zoë", "No agent is called “zoë”."),
        ("size:<b>", "“size:” is no operator"),
    ],
)
def test_what_is_not_understood_is_said_beside_the_box(desk: Desk, text: str, said: str) -> None:
    page = desk.search(text)
    assert page.status_int == 422
    box = page.html.select_one("input[name=q]")
    assert (box["value"], box["aria-invalid"]) == (text, "true")
    assert said in page.html.find(id=box["aria-describedby"]).text
    assert not subjects(page)
    assert "No ticket has" not in page


def test_a_search_without_words_is_a_list(desk: Desk) -> None:
    answer = desk.search("state:open assignee:me")
    assert answer.status_int == 303
    assert answer.location.endswith("/tickets?state=open&assignee=me")


def test_what_was_found_is_worked_on_as_a_list(desk: Desk) -> None:
    page = desk.search("state:new requester:dora hinge").click("Show as a list")
    assert [row.text for row in page.html.select(".queue .subject bdi")] == ["Where is it"]
    assert page.html.select("input[name=number]")
    assert "Save as view" in page


def test_the_way_back_from_a_ticket_is_the_list_of_the_same_filters(desk: Desk) -> None:
    link = desk.search("state:new hinge").html.select_one(".hits a")["href"]
    assert "from=state%3Dnew%26q%3Dhinge" in link


def test_before_anything_is_typed_it_says_what_can_be(desk: Desk) -> None:
    page = desk.search("")
    assert page.html.select_one("details.search-help")["open"] == ""
    assert "Search everything at once" in page


def test_only_common_words_find_nothing_and_say_why(desk: Desk) -> None:
    assert "Very common words" in desk.search("the -of")


@pytest.mark.parametrize(
    "text",
    ["'", '"', "\\", ":*", "a:*b", "& | ! ( ) < >", "%", "_", "-", "a" * 5000, "\ue000x\ue001"],
)
def test_anything_may_be_typed(desk: Desk, text: str) -> None:
    assert desk.search(text).status_int == 200


def test_pages_of_results(desk: Desk) -> None:
    for number in range(30):
        desk.world.ticket(by="cleo", subject=f"Umbrella {number}")
    first = desk.search("umbrella")
    assert "30 tickets" in first
    second = first.click("Next")
    assert len(subjects(first)) == 25
    assert len({*subjects(first), *subjects(second)}) == 30
    assert subjects(second.click("Back")) == subjects(first)
    assert not subjects(desk.search("umbrella", page="4"))


def test_customers_search_in_their_list(desk: Desk) -> None:
    cleo = desk.world.browser("cleo")
    page = cleo.get(desk.world.url("/tickets/search"), {"q": "hinge"}).follow()
    assert "The left hinge cracked" in page
    assert "Where is it" not in page


def test_customers_see_what_was_found(desk: Desk, count_queries: QueryCounter) -> None:
    """In their replies; a note of the same ticket stays with the team."""
    desk.note(1, "The hinge broke because it was bent.")
    cleo = desk.world.browser("cleo")
    cleo.get(desk.world.url("/tickets"))
    count_queries.reset()
    page = cleo.get(desk.world.url("/tickets"), {"q": "broke"})
    assert len(count_queries) <= 6, str(count_queries)
    assert [each.text for each in page.html.select(".tickets mark")] == ["broke"]
    assert "bent" not in page


@pytest.mark.parametrize(
    "text",
    ["hinge", "state:new assignee:none requester:cleo hinge", "team:none nothing", "A-2024/0018"],
)
def test_a_search_asks_a_few_questions(desk: Desk, count_queries: QueryCounter, text: str) -> None:
    desk.search("")
    count_queries.reset()
    desk.search(text)
    assert len(count_queries) <= MOST, str(count_queries)


def test_what_is_solved_is_found_too(desk: Desk) -> None:
    desk.browser.get(desk.world.url("/tickets/1"))
    seed = desk.world.seed
    with desk.world.factory.session(seed.tenant.id) as db:
        ben = identity_of(seed.users["ben"], False, None, "session")
        service = TicketService(db, seed.tenant, ben)
        service.set_state(service.get(1), State.SOLVED)
    assert "The left hinge cracked" in subjects(desk.search("hinge"))
    assert subjects(desk.search("state:solved hinge")) == ["The left hinge cracked"]
