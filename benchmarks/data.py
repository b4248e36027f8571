"""The data set: a tenant that takes signed tokens, its people, and a queue of tickets."""

import secrets
from dataclasses import dataclass

from pyramid.router import Router
from sqlalchemy import insert, select

from portal.db import TenantSession
from portal.people.models import Role, User
from portal.security import cookies
from portal.security.identity import Identity
from portal.security.secrets import SecretBox
from portal.security.sessions import Lifetime, SessionService, identity_of
from portal.settings import Settings
from portal.signin.keyring import Keyring, Material
from portal.signin.models import SsoConfig
from portal.tenants.models import DEFAULT_AUTHENTICATORS, Tenant
from portal.tickets.service import Draft, TicketService

SLUG = "bench"
CUSTOMERS = 1000
#: One customer has as many, or there are fewer in all.
TICKETS_OF_ONE = 50
#: A word in every ticket, and one in few of them: in one of so many.
COMMON, RARE, ONE_OF = "question", "zebra", 250


@dataclass(frozen=True)
class DataSet:
    """What the clients need to know."""

    secret: str
    emails: list[str]
    #: Cookies of a customer and of an agent who are signed in.
    customer: str
    agent: str


def build(app: Router, settings: Settings, tickets: int) -> DataSet:
    """Fill an empty database, through the services."""
    with _session(app) as db, db.begin():
        tenant = Tenant(slug=SLUG, name="Bench", authenticators=list(DEFAULT_AUTHENTICATORS))
        db.add(tenant)
        db.flush()
        db.bind_tenant(tenant.id)
        secret = secrets.token_urlsafe(36)
        db.add(SsoConfig(tenant_id=tenant.id, dialects=["central", "happyfox"]))
        db.flush()
        box = SecretBox(settings.secret_key)
        Keyring(db, tenant, box).add("bench", Material("HS256", secret))
        emails = _people(db, tenant)
        customer, agent = _person(db, tenant, emails[0]), _person(db, tenant, "agent@bench.test")
        cookie, agents_cookie = _signed_in(db, tenant, customer), _signed_in(db, tenant, agent)
    _tickets(app, tenant, emails, tickets)
    return DataSet(secret, emails, cookie, agents_cookie)


def _session(app: Router) -> TenantSession:
    session: TenantSession = app.registry["db.sessionmaker"]()
    return session


def _people(db: TenantSession, tenant: Tenant) -> list[str]:
    emails = [f"customer-{number}@bench.test" for number in range(CUSTOMERS)]
    rows = [(email, Role.CUSTOMER) for email in emails] + [("agent@bench.test", Role.AGENT)]
    db.execute(
        insert(User),
        [
            {"tenant_id": tenant.id, "email": email, "name": email.partition("@")[0], "role": role}
            for email, role in rows
        ],
    )
    return emails


def _person(db: TenantSession, tenant: Tenant, email: str) -> User:
    return db.scalars(select(User).where(User.tenant_id == tenant.id, User.email == email)).one()


def _signed_in(db: TenantSession, tenant: Tenant, user: User) -> str:
    value = cookies.new_value()
    SessionService(db, tenant).create(
        user, value, Lifetime(86_400, 86_400), authenticator="local_password"
    )
    return f"__Host-portal-{SLUG}={value}"


def _tickets(app: Router, tenant: Tenant, emails: list[str], tickets: int) -> None:
    """The first customer's, then one for each of the others in turn."""
    with _session(app) as db:
        db.note_tenant(tenant.id)
        with db.begin():
            for number in range(tickets):
                email = emails[0 if number < TICKETS_OF_ONE else number % CUSTOMERS]
                who: Identity = identity_of(_person(db, tenant, email), False, None, "session")
                service = TicketService(db, tenant, who)
                text = "It does not play any more."
                if number % ONE_OF == 0:
                    text += f" Its cover shows a {RARE}."
                service.open(f"{COMMON.title()} number {number}", Draft(text))
