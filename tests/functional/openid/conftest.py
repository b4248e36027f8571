"""A tenant whose people sign in with a provider."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select
from webtest import TestApp
from webtest.response import TestResponse

from portal.openid.directory import REGISTRY_KEY, Directory
from portal.openid.models import OpenidProvider
from portal.openid.providers import Providers
from portal.outgoing import REGISTRY_KEY as OUTGOING
from portal.people.models import User
from portal.security.models import Session
from portal.security.secrets import secret_box
from portal.signin.models import SsoAttempt
from portal.tenants.models import Tenant
from tests.factories import World
from tests.functional.openid.provider import CLIENT, SECRET, Provider, running


class Desk:
    """A tenant, one of its providers, and a browser."""

    def __init__(self, world: World, provider: Provider, **values: Any) -> None:
        self.world = world
        self.provider = provider
        self.tenant_id = world.seed.tenant.id
        # The port may have been that of a provider before, whose metadata would still be known.
        # Nothing is fetched anew because a test takes long.
        registry = world.app.registry
        registry[REGISTRY_KEY] = Directory(registry[OUTGOING], clock=lambda: 0.0)
        self.key = self.add(provider.issuer, **values)
        self.browser = world.anonymous()

    def add(self, issuer: str, *, secret: str = SECRET, **values: Any) -> str:
        """Another provider; its key."""
        with self.world.factory.session(self.tenant_id) as db:
            tenant = db.get_one(Tenant, self.tenant_id)
            if "openid" not in tenant.authenticators:
                tenant.authenticators = [*tenant.authenticators, "openid"]
            box = secret_box(self.world.factory.settings)
            row = Providers(db, tenant, box).create(
                secret,
                **{
                    "name": "Vendor",
                    "issuer": issuer,
                    "client_id": CLIENT,
                    "scopes": ["openid", "email", "profile"],
                    "audience": "both",
                    "provisioning": "create",
                }
                | values,
            )
            return row.key

    def change(self, **values: Any) -> None:
        """Other settings of the provider."""
        with self.world.factory.session(self.tenant_id) as db:
            row = db.get_one(OpenidProvider, (self.tenant_id, self.key))
            for name, value in values.items():
                setattr(row, name, value)

    def leave(self, browser: TestApp | None = None, path: str = "") -> str:
        """Where the browser is sent to sign in."""
        url = self.world.url(f"/login/openid-start/{self.key}{path}")
        answer = (browser or self.browser).get(url)
        assert answer.status_int == 303
        location: str = answer.location
        return location

    def come_back(self, url: str, browser: TestApp | None = None) -> TestResponse:
        """The browser follows the provider's answer."""
        return (browser or self.browser).get(
            url.removeprefix("http://localhost"), expect_errors=True
        )

    def sign_in(self, path: str = "", **changes: Any) -> TestResponse:
        """There and back."""
        return self.come_back(self.provider.authorize(self.leave(path=path), **changes))

    def refusal(self, **changes: Any) -> tuple[str, str]:
        """Code and hint of a sign-in that is refused, as the log has them."""
        answer = self.sign_in(**changes)
        assert answer.status_int >= 400, answer.location
        assert "WWW-Authenticate" not in answer.headers
        return self.logged()

    def logged(self) -> tuple[str, str]:
        """Code and hint of the last line of the sign-in log."""
        with self.world.factory.session(self.tenant_id) as db:
            row = db.scalars(
                select(SsoAttempt)
                .where(SsoAttempt.tenant_id == self.tenant_id)
                .order_by(SsoAttempt.id.desc())
                .limit(1)
            ).one()
            assert row.authenticator == "openid"
            return row.code, row.hint

    def session(self) -> Session:
        """The one session of the tenant."""
        with self.world.factory.session(self.tenant_id) as db:
            found = db.scalars(select(Session).where(Session.tenant_id == self.tenant_id)).one()
            db.expunge(found)
            return found

    def user(self, email: str = "vera@vendor.test") -> User | None:
        """An account of the tenant."""
        with self.world.factory.session(self.tenant_id) as db:
            found = db.scalar(
                select(User).where(User.tenant_id == self.tenant_id, User.email == email)
            )
            if found is not None:
                db.expunge(found)
            return found


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running() as found:
        yield found


@pytest.fixture
def desk(world: World, provider: Provider) -> Desk:
    return Desk(world, provider)
