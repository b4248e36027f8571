"""Every table is a tenant's, or one of a short list; PostgreSQL's own catalogue is asked.

Each checker is also shown something bad, in a transaction that is rolled back, so that a
checker which finds nothing is known to look.
"""

import pytest
from sqlalchemy import Connection, Engine, text

from portal.db import DIRECTORY_TABLES, Base, roles
from portal.db.protect import BOUND_TENANT
from portal.jobs.queue import TABLES as QUEUE_TABLES
from tests.security import catalogue

pytestmark = pytest.mark.security

GOOD = f"""
create table good (
  tenant_id bigint not null references tenants (id),
  id bigint not null,
  user_id bigint,
  primary key (tenant_id, id),
  foreign key (tenant_id, user_id) references users (tenant_id, id)
);
alter table good enable row level security;
alter table good force row level security;
create policy tenant_isolation on good
  using (tenant_id = {BOUND_TENANT}) with check (tenant_id = {BOUND_TENANT})
"""


class TestTables:
    def test_each_is_a_tenants_or_on_the_list(self, connection: Connection) -> None:
        assert catalogue.faults_of_tables(connection, DIRECTORY_TABLES) == []

    def test_the_list_is_exact(self, connection: Connection) -> None:
        """A table leaves the list when it gets row-level security, and joins it by decision."""
        assert {"tenants", "tenant_hosts", "api_key_directory"} == DIRECTORY_TABLES
        open_tables = catalogue.tables_without_security(connection)
        assert open_tables == DIRECTORY_TABLES | catalogue.BOOKKEEPING

    def test_the_database_holds_what_the_models_say(self, connection: Connection) -> None:
        found = set(
            connection.scalars(text("select tablename from pg_tables where schemaname = 'public'"))
        )
        of_libraries = catalogue.BOOKKEEPING | QUEUE_TABLES
        assert found == set(Base.metadata.tables) | of_libraries

    def test_a_good_table_passes(self, connection: Connection) -> None:
        connection.exec_driver_sql(GOOD)
        assert catalogue.faults_of_tables(connection, DIRECTORY_TABLES) == []

    @pytest.mark.parametrize(
        ("change", "fault"),
        [
            ("alter table good disable row level security", "row-level security is off"),
            ("alter table good no force row level security", "does not bind the owner"),
            ("drop policy tenant_isolation on good", "has 0 policies"),
            ("create policy extra on good using (true)", "has 2 policies"),
            ("alter policy tenant_isolation on good using (true)", "reads by true"),
            ("alter policy tenant_isolation on good with check (true)", "writes by true"),
            ("alter policy tenant_isolation on good to portal_app", "not for every command"),
            ("alter policy tenant_isolation on good rename to other", "has the policy other"),
            ("create unique index good_id on good (id)", "good_id does not begin with tenant_id"),
            ("create unique index good_lower on good ((id + 1))", "good_lower does not begin"),
            (
                "alter table good add constraint wide unique (user_id, tenant_id)",
                "wide does not begin with tenant_id",
            ),
            (
                "alter table good drop constraint good_pkey, add primary key (id, tenant_id)",
                "good_pkey does not begin with tenant_id",
            ),
            ("alter table good drop constraint good_pkey", "has no primary key"),
            (
                "create unique index on users (id); "
                "alter table good add constraint loose foreign key (user_id) references users (id)",
                "loose does not carry the tenant",
            ),
            (
                "alter table good add constraint crossed foreign key (user_id, tenant_id) "
                "references users (tenant_id, id)",
                "crossed does not carry the tenant",
            ),
            ("create view peep as select * from good", "peep: a view"),
            ("create materialized view heap as select * from good", "heap: a view"),
        ],
    )
    def test_a_bad_one_is_found(self, connection: Connection, change: str, fault: str) -> None:
        connection.exec_driver_sql(GOOD)
        connection.exec_driver_sql(change)
        faults = catalogue.faults_of_tables(connection, DIRECTORY_TABLES)
        assert any(fault in each for each in faults), faults

    def test_a_table_that_forgets_everything_is_found(self, connection: Connection) -> None:
        connection.exec_driver_sql("create table secrets (id bigint primary key, word text)")
        faults = catalogue.faults_of_tables(connection, DIRECTORY_TABLES)
        assert len([fault for fault in faults if fault.startswith("secrets:")]) == 4
        assert "secrets" in catalogue.tables_without_security(connection)


class TestRoles:
    def test_the_application_is_bound(self, connection: Connection, engine: Engine) -> None:
        with engine.connect() as served:
            assert served.scalar(text("select current_user")) == roles.APPLICATION
        assert catalogue.faults_of_role(connection, roles.APPLICATION) == []

    def test_the_owner_would_not_be(self, connection: Connection) -> None:
        assert "owns tickets" in catalogue.faults_of_role(connection, roles.OWNER)

    @pytest.mark.parametrize(
        ("change", "fault"),
        [
            ("grant truncate on tickets to portal_app", "may TRUNCATE tickets"),
            ("grant create on schema public to portal_app", "may create in the schema"),
        ],
    )
    def test_more_than_it_needs_is_found(
        self, connection: Connection, change: str, fault: str
    ) -> None:
        connection.exec_driver_sql(change)
        assert fault in catalogue.faults_of_role(connection, roles.APPLICATION)

    def test_functions_with_their_owners_rights_are_known(self, connection: Connection) -> None:
        assert catalogue.functions_with_owners_rights(connection) == catalogue.OWNERS_RIGHTS
        connection.exec_driver_sql(
            "create function peep() returns bigint language sql security definer "
            "as 'select count(*) from tickets'"
        )
        found = catalogue.functions_with_owners_rights(connection) - catalogue.OWNERS_RIGHTS
        (peep,) = found
        assert peep.startswith("peep() returns bigint, of portal_owner, called by")
        assert peep.endswith("no settings")
