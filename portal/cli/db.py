"""`portal db`: migrations."""

import click
import sqlalchemy as sa

from portal.cli import Invocation, pass_invocation
from portal.db import embedded, migrations
from portal.db.reach import require_answer
from portal.settings import BootError, Settings


@click.group()
def db() -> None:
    """Bring the database up to date, or see whether it is."""


@db.command()
@pass_invocation
def upgrade(invocation: Invocation) -> None:
    """Run the pending migrations, all in one transaction."""
    settings = embedded.resolve(invocation.settings)
    steps = _pending(settings)
    for step in steps:
        click.echo(f"Migrating: {step}")
    migrations.upgrade(settings)
    click.echo("The database is up to date.")


@db.command()
@pass_invocation
def check(invocation: Invocation) -> None:
    """Say whether migrations are pending, and end with 1 if so."""
    steps = _pending(embedded.resolve(invocation.settings))
    for step in steps:
        click.echo(f"Pending: {step}")
    if steps:
        raise BootError("The database is behind: run portal db upgrade.")
    click.echo("The database is up to date.")


def _pending(settings: Settings) -> list[str]:
    url = settings.database_owner_url or settings.database_url
    engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args={"connect_timeout": 5})
    require_answer(engine)
    return migrations.pending(engine)
