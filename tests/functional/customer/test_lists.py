"""Home and "My tickets": tabs, scopes, search."""

import re

import pytest
from sqlalchemy import update
from webtest.response import TestResponse

from portal.people.models import Organisation
from portal.tickets.models import State
from tests.functional.customer.conftest import Desk, subjects


def tab(page: TestResponse) -> str:
    """The words of the current tab."""
    return str(page.html.select_one(".tabs [aria-current]").get_text()).strip()


class TestTabs:
    @pytest.fixture
    def desk(self, desk: Desk) -> Desk:
        for state in (*State, None):
            number = desk.ticket(f"A ticket that is {state or 'untouched'}")
            if state:
                desk.set_state(number, state)
        return desk

    @pytest.mark.parametrize(
        ("name", "words", "listed"),
        [
            ("waiting", "Needs your reply 1", ["pending"]),
            ("open", "Open", ["untouched", "on_hold", "open", "new"]),
            ("closed", "Closed", ["closed", "solved"]),
        ],
    )
    def test_each_holds_its_states(
        self, desk: Desk, name: str, words: str, listed: list[str]
    ) -> None:
        page = desk.get(f"/tickets?tab={name}")
        assert tab(page) == words
        assert subjects(page) == [f"A ticket that is {state}" for state in listed]

    def test_what_waits_comes_first(self, desk: Desk) -> None:
        assert tab(desk.get("/tickets")) == "Needs your reply 1"

    def test_where_nothing_waits_what_is_open_does(self, desk: Desk) -> None:
        desk.ticket(by="dora")
        assert tab(desk.get("/tickets", desk.world.browser("dora"))) == "Open"

    @pytest.mark.parametrize("junk", ["all", "new", "", "%00", "'"])
    def test_an_unknown_tab_is_the_first(self, desk: Desk, junk: str) -> None:
        if junk == "%00":
            assert desk.get("/tickets?tab=%00", status=400)
            return
        assert tab(desk.get(f"/tickets?tab={junk}")) == "Needs your reply 1"

    def test_home_lists_what_waits_apart(self, desk: Desk) -> None:
        page = desk.get("/")
        assert subjects(page)[0] == "A ticket that is pending"
        assert subjects(page).count("A ticket that is pending") == 1
        assert page.html.select_one("#waiting").get_text().split() == [
            "Needs", "your", "reply", "1",
        ]  # fmt: skip
        assert len(subjects(page)) == 6


class TestEmpty:
    @pytest.mark.parametrize(
        ("path", "words"),
        [
            ("/", "You have no tickets yet"),
            ("/tickets", "Nothing is open"),
            ("/tickets?tab=waiting", "Nothing waits for your reply"),
            ("/tickets?tab=closed", "Nothing is closed yet"),
            ("/tickets?q=hinge", "Nothing found for “hinge”"),
        ],
    )
    def test_says_what_and_what_next(self, desk: Desk, path: str, words: str) -> None:
        assert words in desk.get(path)


class TestWhose:
    def test_a_shared_organisation_sees_its_members_tickets(self, desk: Desk) -> None:
        desk.ticket("Mine")
        number = desk.ticket("A colleague's", by="carl")
        desk.ticket("A stranger's", by="dora")
        page = desk.get("/tickets")
        assert subjects(page) == ["Mine"]
        page = page.click("Everyone at Customer Ltd")
        assert "Tickets of Customer Ltd" in page
        assert subjects(page) == ["A colleague's", "Mine"]
        assert "opened by Carl Customer" in page
        desk.set_state(number, State.PENDING)
        page = page.click("Needs a reply")
        assert subjects(page) == ["A colleague's"]
        assert "We are waiting for your reply" not in page
        assert "Waiting for a reply" in page

    def test_one_that_does_not_share_offers_no_choice(self, desk: Desk) -> None:
        desk.ticket("A colleague's", by="carl")
        with desk.world.factory.session(desk.world.seed.tenant.id) as db:
            db.execute(update(Organisation).values(shared=False))
        page = desk.get("/tickets?whose=organisation")
        assert "Everyone at" not in page
        assert subjects(page) == []

    def test_who_belongs_to_none_sees_their_own(self, desk: Desk) -> None:
        desk.ticket("Cleo's")
        page = desk.get("/tickets?whose=organisation", desk.world.browser("dora"))
        assert subjects(page) == []

    def test_another_tenants_tickets_are_not_there(self, desk: Desk) -> None:
        other = desk.world.factory.create()
        desk.world.factory.ticket(other, subject="In another house")
        desk.ticket("In this house")
        for path in ("/", "/tickets", "/tickets?whose=organisation", "/tickets?q=house"):
            assert subjects(desk.get(path)) == ["In this house"]


class TestUnread:
    def test_a_reply_is_unread_until_it_was_opened(self, desk: Desk) -> None:
        number = desk.ticket()
        assert "(unread)" not in desk.get("/tickets")
        desk.reply(number, "An answer.")
        page = desk.get("/tickets")
        assert "(unread)" in page
        link = page.html.select_one(".tickets a")["href"]
        assert link.endswith(f"/tickets/{number}#unread")
        page.click("Left hinge cracked")
        assert "(unread)" not in desk.get("/tickets")

    def test_a_note_makes_nothing_unread_or_newer(self, desk: Desk) -> None:
        first, second = desk.ticket("First"), desk.ticket("Second")
        desk.note(first, "Only for us.")
        page = desk.get("/tickets")
        assert "(unread)" not in page
        assert subjects(page) == ["Second", "First"]
        assert second > first

    def test_a_colleagues_ticket_is_not_new_before_it_was_opened(self, desk: Desk) -> None:
        number = desk.ticket(by="carl")
        desk.reply(number, "An answer.")
        assert "(unread)" not in desk.get("/tickets?whose=organisation")
        desk.thread(number)
        desk.reply(number, "Another answer.")
        assert "(unread)" in desk.get("/tickets?whose=organisation")


class TestSearch:
    @pytest.fixture
    def desk(self, desk: Desk) -> Desk:
        desk.ticket("Left hinge cracked", body="It broke this morning at 40 %.")
        number = desk.ticket("Invoice for twelve pairs", body="The VAT number is missing.")
        desk.reply(number, "Our “accounting” team's mail is billing@acme.test.")
        desk.note(number, "Customer is on the zanzibar list.")
        desk.ticket("Firmware 3.2", body="O'Brien says: back\\slash & <b>more</b>.")
        desk.set_state(1, State.SOLVED)
        return desk

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("hinge", [1]),
            ("HINGE", [1]),
            ("hin", [1]),
            ("inge", []),
            ("morning broke", [1]),
            ("accounting", [2]),
            ("billing@acme.test", [2]),
            ('"VAT number"', [2]),
            ('"number VAT"', []),
            ("twelve -invoice", []),
            ("#2", [2]),
            ("2", [2]),
            ("02", []),
            ("3", [3]),
            ("o'brien", [3]),
            ("back\\slash", [3]),
            ("zanzibar", []),
        ],
    )
    def test_finds(self, desk: Desk, query: str, found: list[int]) -> None:
        page = desk.cleo.get(desk.world.url("/tickets"), {"q": query})
        assert tab(page) == "All"
        numbers = [int(n) for n in re.findall(r'<span class="num">#(\d+)<', page.text)]
        assert sorted(numbers) == found

    def test_a_tab_narrows_what_was_found(self, desk: Desk) -> None:
        page = desk.get("/tickets?q=hinge")
        assert "Solved" in page
        assert subjects(page.click("Closed")) == ["Left hinge cracked"]
        assert subjects(page.click("^Open$", index=0)) == []

    def test_home_searches_everything(self, desk: Desk) -> None:
        form = next(form for form in desk.get("/").forms.values() if "q" in form.fields)
        form["q"] = "hinge"
        assert subjects(form.submit()) == ["Left hinge cracked"]

    @pytest.mark.parametrize(
        "hostile",
        [
            "'",
            '"',
            "\\",
            "':*",
            "a:*b",
            "& | ! ( ) < >",
            "%",
            "--",
            "or",
            "a" * 5000,
            "ﬁ \u202e",
            "🎧",
        ],
    )
    def test_anything_may_be_typed(self, desk: Desk, hostile: str) -> None:
        page = desk.cleo.get(desk.world.url("/tickets"), {"q": hostile})
        assert page.status_int == 200
        assert "<b>more" not in page

    def test_strangers_find_nothing(self, desk: Desk) -> None:
        dora = desk.world.browser("dora")
        for query in ("hinge", "1", "#1", "accounting"):
            assert subjects(dora.get(desk.world.url("/tickets"), {"q": query})) == []
