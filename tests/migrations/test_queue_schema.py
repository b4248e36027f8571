"""The queue's tables are those that the installed library expects.

When this fails after an upgrade of procrastinate, a migration of ours is missing: see
docs/decisions/0008-jobs.md.
"""

from collections.abc import Iterator
from importlib.resources import files

import pytest
from sqlalchemy import Connection, Engine, text

from portal.db import roles

COLUMNS = """
select table_name, column_name, data_type, column_default is not null, is_nullable
from information_schema.columns
where table_schema = :schema and table_name like 'procrastinate%'
"""
CONSTRAINTS = """
select c.conname, pg_get_constraintdef(c.oid) from pg_constraint c
join pg_namespace n on n.oid = c.connamespace
where n.nspname = :schema and conrelid::regclass::text like '%procrastinate%'
"""
INDEXES = """
select indexname, indexdef from pg_indexes
where schemaname = :schema and tablename like 'procrastinate%'
"""
ENUMS = """
select t.typname, e.enumlabel, e.enumsortorder from pg_enum e
join pg_type t on t.oid = e.enumtypid join pg_namespace n on n.oid = t.typnamespace
where n.nspname = :schema and t.typname like 'procrastinate%'
"""
FUNCTIONS = """
select p.proname, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), p.prosrc
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where n.nspname = :schema and p.proname like 'procrastinate%'
"""
TRIGGERS = """
select t.tgname, pg_get_triggerdef(t.oid) from pg_trigger t
join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
where n.nspname = :schema and not t.tgisinternal and c.relname like 'procrastinate%'
"""


@pytest.fixture
def connection(owner_engine: Engine) -> Iterator[Connection]:
    """The owner's, with the library's own schema beside ours; rolled back at the end."""
    schema = files("procrastinate").joinpath("sql/schema.sql").read_text(encoding="utf-8")
    with owner_engine.connect() as connection, connection.begin() as transaction:
        connection.exec_driver_sql("create schema of_library")
        connection.exec_driver_sql("set local search_path = of_library")
        plain = connection.execution_options(no_parameters=True)
        plain.exec_driver_sql(schema)
        connection.exec_driver_sql("set local search_path = pg_catalog")
        yield connection
        transaction.rollback()


@pytest.mark.parametrize("query", [COLUMNS, CONSTRAINTS, INDEXES, ENUMS, FUNCTIONS, TRIGGERS])
def test_ours_is_the_librarys(connection: Connection, query: str) -> None:
    def found(schema: str) -> set[tuple[object, ...]]:
        rows = connection.execute(text(query), {"schema": schema})
        return {tuple(str(value).replace(f"{schema}.", "") for value in row) for row in rows}

    library = found("of_library")
    assert library
    assert found("public") == library


def test_the_application_may_call_every_function(owner_engine: Engine) -> None:
    with owner_engine.connect() as connection:
        denied = connection.scalars(
            text(
                "select proname from pg_proc where proname like 'procrastinate%' "
                "and not has_function_privilege(:role, oid, 'execute')"
            ),
            {"role": roles.APPLICATION},
        )
        assert denied.all() == []
