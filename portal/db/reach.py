"""Is the database there, and fit to be served from?"""

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from portal.db import migrations, roles
from portal.settings import BootError, Settings


def require_database(settings: Settings, *, migrate: bool = False) -> None:
    """Check, before the first visitor, what every one of them would find out.

    With `migrate`, pending migrations are run; otherwise they are a reason not to start.

    Raises BootError, one sentence, when the database does not answer, is behind, or would be
    used as a role that row-level security does not bind.
    """
    engine = sa.create_engine(
        settings.database_url, poolclass=sa.NullPool, connect_args={"connect_timeout": 5}
    )
    require_answer(engine)
    if migrate:
        migrations.upgrade(settings)
    elif steps := migrations.pending(engine):
        raise BootError(
            f"The database lacks {len(steps)} migration{'s' if len(steps) > 1 else ''} "
            f"({steps[0]}{', …' if len(steps) > 1 else ''}): run portal db upgrade, "
            "or start with --migrate."
        )
    roles.check_role(engine)
    engine.dispose()


def require_answer(engine: sa.Engine) -> None:
    """Raise a BootError, which names the database without its password, unless it answers."""
    try:
        engine.connect().close()
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0].rstrip(".:")
        raise BootError(
            f"The database {engine.url.render_as_string(hide_password=True)} does not answer "
            f"({reason}): start it, or correct database.url."
        ) from error
