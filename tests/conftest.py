"""A real PostgreSQL, migrated; the real application; a tenant of its own for every test.

Functional tests commit. They need no cleaning up, because every test makes its own tenant and
tenants cannot see each other: the isolation that the product promises is what the tests use.
"""

import gc
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import hypothesis
import pytest
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from pyramid.router import Router
from sqlalchemy import Engine, create_engine, pool

from portal import application
from portal.db import TenantSession, embedded, import_models, make_sessionmaker, roles
from portal.ops import logging
from portal.settings import Settings
from tests.factories import TenantFactory, World
from tests.factories.jobs import JobRunner
from tests.queries import QueryCounter

# A busy machine is no finding: what takes how long is the benchmarks' business, not a test's.
hypothesis.settings.register_profile(
    "portal", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("portal")

ROOT = Path(__file__).parent.parent
INI = {
    "portal.origin": "http://localhost",
    "portal.secret_key": "auto",
    "portal.development": "true",
    "database.url": "embedded",
    # The tests of statements that take too long set a limit of their own.
    "database.statement_timeout": "60",
    "outgoing.allow": "127.0.0.1",
    "passwords.profile": "cheap",
    "log.level": "error",
}
#: Nothing has to survive a power cut here. The tests of durability start servers of their own.
SERVER = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    # Where two requests wait for each other, one of them is told at once.
    "deadlock_timeout": "100ms",
}


@pytest.fixture(scope="session")
def data_folder() -> Iterator[Path]:
    """A short path that all workers of a run share: a socket's path is limited."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", uuid.uuid4().hex)[:8]
    folder = Path(tempfile.gettempdir()) / f"portal-tests-{run}"
    folder.mkdir(exist_ok=True)
    yield folder
    # The worker that leaves last has stopped the server.
    if not (folder / "postgres" / "postmaster.pid").exists():
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def settings(data_folder: Path) -> Iterator[Settings]:
    """Settings of a migrated database of this worker's own."""
    server = embedded.start(data_folder, SERVER)
    database = f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    roles.prepare(server.url(), database)
    owner_url = server.url(roles.OWNER, database)
    migrate(owner_url)
    parsed = Settings.from_ini(INI | {"portal.data": str(data_folder)})
    yield replace(
        parsed, database_url=server.url(roles.APPLICATION, database), database_owner_url=owner_url
    )
    server.close()


def migrate(owner_url: str, revision: str = "head") -> None:
    """Bring the database to a revision, as its owner."""
    import_models()
    script = ScriptDirectory(str(ROOT / "alembic"))
    engine = create_engine(owner_url, poolclass=pool.NullPool)
    with (
        EnvironmentContext(
            Config(), script, fn=lambda rev, _context: script._upgrade_revs(revision, rev)
        ) as environment,
        engine.begin() as connection,
    ):
        environment.configure(connection=connection)
        environment.run_migrations()


@pytest.fixture(scope="session")
def app(settings: Settings) -> Iterator[Router]:
    """The whole application, as it is served: it logs what broke, and no line a request."""
    logging.configure(settings.log_format, settings.log_level)
    router = application(settings)
    # The tests and the application stay until the end: nobody needs to look through them, over
    # and over, for garbage.
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)
    yield router
    router.registry["db.engine"].dispose()


@pytest.fixture(scope="session")
def engine(app: Router) -> Engine:
    """The application's own engine: the role that owns nothing."""
    made: Engine = app.registry["db.engine"]
    return made


@pytest.fixture(scope="session")
def owner_engine(settings: Settings) -> Iterator[Engine]:
    """The owner's engine, for looking at the catalogue."""
    assert settings.database_owner_url is not None
    made = create_engine(settings.database_owner_url, poolclass=pool.NullPool)
    yield made
    made.dispose()


@pytest.fixture
def db(engine: Engine) -> Iterator[TenantSession]:
    """A session that no tenant is bound to yet; rolled back at the end."""
    with make_sessionmaker(engine)() as session:
        yield session


@pytest.fixture
def tenants(engine: Engine, settings: Settings) -> TenantFactory:
    """Makes tenants, committed."""
    return TenantFactory(engine, settings)


@pytest.fixture
def world(tenants: TenantFactory, app: Router) -> World:
    """A tenant with an admin, two agents and customers, and browsers for them."""
    return World(tenants.create(), app, tenants)


@pytest.fixture
def run_jobs(world: World) -> JobRunner:
    """Does the waiting jobs of the world's tenant with the real worker, and returns when none is
    due any more: `run_jobs()`. See `JobRunner`."""
    return JobRunner(world.app.registry, world.seed.tenant.id)


@pytest.fixture
def count_queries(engine: Engine) -> Iterator[QueryCounter]:
    """Counts the statements that reach the database while it is on."""
    counter = QueryCounter(engine)
    yield counter
    counter.detach()
