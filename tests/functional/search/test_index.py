"""Row-level security keeps PostgreSQL from using the index of words; the function's plan has it.

`@@` and LIKE are not leakproof: a policy's condition has to be checked before them, so they cannot
be looked up. See docs/decisions/0010-search.md.
"""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, Engine, create_engine, make_url, pool, text

from portal.db import roles
from portal.settings import Settings
from tests.factories import TenantFactory, TenantSeed

INDEX = "ix_search_entries_words"
TICKETS = 1500

_FILL = (
    """
    insert into tickets (tenant_id, number, subject, requester_id)
    select :tenant, n, 'Question ' || chr(97 + n % 26) || ' about a lamp', :user
    from generate_series(1000, 1000 + :tickets) as n
    """,
    """
    insert into messages (tenant_id, ticket_number, author_id, kind, body, html)
    select :tenant, n, :user, 'reply', case when n = 1500 then 'A zebra.' else 'It is dark.' end, ''
    from generate_series(1000, 1000 + :tickets) as n
    """,
)
_WORDS = (
    "select ticket_number from search_entries "
    "where tenant_id = {tenant} and words @@ to_tsquery('simple', 'zebra')"
)
_CALL = "select * from search_tickets(%s, %s, %s, '', %s, false, null)"


@pytest.fixture(scope="module")
def desk(engine: Engine, owner_engine: Engine, settings: Settings) -> TenantSeed:
    """A tenant with enough tickets for an index to be worth it, and their statistics."""
    factory = TenantFactory(engine, settings)
    seed = factory.create()
    values = {"tenant": seed.tenant.id, "user": seed.users["cleo"].id, "tickets": TICKETS}
    with factory.session(seed.tenant.id) as db:
        for statement in _FILL:
            db.execute(text(statement), values)
    # Vacuum moves into the index what waits beside it. How much that is depends on the tests
    # before, and the planner shuns an index beside which much waits.
    with owner_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum (analyze) search_entries"))
    return seed


def conditions_of_indexes(connection: Connection, seed: TenantSeed) -> str:
    """What the plan of a search for a rare word looks up in indexes, without reading a table
    through if that can be helped."""
    connection.execute(
        text("select set_config('portal.tenant_id', :id, true)"), {"id": str(seed.tenant.id)}
    )
    connection.execute(text("set local enable_seqscan = off"))
    statement = "explain (format json) " + _WORDS.format(tenant=seed.tenant.id)
    (plan,) = connection.execute(text(statement)).scalar_one()
    return " ".join(_conditions(plan["Plan"]))


def _conditions(step: dict[str, Any]) -> Iterator[str]:
    yield str(step.get("Index Cond", ""))
    for inner in step.get("Plans", ()):
        yield from _conditions(inner)


def test_the_application_could_not_look_words_up(engine: Engine, desk: TenantSeed) -> None:
    with engine.connect() as connection, connection.begin():
        assert "@@" not in conditions_of_indexes(connection, desk)


def test_the_functions_owner_can(owner_engine: Engine, desk: TenantSeed) -> None:
    with owner_engine.connect() as connection, connection.begin():
        assert "@@" in conditions_of_indexes(connection, desk)


@pytest.fixture(scope="module")
def explained(settings: Settings, desk: TenantSeed) -> Iterator[Any]:
    """The plans inside of a search by the application's role, as PostgreSQL reports them."""
    url = make_url(settings.database_url).set(username="postgres")
    superuser = create_engine(url, poolclass=pool.NullPool)
    plans: list[str] = []

    def search(words: str, codes: list[str]) -> tuple[list[int], str]:
        plans.clear()
        with superuser.connect() as connection, connection.begin():
            driver = connection.connection.driver_connection
            assert isinstance(driver, psycopg.Connection)
            driver.add_notice_handler(lambda notice: plans.append(notice.message_primary or ""))
            for statement in (
                "load 'auto_explain'",
                "set local auto_explain.log_min_duration = 0",
                "set local auto_explain.log_nested_statements = on",
                f"set local role {roles.APPLICATION}",
                f"set local portal.tenant_id = '{desk.tenant.id}'",
                "set local client_min_messages = log",
            ):
                connection.exec_driver_sql(statement)
            reader = desk.users["ben"].id
            rows = connection.exec_driver_sql(_CALL, (desk.tenant.id, reader, words, codes))
            numbers = [row.ticket_number for row in rows]
        return numbers, "\n".join(plans)

    yield search
    superuser.dispose()


@pytest.mark.parametrize(
    ("words", "codes", "looked_up"),
    [("zebra", [], "words @@ '''zebra'''::tsquery"), ("", ["zzz9"], "codes ~~ '%zzz9%'::text")],
)
def test_a_search_looks_them_up_in_the_index(
    explained: Any, words: str, codes: list[str], looked_up: str
) -> None:
    numbers, plans = explained(words, codes)
    assert numbers == ([1500] if words else [])
    assert f"Bitmap Index Scan on {INDEX}" in plans
    assert looked_up in "".join(line for line in plans.splitlines() if "Index Cond" in line)
    assert "Seq Scan on search_entries" not in plans


def test_of_a_common_word_the_newest_tickets_are_read_by_their_key(explained: Any) -> None:
    """All of them, as long as there are not thousands."""
    numbers, plans = explained("lamp", [])
    assert numbers == list(range(1000 + TICKETS, 999, -1))
    assert "Index Scan using pk_search_entries" in plans
    assert "Seq Scan on search_entries" not in plans


def test_values_of_fields_are_looked_up_by_the_application(
    engine: Engine, desk: TenantSeed
) -> None:
    """Equality is leakproof: a row for each value needs no function."""
    with engine.connect() as connection, connection.begin():
        bound = text("select set_config('portal.tenant_id', :id, true)")
        connection.execute(bound, {"id": str(desk.tenant.id)})
        connection.execute(text("set local enable_seqscan = off"))
        (plan,) = connection.execute(
            text(
                "explain (format json) select ticket_number from ticket_values "
                f"where tenant_id = {desk.tenant.id} and field = 'serial' and value = lower('S7')"
            )
        ).scalar_one()
    assert "(value = 's7'::text)" in " ".join(_conditions(plan["Plan"]))


def test_names_are_looked_up_too(settings: Settings, desk: TenantSeed, engine: Engine) -> None:
    """The index of names is used: PostgreSQL counts its scans."""
    with engine.connect() as connection, connection.begin():
        connection.execute(
            text("select set_config('portal.tenant_id', :id, true)"), {"id": str(desk.tenant.id)}
        )
        scans = text("select pg_stat_get_xact_numscans('ix_search_names_folded'::regclass)")
        before = connection.scalar(scans)
        found = connection.execute(
            text("select kind from search_people(:tenant, :reader, '{cleo}', false, 5)"),
            {"tenant": desk.tenant.id, "reader": desk.users["ben"].id},
        ).all()
        assert found
        assert connection.scalar(scans) > before
