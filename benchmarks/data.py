"""The data sets: tenants that take signed tokens, their people, and a desk of tickets each."""

import secrets
from dataclasses import dataclass

from pyramid.router import Router
from sqlalchemy import create_engine, select, text

from benchmarks import desk
from portal.db import TenantSession
from portal.people.models import User
from portal.saved_views.models import Scope
from portal.saved_views.service import SavedViews, Saving
from portal.security import cookies
from portal.security.actors import identity_of
from portal.security.identity import Identity
from portal.security.secrets import SecretBox
from portal.security.sessions import Lifetime, SessionService
from portal.settings import Settings
from portal.signin.keyring import Keyring, Material
from portal.signin.models import SsoConfig
from portal.tenants.models import DEFAULT_AUTHENTICATORS, Tenant
from portal.tickets.filters import UNSOLVED, Filters
from portal.tickets.models import Priority, Ticket
from portal.tickets.stars import StarService

CUSTOMERS = 1000
#: One customer has as many.
TICKETS_OF_ONE = 50
STARRED = 5


@dataclass(frozen=True)
class DataSet:
    """What the clients need to know of a tenant."""

    slug: str
    tickets: int
    secret: str
    emails: list[str]
    #: Cookies of a customer and of an agent who are signed in.
    customer: str
    agent: str
    #: Ids that addresses name.
    person: int
    #: Another agent.
    colleague: int
    organisation: int
    view: int


def build(app: Router, settings: Settings, slug: str, tickets: int) -> DataSet:
    """A tenant with as many tickets."""
    emails = [f"customer-{number}@bench.test" for number in range(CUSTOMERS)]
    with _session(app) as db:
        with db.begin():
            tenant, secret = _tenant(db, settings, slug)
            desk.people_and_places(db, tenant, CUSTOMERS)
        desk.tickets(db, tenant, CUSTOMERS, tickets, TICKETS_OF_ONE)
        with db.begin():
            customer = _person(db, tenant, emails[0])
            agent = _person(db, tenant, "agent-0@bench.test")
            who = identity_of(agent, False, None, "session")
            return DataSet(
                slug=slug,
                tickets=tickets,
                secret=secret,
                emails=emails,
                customer=_signed_in(db, tenant, customer),
                agent=_signed_in(db, tenant, agent),
                person=customer.id,
                colleague=_person(db, tenant, "agent-1@bench.test").id,
                organisation=customer.organisation_id or 0,
                view=_marks(db, tenant, who, tickets),
            )


def settle(settings: Settings) -> None:
    """Statistics and a tidied heap, as autovacuum keeps them in a database that is in use."""
    engine = create_engine(settings.database_owner_url or "", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("vacuum (analyze)"))
    engine.dispose()


def _session(app: Router) -> TenantSession:
    session: TenantSession = app.registry["db.sessionmaker"]()
    return session


def _tenant(db: TenantSession, settings: Settings, slug: str) -> tuple[Tenant, str]:
    """The tenant, and the secret of its tokens."""
    tenant = Tenant(slug=slug, name=slug.title(), authenticators=list(DEFAULT_AUTHENTICATORS))
    db.add(tenant)
    db.flush()
    db.bind_tenant(tenant.id)
    secret = secrets.token_urlsafe(36)
    db.add(SsoConfig(tenant_id=tenant.id, dialects=["central", "happyfox"]))
    db.flush()
    Keyring(db, tenant, SecretBox(settings.secret_key)).add("bench", Material("HS256", secret))
    return tenant, secret


def _person(db: TenantSession, tenant: Tenant, email: str) -> User:
    return db.scalars(select(User).where(User.tenant_id == tenant.id, User.email == email)).one()


def _signed_in(db: TenantSession, tenant: Tenant, user: User) -> str:
    value = cookies.new_value()
    SessionService(db, tenant).create(
        user, value, Lifetime(86_400, 86_400), authenticator="local_password"
    )
    return f"__Host-portal-{tenant.slug}={value}"


def _marks(db: TenantSession, tenant: Tenant, agent: Identity, newest: int) -> int:
    """Some stars of the agent's, and a view that all see; its id."""
    stars = StarService(db, tenant, agent)
    for number in range(newest - STARRED, newest):
        stars.star(db.get_one(Ticket, (tenant.id, number)))
    filters = Filters(states=UNSOLVED, priorities=(Priority.HIGH, Priority.URGENT))
    view = SavedViews(db, tenant, agent).create(filters, Saving("Urgent", Scope.ALL))
    return view.id
