"""One tenant with one of everything: a path to every kind of place, a visitor of every kind."""

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from pyramid.interfaces import IRootFactory
from pyramid.request import Request, apply_request_extensions
from pyramid.router import Router
from pyramid.traversal import ResourceTreeTraverser
from sqlalchemy import select

from portal.attachments.service import AttachmentService
from portal.bulk.actions import Action, Verb
from portal.bulk.runs import BulkRuns
from portal.issuer.clients import Clients
from portal.macros.models import Macro, MacroScope
from portal.openid.providers import Providers
from portal.people.models import AgentRole, Role, Team, TeamMember, User
from portal.saved_views.models import Scope
from portal.saved_views.service import SavedViews, Saving
from portal.security import cookies
from portal.security.api_keys import SCOPES, ApiKeyService
from portal.security.grants import EVERY
from portal.security.permissions import Permission
from portal.security.secrets import secret_box
from portal.security.sessions import Lifetime, SessionService
from portal.tickets.filters import Filters
from portal.tickets.models import Ticket
from portal.tickets.service import Draft, TicketService
from portal.topics.models import CustomField, Topic
from tests.factories import TenantFactory, TenantSeed
from tests.factories.files import png
from tests.security.places import PLACES

PEOPLE = ("cleo", "carl", "dora", "ben", "ada", "lia", "max")
#: Agents with a role of the tenant's, and what it gives them.
WITH_ROLES: dict[str, list[Permission]] = {"lia": [], "max": sorted(EVERY)}


@dataclass
class Stage:
    """The tenant, its paths, and the headers that each visitor sends."""

    app: Router
    seed: TenantSeed
    values: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)

    def path(self, name: str, view: str = "") -> str:
        """The path of a place, or of a view there."""
        path = PLACES[name].path.format(slug=self.seed.slug, **self.values)
        return f"{path.rstrip('/')}/{view}" if view else path

    def places_of(self, kind: type) -> list[str]:
        """The names of the places of a kind."""
        return [name for name, place in PLACES.items() if place.kind is kind]

    @contextmanager
    def standing(self, name: str, headers: Mapping[str, str]) -> Iterator[Request]:
        """A request that has arrived at a place; its view is not called."""
        request = Request.blank(self.path(name), headers=dict(headers), host="localhost")
        request.registry = self.app.registry
        apply_request_extensions(request)
        with request.tm:
            root = self.app.registry.getUtility(IRootFactory)(request)
            for key, value in ResourceTreeTraverser(root)(request).items():
                setattr(request, key, value)
            yield request


def build(app: Router, factory: TenantFactory, host: str | None = None) -> Stage:
    """A tenant whose customer has a ticket with a reply's and a note's file."""
    seed = factory.create(host=host)
    stage = Stage(app, seed)
    ticket = factory.ticket(seed, by="cleo")
    stage.values["ticket"] = ticket.number
    stage.values["person"] = seed.users["cleo"].id
    stage.values["organisation"] = seed.users["cleo"].organisation_id
    stage.values["project"] = seed.project.id
    stage.values["token"] = "x" * 43
    store = app.registry["attachments.store"]
    with factory.session(seed.tenant.id) as db:
        ben = factory.identity(seed, "ben")
        files = AttachmentService(db, seed.tenant, ben, store)
        service = TicketService(db, seed.tenant, ben)
        row = service.get(ticket.number)
        for kind, write in (("reply", service.reply), ("note", service.note)):
            file = files.store(Upload(f"{kind}.png", io.BytesIO(png(4, 3))))
            write(row, Draft(f"The {kind}.", attachment_ids=[file.id]), seen=2**62)
            stage.values[f"{kind}_file"] = file.id
        providers = Providers(db, seed.tenant, secret_box(factory.settings))
        stage.values["provider"] = providers.create(
            None, name="Vendor", issuer="https://vendor.test", client_id="x", scopes=["openid"]
        ).key
        cleo = AttachmentService(db, seed.tenant, factory.identity(seed, "cleo"), store)
        waiting = cleo.store(Upload("waiting.png", io.BytesIO(png(4, 3))))
        stage.values["waiting_file"] = waiting.id
        view = SavedViews(db, seed.tenant, ben).create(Filters(), Saving("All", Scope.ALL))
        stage.values["view"] = view.id
        team = Team(tenant_id=seed.tenant.id, name="Repairs")
        db.add(team)
        db.flush()
        stage.values["team"] = team.id
        topic = Topic(tenant_id=seed.tenant.id, name="Repair")
        question = CustomField(tenant_id=seed.tenant.id, key="model", label="Model", kind="text")
        db.add_all([topic, question])
        db.flush()
        stage.values |= {"topic": topic.id, "field": question.id}
        every = select(Ticket.number)
        run = BulkRuns(db, seed.tenant).begin(ben, Action(Verb.PRIORITY, "high"), every)
        stage.values["bulk_run"] = run.id
        sites = Clients(db, seed.tenant)
        stage.values["site"] = sites.create("Forum", ["https://forum.test/cb"]).client_id
        for first, permissions in WITH_ROLES.items():
            seed.users[first] = agent_with_role(db, seed, first, permissions)
        stage.values["role"] = seed.users["lia"].agent_role_id
        stage.values |= macros(db, seed, team)
        stage.headers["nobody"] = {}
        for first in PEOPLE:
            stage.headers[first] = {"Cookie": session_cookie(db, seed, first)}
        for name, scopes in (("key", list(SCOPES)), ("blunt key", [])):
            key, secret = ApiKeyService(db, seed.tenant).create(name, scopes)
            stage.values["api_key"] = key.public_id
            stage.headers[name] = {"X-API-Key": key.public_id, "X-API-Secret": secret}
    return stage


def macros(db: Any, seed: TenantSeed, team: Team) -> dict[str, int]:
    """A macro for all, one of lia's team, and one of ben's own; their ids."""
    scopes: dict[str, dict[str, Any]] = {
        "macro": {"scope": MacroScope.ALL},
        "macro_of_team": {"scope": MacroScope.TEAM, "team_id": team.id},
        "macro_of_ben": {"scope": MacroScope.MINE},
    }
    db.add(TeamMember(tenant_id=seed.tenant.id, team_id=team.id, user_id=seed.users["lia"].id))
    rows = {
        name: Macro(
            tenant_id=seed.tenant.id, owner_id=seed.users["ben"].id, name=name, body="Yes.", **scope
        )
        for name, scope in scopes.items()
    }
    db.add_all(rows.values())
    db.flush()
    return {name: row.id for name, row in rows.items()}


def agent_with_role(db: Any, seed: TenantSeed, first: str, permissions: Sequence[str]) -> User:
    """One more agent of the tenant, whose role has these permissions."""
    name = f"Role of {first}"
    role = AgentRole(tenant_id=seed.tenant.id, name=name, permissions=list(permissions))
    db.add(role)
    db.flush()
    user = User(
        tenant_id=seed.tenant.id,
        email=f"{first}@acme.test",
        name=first.title(),
        role=Role.AGENT,
        agent_role_id=role.id,
    )
    db.add(user)
    db.flush()
    return user


@dataclass
class Upload:
    """A file as a form gives it."""

    filename: str
    file: BinaryIO


def session_cookie(db: Any, seed: TenantSeed, first: str) -> str:
    """A Cookie header that signs a person of the tenant in."""
    value = cookies.new_value()
    SessionService(db, seed.tenant).create(
        seed.users[first], value, Lifetime(3600, 86400), authenticator="local_password"
    )
    return f"portal-{seed.slug}={value}"
