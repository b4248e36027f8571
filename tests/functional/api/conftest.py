"""A tenant's program with an API key."""

import pytest
from webtest import TestApp

from portal.security.api_keys import ApiKeyService
from tests.factories import World


class Client:
    """Calls the API of one tenant with a key, and nothing that a browser would send."""

    def __init__(self, world: World, scopes: list[str]) -> None:
        self.world = world
        with world.factory.session(world.seed.tenant.id) as db:
            key, secret = ApiKeyService(db, world.seed.tenant).create("Backend", scopes)
        self.headers = {"X-API-Key": key.public_id, "X-API-Secret": secret}
        self.http = TestApp(world.app, extra_environ={"HTTP_HOST": "localhost"})

    def get(self, path: str, **options: object) -> object:
        return self.http.get(self.world.url(f"/api/v2{path}"), headers=self.headers, **options)


@pytest.fixture
def client(world: World) -> Client:
    return Client(world, ["tickets:read"])
