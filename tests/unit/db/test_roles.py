"""The roles: made right, mended when wrong, and refused when row-level security would not bind."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, NullPool, create_engine, make_url

from portal.db import embedded, roles
from portal.db.roles import RoleError, check_role, prepare
from portal.settings import Settings


@pytest.fixture
def superuser_url(settings: Settings, data_folder: Path) -> str:
    """The superuser of the tests' server."""
    return embedded.start(data_folder).url()


def engine_of(url: str, **changed: Any) -> Engine:
    return create_engine(make_url(url).set(**changed), poolclass=NullPool)


def test_the_application_role_is_accepted(settings: Settings) -> None:
    check_role(engine_of(settings.database_url))


def test_a_superuser_is_refused(settings: Settings) -> None:
    with pytest.raises(RoleError, match=r"role postgres is a superuser.*database\.url"):
        check_role(engine_of(settings.database_url, username="postgres"))


def test_the_owner_is_refused(settings: Settings) -> None:
    with pytest.raises(RoleError, match=r"portal_owner owns the table public\.\w+"):
        check_role(engine_of(settings.database_url, username=roles.OWNER))


@pytest.fixture
def other_role(superuser_url: str, worker: str) -> Iterator[str]:
    """A role that a test may spoil."""
    name = f"other_{worker}"
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute(f"create role {name} login")
    yield name
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute(f"drop role {name}")


@pytest.fixture
def worker(settings: Settings) -> str:
    """What tells this worker's database from the others'."""
    return make_url(settings.database_url).database or ""


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        ("alter role {} bypassrls", "may bypass row-level security"),
        ("grant portal_owner to {}", "owns the table public."),
    ],
)
def test_other_ways_around_row_level_security_are_refused(
    settings: Settings, superuser_url: str, other_role: str, spoil: str, fault: str
) -> None:
    url = make_url(settings.database_url)
    with psycopg.connect(superuser_url, dbname=url.database, autocommit=True) as connection:
        connection.execute(f"grant connect on database {url.database} to {other_role}")
        check_role(engine_of(settings.database_url, username=other_role))
        connection.execute(spoil.format(other_role))
        with pytest.raises(RoleError, match=fault):
            check_role(engine_of(settings.database_url, username=other_role))
        connection.execute(f"revoke connect on database {url.database} from {other_role}")


def test_the_application_role_may_use_tables_and_nothing_more(
    settings: Settings, superuser_url: str
) -> None:
    owner = psycopg.connect(settings.database_owner_url or "", autocommit=True)
    with owner, psycopg.connect(settings.database_url, autocommit=True) as application:
        owner.execute("create table notes (id bigint generated always as identity, body text)")
        owner.execute("create function secret() returns int language sql as 'select 1'")
        try:
            application.execute("insert into notes (body) values ('a')")
            assert application.execute("select id, body from notes").fetchall() == [(1, "a")]
            for forbidden in (
                "drop table notes",
                "truncate notes",
                "alter table notes disable row level security",
                "create table mine (id int)",
                "create schema mine",
                "create temporary table mine (id int)",
                "select secret()",
                "create role mine",
                "set role portal_owner",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    application.execute(forbidden)
        finally:
            owner.execute("drop function secret(); drop table notes")


def test_preparing_again_mends_a_role_that_was_changed(superuser_url: str, worker: str) -> None:
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute("alter role portal_owner createdb")
        prepare(superuser_url, worker)
        row = connection.execute(
            "select rolcreatedb from pg_roles where rolname = 'portal_owner'"
        ).fetchone()
    assert row == (False,)
