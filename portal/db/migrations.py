"""Bringing the database to the newest revision, and asking whether it is there."""

import functools
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from portal.settings import BootError, Settings

#: The migrations lie beside the package: a folder named alembic inside it would shadow the library.
FOLDER = Path(__file__).parents[2] / "alembic"


def upgrade(settings: Settings, revision: str = "head") -> None:
    """Run the pending migrations as the owner, all in one transaction.

    Raises BootError when the owner's URL is not known here.
    """
    if settings.database_owner_url is None:
        raise BootError(
            "database.owner_url is missing: migrations run as the role that owns the tables."
        )
    config = _config()
    config.attributes["url"] = settings.database_owner_url
    command.upgrade(config, revision)


def pending(engine: sa.Engine) -> list[str]:
    """The migrations that the database lacks, oldest first, as `0002 what it does`.

    A database ahead of these migrations lacks none: each release's migrations suit the release
    before it, so that the older one goes on serving while the newer one starts.
    """
    script = _script()
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_heads()
    try:
        done = {step.revision for step in script.iterate_revisions(current, "base")}
    except CommandError:  # a revision that this release does not know
        return []
    steps = [step for step in script.walk_revisions() if step.revision not in done]
    return [f"{step.revision} {(step.doc or '').rstrip('.')}" for step in reversed(steps)]


@functools.cache
def _script() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    if not FOLDER.is_dir():
        raise BootError(
            f"There are no migrations in {FOLDER}: install the portal from its source folder "
            "with pip install --editable."
        )
    config = Config()
    # Alembic's configuration interpolates percent signs.
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
