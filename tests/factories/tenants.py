"""Tenants with people in them."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Engine

from portal.db import TenantSession, make_sessionmaker
from portal.people.models import Organisation, Project, Role, User
from portal.people.passwords import hash_password
from portal.security.actors import identity_of
from portal.security.identity import Identity
from portal.settings import Settings
from portal.signin.models import SsoConfig
from portal.tenants.models import DEFAULT_AUTHENTICATORS, Tenant, TenantHost
from portal.tickets.models import Ticket
from portal.tickets.service import Draft, TicketService

#: Everybody's password in tests.
PASSWORD = "staple-lantern-orchid"


@dataclass
class TenantSeed:
    """A committed tenant and its people, as rows that are detached from any session."""

    tenant: Tenant
    organisation: Organisation
    project: Project
    users: dict[str, User] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        """The tenant's slug."""
        return self.tenant.slug


class TenantFactory:
    """Makes committed tenants."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self.sessions = make_sessionmaker(engine)
        self.settings = settings

    @contextmanager
    def session(self, tenant_id: int | None) -> Iterator[TenantSession]:
        """A session bound to a tenant, committed at the end."""
        with self.sessions() as db:
            db.note_tenant(tenant_id)
            with db.begin():
                yield db

    def create(self, *, host: str | None = None, name: str = "Acme Audio") -> TenantSeed:
        """A tenant with ada (admin), ben and bea (agents), cleo and carl (customers of one
        shared organisation) and dora (a customer of none)."""
        slug = f"t{uuid.uuid4().hex[:10]}"
        with self.session(None) as db:
            tenant = Tenant(slug=slug, name=name, authenticators=list(DEFAULT_AUTHENTICATORS))
            db.add(tenant)
            db.flush()
            db.bind_tenant(tenant.id)
            if host:
                db.add(TenantHost(host=host, tenant_id=tenant.id, position=0))
            db.add(SsoConfig(tenant_id=tenant.id))
            organisation = Organisation(tenant_id=tenant.id, name="Customer Ltd", shared=True)
            project = Project(tenant_id=tenant.id, key="proj_abc123", name="Headphones")
            db.add_all([organisation, project])
            db.flush()
            seed = TenantSeed(tenant, organisation, project)
            for first, role, member in (
                ("ada", Role.ADMIN, False),
                ("ben", Role.AGENT, False),
                ("bea", Role.AGENT, False),
                ("cleo", Role.CUSTOMER, True),
                ("carl", Role.CUSTOMER, True),
                ("dora", Role.CUSTOMER, False),
            ):
                user = User(
                    tenant_id=tenant.id,
                    email=f"{first}@{'acme' if role.is_staff else 'customer'}.test",
                    name=f"{first.title()} {role.value.title()}",
                    role=role,
                    organisation_id=organisation.id if member else None,
                    # Replies go at once, but where a test is about those that wait.
                    preferences={"undo_seconds": 0} if role.is_staff else {},
                    password_hash=hash_password(PASSWORD, self.settings.passwords_profile),
                )
                db.add(user)
                seed.users[first] = user
            db.flush()
        return seed

    def identity(self, seed: TenantSeed, first: str) -> Identity:
        """The identity of one of the tenant's people."""
        user = seed.users[first]
        shared = user.organisation_id == seed.organisation.id
        return identity_of(user, shared, seed.organisation.name if shared else None, "session")

    def ticket(
        self,
        seed: TenantSeed,
        *,
        by: str = "cleo",
        subject: str = "Left hinge cracked",
        body: str = "It cracked this morning.",
    ) -> Ticket:
        """A ticket, opened by one of the tenant's people."""
        with self.session(seed.tenant.id) as db:
            service = TicketService(db, seed.tenant, self.identity(seed, by))
            return service.open(subject, Draft(body))
