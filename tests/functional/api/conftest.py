"""A tenant's program with an API key."""

from typing import Any

import pytest
from webtest import TestApp
from webtest.response import TestResponse

from portal.security.api_keys import ApiKeyService
from tests.factories import World
from tests.functional.signin.conftest import Site

CLEO = {"email": "cleo@customer.test", "name": "Cleo Customer"}


class Client:
    """Calls the API of one tenant with a key, and nothing that a browser would send."""

    def __init__(self, world: World, scopes: list[str]) -> None:
        self.world = world
        with world.factory.session(world.seed.tenant.id) as db:
            key, secret = ApiKeyService(db, world.seed.tenant).create("Backend", scopes)
        self.headers = {"X-API-Key": key.public_id, "X-API-Secret": secret}
        self.http = TestApp(world.app, extra_environ={"HTTP_HOST": "localhost"})

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.http.get(self.world.url(f"/api/v2{path}"), headers=self.headers, **options)

    def post(
        self,
        path: str,
        body: dict[str, Any],
        *,
        headers: dict[str, str] | None = None,
        status: int | None = None,
    ) -> TestResponse:
        """A call with a JSON body, below `api` of the tenant."""
        return self.http.post_json(
            self.world.url(f"/api{path}"),
            body,
            headers=self.headers if headers is None else {**self.headers, **headers},
            status=status,
        )


def arrive(world: World, location: str, browser: TestApp | None = None) -> TestResponse:
    """A browser follows the address that the backend was given."""
    return (browser or world.anonymous()).get(location, expect_errors=True)


@pytest.fixture
def client(world: World) -> Client:
    return Client(world, ["tickets:read"])


@pytest.fixture
def writer(world: World) -> Client:
    return Client(world, ["tickets:read", "tickets:write"])


@pytest.fixture
def site(world: World) -> Site:
    """The tenant's site, whose signed tokens the tenant takes."""
    return Site(world)


@pytest.fixture
def browser(world: World) -> TestApp:
    return world.anonymous()


@pytest.fixture
def bridge(site: Site) -> Client:
    """The site's backend, which hands visitors over."""
    return Client(site.world, ["auth:redirect"])
