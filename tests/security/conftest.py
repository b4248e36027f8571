"""One tenant with one of everything, another beside it, and browsers at any host."""

import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest
from pyramid.router import Router
from sqlalchemy import Connection, Engine

from portal import application
from portal.settings import Settings
from tests.factories import TenantFactory, World
from tests.security.registered import View, views_of
from tests.security.stage import Stage, build
from tests.security.walk import Walk


@pytest.fixture(scope="session")
def views(app: Router) -> list[View]:
    """Every registered view."""
    return views_of(app)


@pytest.fixture(scope="session")
def stage(app: Router, engine: Engine, settings: Settings) -> Stage:
    """A tenant with one of everything."""
    return build(app, TenantFactory(engine, settings))


@pytest.fixture(scope="session")
def other(app: Router, engine: Engine, settings: Settings) -> Stage:
    """Another tenant."""
    return build(app, TenantFactory(engine, settings))


@pytest.fixture
def host() -> str:
    """A host name that no tenant has yet."""
    return f"help-{uuid.uuid4().hex[:8]}.test"


@pytest.fixture
def hosted(tenants: TenantFactory, app: Router, host: str) -> World:
    """A tenant with a host of its own."""
    return World(tenants.create(host=host), app, tenants)


@pytest.fixture
def connection(owner_engine: Engine) -> Iterator[Connection]:
    """The owner's, rolled back at the end."""
    with owner_engine.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


@pytest.fixture(scope="session")
def production(app: Router, settings: Settings) -> Iterator[Router]:
    """The application as it is served in earnest."""
    earnest = replace(
        settings, development=False, origin="https://portal.example", hosts=("portal.example",)
    )
    router = application(earnest)
    yield router
    router.registry["db.engine"].dispose()


@pytest.fixture
def walk(stage: Stage, views: list[View]) -> Walk:
    """A walk over every view of the tenant."""
    return Walk(stage, views)
