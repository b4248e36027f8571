"""PostgreSQL keeps tenants apart by itself, whatever our code forgets."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, Table, delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.orm import Session, sessionmaker

from portal import application
from portal.db import DIRECTORY_TABLES, Base, TenantSession, make_engine, make_sessionmaker
from portal.people.models import Organisation, User
from portal.security.models import Session as BrowserSession
from portal.settings import Settings
from portal.tickets.models import Message, Ticket
from tests.factories import TenantFactory, TenantSeed, World

pytestmark = pytest.mark.security

TENANT_TABLES = [
    table for name, table in Base.metadata.tables.items() if name not in DIRECTORY_TABLES
]
SETTING = text("select current_setting('portal.tenant_id', true)")


@pytest.fixture
def pair(tenants: TenantFactory) -> tuple[TenantSeed, TenantSeed]:
    """Two tenants with a ticket each."""
    first, second = tenants.create(), tenants.create()
    tenants.ticket(first, subject="Alpha ticket")
    tenants.ticket(second, subject="Beta ticket")
    return first, second


@pytest.fixture
def lone_engine(settings: Settings) -> Iterator[Engine]:
    """One connection, so that the next user gets the very one that the last user had."""
    engine = make_engine(settings.database_url, pool_size=1)
    engine.pool._max_overflow = 0  # type: ignore[attr-defined]  # not an option of make_engine
    yield engine
    engine.dispose()


@pytest.fixture
def lone(lone_engine: Engine) -> sessionmaker[TenantSession]:
    return make_sessionmaker(lone_engine)


class TestReading:
    @pytest.mark.parametrize("table", TENANT_TABLES, ids=lambda table: table.name)
    def test_unbound_every_table_is_empty(
        self, db: Session, pair: tuple[TenantSeed, TenantSeed], table: Table
    ) -> None:
        assert db.scalar(select(func.count()).select_from(table)) == 0

    def test_a_query_that_forgets_the_tenant_sees_only_its_own(
        self, tenants: TenantFactory, pair: tuple[TenantSeed, TenantSeed]
    ) -> None:
        for seed in pair:
            with tenants.session(seed.tenant.id) as db:
                assert set(db.scalars(select(Ticket.tenant_id))) == {seed.tenant.id}
                assert set(db.scalars(select(User.tenant_id))) == {seed.tenant.id}
                assert len(db.scalars(select(User)).all()) == 6

    def test_asking_for_the_other_by_id_finds_nothing(
        self, tenants: TenantFactory, pair: tuple[TenantSeed, TenantSeed]
    ) -> None:
        first, second = pair
        with tenants.session(first.tenant.id) as db:
            assert db.get(Ticket, (second.tenant.id, 1)) is None
            stranger = second.users["cleo"].id
            assert db.scalar(select(User).where(User.id == stranger)) is None

    def test_a_session_that_is_bound_anew_forgets_the_first(
        self, tenants: TenantFactory, pair: tuple[TenantSeed, TenantSeed]
    ) -> None:
        first, second = pair
        with tenants.session(first.tenant.id) as db:
            assert db.scalar(select(Ticket.subject)) == "Alpha ticket"
            db.bind_tenant(second.tenant.id)
            assert db.scalar(select(Ticket.subject)) == "Beta ticket"
            db.bind_tenant(None)
            assert db.scalar(select(Ticket.subject)) is None

    @pytest.mark.parametrize("value", ["", "0", "-1"])
    def test_a_setting_of_no_tenant_shows_nothing(
        self, db: Session, pair: tuple[TenantSeed, TenantSeed], value: str
    ) -> None:
        db.execute(text("select set_config('portal.tenant_id', :value, true)"), {"value": value})
        assert db.scalar(select(func.count()).select_from(Ticket)) == 0


class TestWriting:
    def test_a_row_for_another_tenant(
        self, tenants: TenantFactory, pair: tuple[TenantSeed, TenantSeed]
    ) -> None:
        first, second = pair
        with tenants.session(first.tenant.id) as db, pytest.raises(ProgrammingError) as refusal:
            db.execute(insert(Organisation).values(tenant_id=second.tenant.id, name="Planted"))
        assert "row-level security" in str(refusal.value)

    def test_a_row_by_nobody(self, db: Session, pair: tuple[TenantSeed, TenantSeed]) -> None:
        with pytest.raises(ProgrammingError, match="row-level security"):
            db.execute(insert(Organisation).values(tenant_id=pair[0].tenant.id, name="Planted"))

    def test_moving_a_row_away(
        self, tenants: TenantFactory, pair: tuple[TenantSeed, TenantSeed]
    ) -> None:
        first, second = pair
        with tenants.session(first.tenant.id) as db, pytest.raises(DBAPIError) as refusal:
            db.execute(
                update(Organisation)
                .where(Organisation.tenant_id == first.tenant.id)
                .values(tenant_id=second.tenant.id)
            )
        assert "row-level security" in str(refusal.value)

    def test_changing_and_deleting_reach_nobody_else(
        self, tenants: TenantFactory, pair: tuple[TenantSeed, TenantSeed]
    ) -> None:
        first, second = pair
        with tenants.session(first.tenant.id) as db:
            mine = select(func.count()).select_from(User)
            number = db.scalar(mine)
            changed = db.execute(update(User).values(name="Renamed").returning(User.id)).all()
            gone = db.execute(
                delete(Message).where(Message.tenant_id == second.tenant.id).returning(Message.id)
            )
            assert len(changed) == number
            assert gone.all() == []
        with tenants.session(second.tenant.id) as db:
            assert "Renamed" not in set(db.scalars(select(User.name)))
            assert db.scalar(select(func.count()).select_from(Message)) == 1

    @pytest.mark.parametrize("column", ["requester_id", "assignee_id", "organisation_id"])
    def test_pointing_at_another_tenants_row(
        self, tenants: TenantFactory, pair: tuple[TenantSeed, TenantSeed], column: str
    ) -> None:
        """Foreign keys pass row-level security by, which is why they carry the tenant."""
        first, second = pair
        assert second.organisation is not None
        stranger = (
            second.organisation.id if column == "organisation_id" else second.users["cleo"].id
        )
        with tenants.session(first.tenant.id) as db, pytest.raises(IntegrityError):
            db.execute(update(Ticket).values({column: stranger}))

    def test_a_session_for_another_tenants_user(
        self, tenants: TenantFactory, pair: tuple[TenantSeed, TenantSeed]
    ) -> None:
        first, second = pair
        values = {
            "id_hash": b"x" * 32,
            "user_id": second.users["ada"].id,
            "authenticator": "local_password",
            "ip": "",
            "user_agent": "",
            "idle_seconds": 60,
            "expires_at": func.now(),
        }
        with tenants.session(first.tenant.id) as db, pytest.raises(IntegrityError):
            db.execute(insert(BrowserSession).values(tenant_id=first.tenant.id, **values))
        with tenants.session(first.tenant.id) as db, pytest.raises(ProgrammingError):
            db.execute(insert(BrowserSession).values(tenant_id=second.tenant.id, **values))

    @pytest.mark.parametrize(
        "statement",
        [
            "alter table tickets disable row level security",
            "drop policy tenant_isolation on tickets",
            "truncate tickets cascade",
            "set session authorization portal_owner",
            "set role portal_owner",
            "create table public.mine (id bigint)",
            "create function public.peep() returns bigint language sql as 'select 1'",
            "alter role portal_app bypassrls",
            "copy tickets to program 'cat'",
        ],
    )
    def test_the_application_cannot_lift_the_rule(self, db: Session, statement: str) -> None:
        with pytest.raises(DBAPIError, match=r"must be owner|permission denied"):
            db.execute(text(statement))

    def test_switching_row_security_off_is_an_error_not_a_way_round(
        self, db: Session, pair: tuple[TenantSeed, TenantSeed]
    ) -> None:
        db.execute(text("set local row_security = off"))
        with pytest.raises(ProgrammingError, match="row-level security"):
            db.scalar(select(func.count()).select_from(Ticket))


class TestPooling:
    """The next user of a connection starts with no tenant."""

    def assert_unbound(self, lone: sessionmaker[TenantSession]) -> None:
        with lone() as db:
            assert db.scalar(SETTING) in (None, "")
            assert db.scalar(select(func.count()).select_from(Ticket)) == 0

    def test_after_a_commit(
        self, lone: sessionmaker[TenantSession], pair: tuple[TenantSeed, TenantSeed]
    ) -> None:
        with lone() as db, db.begin():
            db.bind_tenant(pair[0].tenant.id)
            assert db.scalar(select(Ticket.subject)) == "Alpha ticket"
        self.assert_unbound(lone)

    def test_after_a_rollback(
        self, lone: sessionmaker[TenantSession], pair: tuple[TenantSeed, TenantSeed]
    ) -> None:
        with lone() as db:
            db.bind_tenant(pair[0].tenant.id)
            db.scalar(select(Ticket.subject))
            db.rollback()
        self.assert_unbound(lone)

    def test_after_an_error(
        self, lone: sessionmaker[TenantSession], pair: tuple[TenantSeed, TenantSeed]
    ) -> None:
        with lone() as db:
            db.bind_tenant(pair[0].tenant.id)
            with pytest.raises(DBAPIError):
                db.execute(text("select 1/0"))
        self.assert_unbound(lone)

    def test_the_same_session_stays_bound_over_transactions(
        self, lone: sessionmaker[TenantSession], pair: tuple[TenantSeed, TenantSeed]
    ) -> None:
        with lone() as db:
            db.bind_tenant(pair[0].tenant.id)
            for _ in range(3):
                assert db.scalar(select(Ticket.subject)) == "Alpha ticket"
                db.rollback()

    def test_after_a_savepoint(
        self, lone: sessionmaker[TenantSession], pair: tuple[TenantSeed, TenantSeed]
    ) -> None:
        """A savepoint that is rolled back takes a binding made inside it along."""
        with lone() as db, db.begin():
            db.bind_tenant(pair[0].tenant.id)
            savepoint = db.begin_nested()
            db.scalar(select(Ticket.subject))
            savepoint.rollback()
            assert db.scalar(select(Ticket.subject)) == "Alpha ticket"

    def test_concurrent_threads_see_their_own(
        self, engine: Engine, pair: tuple[TenantSeed, TenantSeed]
    ) -> None:
        sessions, start = make_sessionmaker(engine), threading.Barrier(8)

        def read(number: int) -> set[tuple[int, int]]:
            seed, seen = pair[number % 2], set()
            start.wait(timeout=60)
            for _ in range(25):
                with sessions() as db:
                    db.note_tenant(seed.tenant.id)
                    seen |= {
                        (seed.tenant.id, found) for found in db.scalars(select(Ticket.tenant_id))
                    }
            return seen

        with ThreadPoolExecutor(8) as pool:
            for seen in pool.map(read, range(8)):
                ((wanted, found),) = seen
                assert wanted == found

    def test_requests_of_two_tenants_on_one_connection(
        self, settings: Settings, tenants: TenantFactory, pair: tuple[TenantSeed, TenantSeed]
    ) -> None:
        """The whole application on a pool of one: what a page left behind, the next would see."""
        router: Any = application(replace(settings, database_pool_size=1))
        try:
            first, second = (World(seed, router, tenants) for seed in pair)
            browsers = [(first, first.browser("ada")), (second, second.browser("ada"))]
            for _ in range(3):
                for world, browser in browsers:
                    page = browser.get(world.url("/tickets/1"))
                    mine, other = ("Alpha", "Beta") if world is first else ("Beta", "Alpha")
                    assert f"{mine} ticket" in page
                    assert f"{other} ticket" not in page
                    browser.get("/none-of-those", status=404)
        finally:
            router.registry["db.engine"].dispose()
