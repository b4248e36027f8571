"""A desk of a test's own inside the running demo: a tenant whose tickets wait, and its people."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import StorageState
from sqlalchemy import select

from portal.people.models import User
from portal.people.preferences import choose
from portal.security import cookies
from portal.security.sessions import Lifetime, SessionService
from portal.tickets.mark_models import TicketTag
from portal.tickets.models import Message, MessageKind, Ticket
from portal.tickets.service import Draft, TicketService
from portal.topics.models import Topic
from tests.browser.running import Demo
from tests.factories import TenantFactory


@dataclass
class Outcome:
    """What the database says of a ticket."""

    state: str
    priority: str
    assignee: str | None
    tags: list[str] = field(default_factory=list)
    #: What the team wrote to the customer, and what for itself.
    replies: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Desk:
    """A tenant with the people that `TenantFactory` makes, and no tickets yet."""

    def __init__(self, demo: Demo, factory: TenantFactory) -> None:
        self.demo = demo
        self.factory = factory
        self.seed = factory.create()

    def url(self, path: str = "") -> str:
        """The address of a page: `url("tickets")`."""
        return self.demo.url(path, tenant=self.seed.slug)

    def signed_in(self, first: str) -> StorageState:
        """What the browser of somebody who is signed in holds."""
        value = cookies.new_value()
        with self.factory.session(self.seed.tenant.id) as db:
            SessionService(db, self.seed.tenant).create(
                self.seed.users[first],
                value,
                Lifetime(idle=3600, absolute=86400),
                authenticator="local_password",
            )
        host = urlsplit(self.demo.portal).hostname or ""
        name = f"portal-{self.seed.slug}"
        return {"cookies": [{"name": name, "value": value, "domain": host, "path": "/"}]}

    def ticket(self, subject: str) -> str:
        """A new ticket of cleo's. Gives its address."""
        return self.url(f"tickets/{self.factory.ticket(self.seed, subject=subject).number}")

    def undoes_nothing(self, first: str) -> None:
        """What somebody sends goes at once from now on."""
        user = self.seed.users[first]
        with self.factory.session(self.seed.tenant.id) as db:
            choose(db.get_one(User, (user.tenant_id, user.id)), undo_seconds=0)

    def receive_parcels(self, count: int) -> None:
        """So many tickets of cleo's: "Parcel 01", "Parcel 02"…"""
        with self.factory.session(self.seed.tenant.id) as db:
            cleo = TicketService(db, self.seed.tenant, self.factory.identity(self.seed, "cleo"))
            for number in range(1, count + 1):
                cleo.open(f"Parcel {number:02}", Draft(f"Where is parcel {number:02}?"))

    def add_topics(self, *names: str) -> None:
        """What customers choose from when they open a ticket."""
        with self.factory.session(self.seed.tenant.id) as db:
            db.add_all(
                Topic(tenant_id=self.seed.tenant.id, name=name, position=place)
                for place, name in enumerate(names)
            )

    def outcomes(self) -> dict[str, Outcome]:
        """What has become of each ticket, by its subject."""
        with self.factory.session(self.seed.tenant.id) as db:
            people = dict(db.execute(select(User.id, User.name)).all())
            staff = {user.id for name, user in self.seed.users.items() if user.role != "customer"}
            found = {
                ticket.number: Outcome(
                    ticket.state, ticket.priority, people.get(ticket.assignee_id or 0)
                )
                for ticket in db.scalars(select(Ticket))
            }
            subjects = dict(db.execute(select(Ticket.number, Ticket.subject)).all())
            for tag in db.scalars(select(TicketTag).order_by(TicketTag.tag)):
                found[tag.ticket_number].tags.append(tag.tag)
            for message in db.scalars(select(Message).order_by(Message.id)):
                if message.author_id in staff:
                    told = found[message.ticket_number]
                    kept = told.replies if message.kind == MessageKind.REPLY else told.notes
                    kept.append(message.body)
        return {subjects[number]: outcome for number, outcome in found.items()}
