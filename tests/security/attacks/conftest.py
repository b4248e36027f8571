"""A tenant a module, and the keys that everybody shares."""

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from pyramid.router import Router
from sqlalchemy import Engine

from portal.settings import Settings
from tests.factories import TenantFactory, World
from tests.security.attacks.keys import RsaKey
from tests.security.attacks.target import Target


@pytest.fixture(scope="session")
def rsa_keys() -> tuple[RsaKey, RsaKey]:
    """The tenant's, and the attacker's."""
    first, second = (RsaKey(rsa.generate_private_key(65537, 2048)) for _ in range(2))
    return first, second


@pytest.fixture(scope="module")
def factory(engine: Engine, settings: Settings) -> TenantFactory:
    return TenantFactory(engine, settings)


@pytest.fixture(scope="module")
def target(app: Router, factory: TenantFactory, rsa_keys: tuple[RsaKey, RsaKey]) -> Target:
    """The tenant that all attacks of a module are made on."""
    return Target(World(factory.create(), app, factory), *rsa_keys)


@pytest.fixture
def own(app: Router, factory: TenantFactory, rsa_keys: tuple[RsaKey, RsaKey]) -> Target:
    """A tenant for one attack, which changes its people or settings."""
    return Target(World(factory.create(), app, factory), *rsa_keys)
