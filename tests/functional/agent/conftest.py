"""A desk at which ben and bea work, each in a browser, while customers write."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from webtest import TestApp
from webtest.forms import Form
from webtest.response import TestResponse

from portal.tickets.models import Event, Message, Ticket
from portal.tickets.service import Draft, TicketService
from tests.factories import World


class Desk:
    """A world with agents' browsers; customers act by their service."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ben: TestApp = world.browser("ben")
        self.bea: TestApp = world.browser("bea")

    def ticket(self, subject: str = "Left hinge cracked", **options: Any) -> int:
        """The number of a new ticket."""
        return self.world.ticket(subject=subject, **options).number

    def get(self, path: str, by: TestApp | None = None, **options: Any) -> TestResponse:
        """A page of the tenant, in ben's browser unless `by` another."""
        return (by or self.ben).get(self.world.url(path), **options)

    def composer(self, number: int, kind: str = "reply", by: TestApp | None = None) -> Form:
        """The open composer of a ticket, reached by its link."""
        page = self.get(f"/tickets/{number}", by)
        words = "Reply to customer" if kind == "reply" else "Internal note"
        return page.click(words, href=f"compose={kind}").forms["composer"]

    def act(self, number: int, by: str, do: Callable[[TicketService, Ticket], Any]) -> Any:
        """What one of the tenant's people does to a ticket, committed."""
        seed = self.world.seed
        with self.world.factory.session(seed.tenant.id) as db:
            service = TicketService(db, seed.tenant, self.world.factory.identity(seed, by))
            return do(service, service.get(number))

    def write(self, number: int, body: str, by: str = "cleo") -> Message:
        """A public reply of somebody who has seen everything."""
        message: Message = self.act(
            number, by, lambda service, ticket: service.reply(ticket, Draft(body), seen=2**62)
        )
        return message

    def rows(self, model: Any, *conditions: Any) -> list[Any]:
        """The tenant's rows of a table."""
        tenant_id = self.world.seed.tenant.id
        with self.world.factory.session(tenant_id) as db:
            statement = select(model).where(model.tenant_id == tenant_id, *conditions)
            return list(db.scalars(statement))

    def stored(self, number: int) -> Ticket:
        """A ticket as it is in the database."""
        found: list[Ticket] = self.rows(Ticket, Ticket.number == number)
        return found[0]

    def messages(self, number: int) -> list[Message]:
        """A ticket's messages, oldest first."""
        found = self.rows(Message, Message.ticket_number == number)
        return sorted(found, key=lambda message: message.id)

    def events(self, number: int) -> list[str]:
        """The kinds of a ticket's events, oldest first."""
        found = self.rows(Event, Event.ticket_number == number)
        return [event.kind for event in sorted(found, key=lambda event: event.id)]


@pytest.fixture
def desk(world: World) -> Desk:
    """The tenant's agents at work."""
    return Desk(world)


def property_form(page: TestResponse, name: str) -> Form:
    """The form of one property of a ticket."""
    (found,) = {
        form
        for form in page.forms.values()
        if form.action.partition("?")[0].endswith("/fields")
        and form.fields.get(name)
        and form.fields[name][0].tag == "select"
    }
    return found
