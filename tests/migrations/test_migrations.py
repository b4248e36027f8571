"""The migrations make the database that the models describe, by one straight way."""

import re
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from portal.db import Base
from portal.db.migrations import FOLDER, pending
from portal.jobs.queue import included


def scripts() -> ScriptDirectory:
    return ScriptDirectory(str(FOLDER))


def test_there_is_one_head() -> None:
    assert len(scripts().get_heads()) == 1


def test_no_revision_has_two_parents() -> None:
    assert all(isinstance(s.down_revision, str | None) for s in scripts().walk_revisions())


def test_files_are_named_by_their_revision() -> None:
    for script in scripts().walk_revisions():
        assert re.fullmatch(rf"{script.revision}_[a-z0-9_]+\.py", Path(script.path).name)


def test_a_migrated_database_lacks_nothing(engine: Engine) -> None:
    assert pending(engine) == []


def test_the_models_add_nothing(owner_engine: Engine) -> None:
    """What autogenerate would still write: columns, types, defaults, indexes, constraints."""
    with owner_engine.connect() as connection:
        options = {
            "compare_type": True,
            "compare_server_default": True,
            "include_name": included,
        }
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []


def test_a_difference_would_be_found(owner_engine: Engine) -> None:
    with owner_engine.connect() as connection, connection.begin() as transaction:
        connection.execute(text("alter table tickets add column forgotten text"))
        connection.execute(text("drop index ix_tickets_tenant_id_updated_at"))
        context = MigrationContext.configure(connection, opts={"include_name": included})
        found = {change[0] for change in compare_metadata(context, Base.metadata)}
        transaction.rollback()
    assert found == {"remove_column", "add_index"}
