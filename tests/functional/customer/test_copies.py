"""Customers in copy of somebody else's ticket: what they see, and what they may do."""

import pytest

from portal.people.models import User
from portal.security.identity import Identity
from portal.tenants.models import Tenant
from portal.tickets.followers import FollowerService
from portal.tickets.models import State
from tests.functional.customer.conftest import Desk, answer_form, subjects
from tests.queries import QueryCounter


class Copies:
    """Puts dora, who is of no organisation, in copy of cleo's tickets."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.dora = desk.world.browser("dora")

    def change(self, number: int, *, add: bool = True) -> None:
        """As ben does."""
        seed = self.desk.world.seed
        tenant: Tenant = seed.tenant
        ben: Identity = self.desk.world.factory.identity(seed, "ben")
        with self.desk.world.factory.session(tenant.id) as db:
            service = FollowerService(db, tenant, ben)
            ticket = service.get(number)
            if add:
                dora = db.get_one(User, (tenant.id, seed.users["dora"].id))
                service.put_in_copy(ticket, dora)
            else:
                service.take_from_copy(ticket, seed.users["dora"].id)


@pytest.fixture
def copies(desk: Desk) -> Copies:
    return Copies(desk)


def test_who_is_in_copy_reads_replies_and_replies(desk: Desk, copies: Copies) -> None:
    number = desk.ticket()
    desk.note(number, "A secret of ours.")
    desk.get(f"/tickets/{number}", copies.dora, status=404)
    copies.change(number)
    page = desk.thread(number, copies.dora)
    assert "This is a ticket of Cleo Customer. You can reply, too" in page
    assert "You were put in copy." in page
    assert "A secret of ours." not in page
    form = answer_form(page)
    form["body"] = "I have the same."
    form.submit("keep")
    assert "Left hinge cracked" in desk.get("/tickets/drafts", copies.dora)
    assert "I have the same." in form.submit().follow()
    assert "I have the same." in desk.thread(number)
    # Whose problem it is says whether it is solved.
    assert "Problem solved" not in page


def test_the_requester_sees_who_reads_along(desk: Desk, copies: Copies) -> None:
    number = desk.ticket()
    copies.change(number)
    page = desk.thread(number)
    assert "Dora Customer was put in copy." in page
    assert "In copy" in page


def test_out_of_copy_is_out(desk: Desk, copies: Copies) -> None:
    number = desk.ticket()
    copies.change(number)
    copies.change(number, add=False)
    desk.get(f"/tickets/{number}", copies.dora, status=404)
    assert subjects(desk.get("/tickets?tab=open", copies.dora)) == []


def test_lists_have_the_tickets_one_is_in_copy_of(desk: Desk, copies: Copies) -> None:
    for state in (State.OPEN, State.PENDING, State.SOLVED):
        number = desk.ticket(f"It is {state}")
        desk.set_state(number, state)
        copies.change(number)
    desk.ticket("Not for dora")
    dora = copies.dora
    assert subjects(desk.get("/tickets?tab=open", dora)) == ["It is pending", "It is open"]
    assert subjects(desk.get("/tickets?tab=closed", dora)) == ["It is solved"]
    # What waits there waits for somebody else.
    assert subjects(desk.get("/tickets?tab=waiting", dora)) == []
    assert "It is pending" in desk.get("/", dora)


def test_the_lists_and_the_thread_ask_no_more_of_it(
    desk: Desk, copies: Copies, count_queries: QueryCounter
) -> None:
    number = desk.ticket()
    copies.change(number)
    desk.get("/tickets", copies.dora)
    for path, most in (("/tickets", 6), ("/", 6), (f"/tickets/{number}", 8)):
        count_queries.reset()
        desk.get(path, copies.dora)
        assert len(count_queries) <= most, str(count_queries)
