"""A desk of a test's own inside the running demo: a tenant whose tickets wait, and its people."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import StorageState
from sqlalchemy import Engine, select

from portal.people.models import User
from portal.security import cookies
from portal.security.sessions import Lifetime, SessionService
from portal.settings import Settings
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
    """A tenant with the people that `TenantFactory` makes, and tickets "Parcel 01", "Parcel 02"…"""

    def __init__(self, demo: Demo, engine: Engine, waiting: int) -> None:
        settings = Settings.from_ini(
            {
                "portal.origin": demo.portal,
                "portal.data": str(demo.data),
                "portal.development": "true",
                "portal.secret_key": "auto",
                "database.url": "embedded",
                "passwords.profile": "cheap",
            }
        )
        self.demo = demo
        self.factory = TenantFactory(engine, settings)
        self.seed = self.factory.create()
        with self.factory.session(self.seed.tenant.id) as db:
            cleo = TicketService(db, self.seed.tenant, self.factory.identity(self.seed, "cleo"))
            for number in range(1, waiting + 1):
                cleo.open(f"Parcel {number:02}", Draft(f"Where is parcel {number:02}?"))

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
