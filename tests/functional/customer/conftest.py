"""A desk whose agents answer while a customer clicks."""

from typing import Any

import pytest
from sqlalchemy import select
from webtest import TestApp
from webtest.response import TestResponse

from portal.security.models import Session
from portal.tickets.models import Message, State, Ticket
from portal.tickets.service import Draft, TicketService
from tests.factories import World

#: More than any message has: the writer has seen everything.
EVERYTHING = 2**62


class Desk:
    """A world, its customer cleo in a browser, and its agents by their service."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.cleo: TestApp = world.browser("cleo")

    def ticket(self, subject: str = "Left hinge cracked", **options: Any) -> int:
        """The number of a new ticket."""
        return self.world.ticket(subject=subject, **options).number

    def get(self, path: str, by: TestApp | None = None, **options: Any) -> TestResponse:
        """A page of the tenant, cleo's unless `by` somebody else's browser."""
        return (by or self.cleo).get(self.world.url(path), **options)

    def thread(self, number: int, by: TestApp | None = None) -> TestResponse:
        """A ticket's page."""
        return self.get(f"/tickets/{number}", by)

    def reply(self, number: int, body: str, by: str = "ben", state: State | None = None) -> int:
        """A public reply; the id of its message."""
        return self._write(
            number,
            by,
            lambda service, ticket: service.reply(
                ticket, Draft(body), seen=EVERYTHING, state=state
            ),
        )

    def note(self, number: int, body: str, by: str = "ben") -> int:
        """An internal note."""
        return self._write(
            number, by, lambda service, ticket: service.note(ticket, Draft(body), seen=EVERYTHING)
        )

    def set_state(self, number: int, state: State, by: str = "ben") -> None:
        """Another state, set by an agent."""
        self.act(number, by, lambda service, ticket: service.set_state(ticket, state))

    def _write(self, number: int, by: str, write: Any) -> int:
        message: Message = self.act(number, by, write)
        return message.id

    def act(self, number: int, by: str, do: Any) -> Any:
        """What one of the tenant's people does to a ticket, committed."""
        seed = self.world.seed
        with self.world.factory.session(seed.tenant.id) as db:
            service = TicketService(db, seed.tenant, self.world.factory.identity(seed, by))
            return do(service, service.get(number))

    def rows(self, model: Any, *conditions: Any) -> list[Any]:
        """The tenant's rows of a table, by their key."""
        tenant_id = self.world.seed.tenant.id
        statement = select(model).where(model.tenant_id == tenant_id, *conditions)
        with self.world.factory.session(tenant_id) as db:
            return list(db.scalars(statement.order_by(*model.__table__.primary_key)))

    def sign_everybody_out(self) -> None:
        """All sessions end, those of open pages too."""
        with self.world.factory.session(self.world.seed.tenant.id) as db:
            db.query(Session).delete()

    def state_of(self, number: int) -> str:
        """A ticket's state."""
        (ticket,) = self.rows(Ticket, Ticket.number == number)
        return str(ticket.state)


def answer_form(page: TestResponse) -> Any:
    """The form below a thread."""
    return page.forms["answer"]


def form_to(page: TestResponse, ending: str) -> Any:
    """The form that posts to an address which ends like this."""
    (found,) = {form for form in page.forms.values() if form.action.endswith(ending)}
    assert found.method.upper() == "POST"
    return found


def subjects(page: TestResponse) -> list[str]:
    """The subjects that a page lists, in its order."""
    return [title.bdi.get_text() for title in page.html.select(".tickets .title")]


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)
