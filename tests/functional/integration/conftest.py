"""A tenant whose site is being connected."""

import pytest
from webtest import TestApp

from tests.factories import World
from tests.functional.signin.conftest import Site


@pytest.fixture
def site(world: World) -> Site:
    return Site(world)


@pytest.fixture
def browser(world: World) -> TestApp:
    return world.anonymous()
