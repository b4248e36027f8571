"""Searching for what one must not know: other tenants, notes, other people's tickets.

The functions of search run with their owner's rights, so what is asked of them is asked here as
an attacker would who has the application's role, or a customer's browser.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.exc import ProgrammingError

from portal.security.actors import identity_of
from portal.tickets.mark_models import FollowerKind, TicketFollower
from portal.tickets.service import Draft, TicketService
from tests.factories import TenantFactory, TenantSeed, World

pytestmark = pytest.mark.security

_TICKETS = text(
    "select ticket_number, message_id from search_tickets("
    ":tenant, :reader, :words, '', cast(:codes as text[]), :loose, cast(:among as bigint[]))"
)
_PEOPLE = text("select named_id from search_people(:tenant, :reader, '{acme}', :loose, 9)")
FUNCTIONS = (
    "search_tickets(bigint, bigint, text, text, text[], boolean, bigint[])",
    "search_people(bigint, bigint, text[], boolean, integer)",
)


class Attacker:
    """The application's role, bound to a tenant, with any argument there is."""

    def __init__(self, connection: Connection, bound_to: int | None) -> None:
        self.connection = connection
        if bound_to is not None:
            bind = select(func.set_config("portal.tenant_id", str(bound_to), True))
            connection.execute(bind)

    def tickets(self, tenant: int | None, reader: int, words: str, **more: Any) -> set[int]:
        values = {"codes": [], "loose": False, "among": None} | more
        rows = self.connection.execute(
            _TICKETS, {"tenant": tenant, "reader": reader, "words": words, **values}
        )
        return {row.ticket_number for row in rows}

    def people(self, tenant: int | None, reader: int, *, loose: bool = False) -> list[int]:
        values = {"tenant": tenant, "reader": reader, "loose": loose}
        return list(self.connection.scalars(_PEOPLE, values))


@pytest.fixture(scope="module")
def desks(engine: Engine, tenant_factory: TenantFactory) -> tuple[TenantSeed, TenantSeed]:
    """Two tenants with the same tickets: cleo's with a note, dora's, and one that carl opened."""
    return _desk(tenant_factory), _desk(tenant_factory)


@pytest.fixture(scope="module")
def tenant_factory(engine: Engine, settings: Any) -> TenantFactory:
    """One for the module, whose tests only read."""
    return TenantFactory(engine, settings)


def _desk(factory: TenantFactory) -> TenantSeed:
    seed = factory.create()
    for who in ("cleo", "dora", "carl"):
        factory.ticket(seed, by=who, subject=f"Lamp of {who}", body="Serial AB-4711 is broken.")
    with factory.session(seed.tenant.id) as db:
        ben = identity_of(seed.users["ben"], False, None, "session")
        service = TicketService(db, seed.tenant, ben)
        service.note(service.get(1), Draft("Zanzibar, and serial ZZ-9999."), seen=2**62)
    return seed


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection, connection.begin():
        yield connection


def test_the_bound_tenant_is_searched(
    connection: Connection, desks: tuple[TenantSeed, TenantSeed]
) -> None:
    here, _there = desks
    attacker = Attacker(connection, here.tenant.id)
    assert attacker.tickets(here.tenant.id, here.users["ben"].id, "lamp") == {1, 2, 3}
    assert attacker.people(here.tenant.id, here.users["ben"].id)


@pytest.mark.parametrize("reader", ["of here", "of there"])
@pytest.mark.parametrize("bound", ["here", "nowhere"])
def test_another_tenant_is_refused(
    connection: Connection, desks: tuple[TenantSeed, TenantSeed], bound: str, reader: str
) -> None:
    here, there = desks
    attacker = Attacker(connection, here.tenant.id if bound == "here" else None)
    who = (here if reader == "of here" else there).users["ben"].id
    for ask in (
        lambda: attacker.tickets(there.tenant.id, who, "lamp"),
        lambda: attacker.people(there.tenant.id, who),
        lambda: attacker.tickets(None, who, "lamp"),
    ):
        with (
            pytest.raises(ProgrammingError, match="the tenant is not the bound one"),
            connection.begin_nested(),
        ):
            ask()


def test_a_reader_of_another_tenant_is_refused(
    connection: Connection, desks: tuple[TenantSeed, TenantSeed]
) -> None:
    here, there = desks
    attacker = Attacker(connection, here.tenant.id)
    with pytest.raises(ProgrammingError, match="the reader is not of the tenant"):
        attacker.tickets(here.tenant.id, there.users["ben"].id, "lamp")


def test_who_was_disabled_is_refused(
    connection: Connection, desks: tuple[TenantSeed, TenantSeed]
) -> None:
    here, _there = desks
    attacker = Attacker(connection, here.tenant.id)
    bea = here.users["bea"].id
    connection.execute(
        text("update users set disabled_at = now() where tenant_id = :tenant and id = :id"),
        {"tenant": here.tenant.id, "id": bea},
    )
    with pytest.raises(ProgrammingError, match="the reader is not of the tenant"):
        attacker.tickets(here.tenant.id, bea, "lamp")
    connection.get_transaction().rollback()  # type: ignore[union-attr]  # it has begun


@pytest.mark.parametrize("loose", [False, True])
def test_customers_do_not_search_people(
    connection: Connection, desks: tuple[TenantSeed, TenantSeed], loose: bool
) -> None:
    here, _there = desks
    attacker = Attacker(connection, here.tenant.id)
    with pytest.raises(ProgrammingError, match="the reader is not of the staff"):
        attacker.people(here.tenant.id, here.users["cleo"].id, loose=loose)


@pytest.mark.parametrize(
    ("who", "what", "found"),
    [
        ("ben", {"words": "lamp"}, {1, 2, 3}),
        ("ben", {"words": "zanzibar"}, {1}),
        ("ben", {"words": "", "codes": ["zz9999"]}, {1}),
        # cleo and carl are of an organisation that shares its tickets, dora is of none.
        ("cleo", {"words": "lamp"}, {1, 3}),
        ("carl", {"words": "lamp"}, {1, 3}),
        ("dora", {"words": "lamp"}, {2}),
        ("dora", {"words": "lamp", "among": [1, 3]}, set()),
        ("dora", {"words": "", "codes": ["4711"], "among": [1, 2, 3]}, {2}),
        ("dora", {"words": "", "codes": ["ab4712"], "loose": True}, {2}),
        # Not the words of notes, and neither that something is there but for a word of a note.
        ("cleo", {"words": "zanzibar"}, set()),
        ("cleo", {"words": "-zanzibar"}, {1, 3}),
        ("cleo", {"words": "lamp -zanzibar"}, {1, 3}),
        ("cleo", {"words": "", "codes": ["zz9999"]}, set()),
        ("cleo", {"words": "", "codes": ["zz9998"], "loose": True}, set()),
    ],
)
def test_everybody_finds_what_they_may_see(
    connection: Connection,
    desks: tuple[TenantSeed, TenantSeed],
    who: str,
    what: dict[str, Any],
    found: set[int],
) -> None:
    here, _there = desks
    attacker = Attacker(connection, here.tenant.id)
    assert attacker.tickets(here.tenant.id, here.users[who].id, **what) == found


def test_who_is_in_copy_finds_the_ticket(world: World, connection: Connection) -> None:
    world.ticket(by="cleo", subject="Lamp of cleo")
    seed = world.seed
    with world.factory.session(seed.tenant.id) as db:
        db.add(
            TicketFollower(
                tenant_id=seed.tenant.id,
                ticket_number=1,
                user_id=seed.users["dora"].id,
                kind=FollowerKind.CC,
            )
        )
    attacker = Attacker(connection, seed.tenant.id)
    assert attacker.tickets(seed.tenant.id, seed.users["dora"].id, "lamp") == {1}
    page = world.browser("dora").get(world.url("/tickets/suggest"), {"q": "lamp"})
    assert [each["title"] for each in page.json] == ["Lamp of cleo"]


def test_an_organisation_that_stops_sharing_stops_being_found(
    world: World, connection: Connection
) -> None:
    world.ticket(by="cleo", subject="Lamp of cleo")
    seed = world.seed
    with world.factory.session(seed.tenant.id) as db:
        db.execute(text("update organisations set shared = false"))
    attacker = Attacker(connection, seed.tenant.id)
    assert attacker.tickets(seed.tenant.id, seed.users["carl"].id, "lamp") == set()


def test_a_customers_pages_keep_the_words_of_notes(world: World) -> None:
    """Neither the list nor the suggestions know a word that only staff wrote to each other."""
    world.ticket(by="cleo", subject="Lamp")
    seed = world.seed
    with world.factory.session(seed.tenant.id) as db:
        ben = identity_of(seed.users["ben"], False, None, "session")
        service = TicketService(db, seed.tenant, ben)
        service.note(service.get(1), Draft("Zanzibar."), seen=2**62)
    cleo = world.browser("cleo")
    assert cleo.get(world.url("/tickets/suggest"), {"q": "zanzibar"}).json == []
    page = cleo.get(world.url("/tickets"), {"q": "zanzibar"})
    assert "Nothing found" in page
    assert cleo.get(world.url("/tickets/suggest"), {"q": "lamp"}).json


@pytest.mark.parametrize("function", FUNCTIONS)
def test_nobody_else_may_call(owner_engine: Engine, function: str) -> None:
    may = text("select has_function_privilege('public', :function, 'execute')")
    with owner_engine.connect() as connection:
        assert connection.scalar(may, {"function": function}) is False


def test_the_index_itself_shows_the_bound_tenant_alone(
    connection: Connection, desks: tuple[TenantSeed, TenantSeed]
) -> None:
    here, there = desks
    Attacker(connection, here.tenant.id)
    for table in ("search_entries", "search_names"):
        tenants = set(connection.scalars(text(f"select distinct tenant_id from {table}")))
        assert tenants == {here.tenant.id}
    with pytest.raises(ProgrammingError, match="row-level security"):
        connection.execute(
            text(
                "insert into search_names (tenant_id, kind, named_id, folded) "
                "values (:there, 'person', 1, 'x')"
            ),
            {"there": there.tenant.id},
        )
