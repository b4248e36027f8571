"""What the command palette is told while somebody types."""

from typing import Any

import pytest

from tests.factories import World
from tests.queries import QueryCounter


@pytest.fixture
def titles(world: World) -> Any:
    """Suggestions by kind and title, in their order."""
    world.ticket(by="cleo", subject="The left hinge cracked", body="It needs some glue.")
    world.ticket(by="dora", subject="Where is my parcel", body="The hinge was to come on Monday.")

    def ask(who: str, query: str) -> list[tuple[str, str]]:
        answer = world.browser(who).get(world.url("/tickets/suggest"), {"q": query})
        assert answer.content_type == "application/json"
        assert all(set(each) == {"kind", "title", "detail", "url"} for each in answer.json)
        return [(each["kind"], each["title"]) for each in answer.json]

    return ask


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("hing", ["The left hinge cracked", "Where is my parcel"]),
        ("needs hinge", ["The left hinge cracked"]),
        ("#2", ["Where is my parcel"]),
        ("2", ["Where is my parcel"]),
        ("state:open", []),
        ("h", []),
        ("", []),
    ],
)
def test_staff_are_offered_tickets(titles: Any, query: str, found: list[str]) -> None:
    """A word in the subject counts for more than one in a message."""
    assert [title for kind, title in titles("ben", query) if kind == "ticket"] == found


def test_staff_are_offered_people_and_organisations(world: World, titles: Any) -> None:
    cleo = world.seed.users["cleo"]
    assert ("person", cleo.name) in titles("ben", cleo.email[:6])
    (name,) = (name for kind, name in titles("ben", cleo.name) if kind == "person")
    assert name == cleo.name


def test_a_slip_of_the_finger_is_forgiven_in_names(world: World, titles: Any) -> None:
    name = world.seed.users["cleo"].name
    assert ("person", name) in titles("ben", name[0] + name[2] + name[1] + name[3:])


@pytest.mark.parametrize(
    ("who", "found"),
    [("cleo", ["The left hinge cracked"]), ("carl", ["The left hinge cracked"]), ("dora", [])],
)
def test_customers_are_offered_what_they_may_see(titles: Any, who: str, found: list[str]) -> None:
    for query in ("cracked", "1", "#1"):
        assert titles(who, query) == [("ticket", title) for title in found]


def test_a_suggestion_leads_there(world: World, titles: Any) -> None:
    browser = world.browser("ben")
    answers = browser.get(world.url("/tickets/suggest"), {"q": "hinge"}).json
    assert "The left hinge cracked" in browser.get(answers[0]["url"])
    assert answers[0]["detail"].startswith("#1 · ")


def test_it_answers_with_few_questions(
    world: World, titles: Any, count_queries: QueryCounter
) -> None:
    """Two find tenant and reader; what is left is one for tickets and one for names."""
    for who, most in (("ben", 4), ("cleo", 3)):
        browser = world.browser(who)
        browser.get(world.url("/tickets/suggest"))
        count_queries.reset()
        browser.get(world.url("/tickets/suggest"), {"q": "hinge"})
        assert len(count_queries) <= most, str(count_queries)
