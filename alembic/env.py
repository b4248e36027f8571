"""Runs migrations as the owner of the tables.

`portal db upgrade` hands over a URL. `alembic -c development.ini revision --autogenerate` has
none, and gets it from the settings in that file.
"""

import os

import sqlalchemy as sa
from alembic import context

from portal.config import load
from portal.db import Base, embedded, import_models
from portal.jobs.queue import included


def owner_url() -> str:
    """The URL that was handed over, else the one of the configuration file."""
    url = context.config.attributes.get("url")
    if url is None:
        settings = embedded.resolve(load(context.config.config_file_name, os.environ))
        url = settings.database_owner_url
    if url is None:
        raise SystemExit("database.owner_url is missing.")
    return str(url)


def run() -> None:
    """All pending migrations in one transaction: all of them happen, or none."""
    import_models()
    engine = sa.create_engine(owner_url(), poolclass=sa.pool.NullPool)
    with engine.begin() as connection:
        # A migration that waits for a lock makes every later query wait behind it.
        connection.execute(sa.text("set local lock_timeout = '10s'"))
        context.configure(
            connection=connection, target_metadata=Base.metadata, include_name=included
        )
        context.run_migrations()
    engine.dispose()


if context.is_offline_mode():
    raise SystemExit("Migrations run online only: they read what is there.")
run()
