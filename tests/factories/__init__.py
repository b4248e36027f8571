"""Rows for tests, made through the services and committed."""

from tests.factories.tenants import PASSWORD, TenantFactory, TenantSeed
from tests.factories.world import World

__all__ = ["PASSWORD", "TenantFactory", "TenantSeed", "World"]
