"""A tenant whose own site signs people in."""

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from webtest import TestApp
from webtest.response import TestResponse

from portal.people.models import User
from portal.security.secrets import SecretBox
from portal.security.sessions import SessionService
from portal.signin.keyring import Keyring, Material
from portal.signin.models import SsoAttempt, SsoConfig
from tests.factories import World
from tests.unit.signin.tokens import SECRET, sign

REMOTE_LOGIN = "https://www.acme.test/ticket-sso"


@dataclass(frozen=True)
class FromNow:
    """A time in a table of cases: counted from the signing, not from when the table was read."""

    seconds: int


def payload(claims: dict[str, Any]) -> dict[str, Any]:
    """Claims as they are signed: times counted from now, and ``...`` left out."""
    now = int(time.time())
    return {
        name: now + value.seconds if isinstance(value, FromNow) else value
        for name, value in claims.items()
        if value is not ...
    }


class Site:
    """The tenant's website: it knows the secret, and sends its visitors over."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tenant = world.seed.tenant
        self.configure(
            dialects=["central", "happyfox"],
            primary_dialect="central",
            remote_login_url=REMOTE_LOGIN,
            allowed_redirect_hosts=["www.acme.test"],
        )
        with world.factory.session(self.tenant.id) as db:
            box = SecretBox(world.factory.settings.secret_key)
            for user in world.seed.users.values():
                db.get_one(User, (self.tenant.id, user.id)).email_verified_at = datetime.now(UTC)
            Keyring(db, self.tenant, box).add("2026-a", Material("HS256", SECRET))

    def configure(self, **values: Any) -> None:
        """Change the tenant's sign-in settings."""
        with self.world.factory.session(self.tenant.id) as db:
            row = db.get_one(SsoConfig, self.tenant.id)
            for name, value in values.items():
                setattr(row, name, value)

    def token(self, **changes: Any) -> str:
        """A token for cleo, made now; a change to ``...`` leaves a claim out."""
        now = int(time.time())
        claims = {
            "email": "cleo@customer.test",
            "name": "Cleo Customer",
            "iat": now,
            "exp": now + 120,
            "jti": uuid.uuid4().hex,
        }
        secret = changes.pop("secret", SECRET)
        header = changes.pop("header", None)
        claims |= changes
        return sign(payload(claims), secret, header)

    def send(
        self, browser: TestApp, path: str = "/jwt/", token: str | None = None, **claims: Any
    ) -> TestResponse:
        """Follow the site's link to the help desk."""
        raw = token if token is not None else self.token(**claims)
        return browser.get(self.world.url(path), {"token": raw}, expect_errors=True)

    def user(self, email: str) -> User | None:
        """The tenant's user with that address, as it is now."""
        with self.world.factory.session(self.tenant.id) as db:
            return db.scalar(
                select(User).where(User.tenant_id == self.tenant.id, User.email == email)
            )

    def account(self, email: str) -> User:
        """The same, of somebody who is there."""
        user = self.user(email)
        assert user is not None
        return user

    def change(self, first: str, **values: Any) -> None:
        """Change one of the tenant's people."""
        with self.world.factory.session(self.tenant.id) as db:
            user = db.get_one(User, (self.tenant.id, self.world.seed.users[first].id))
            for name, value in values.items():
                setattr(user, name, value)

    def signed_in(self, browser: TestApp) -> str | None:
        """The address of whoever is signed in in this browser."""
        value = browser.cookies.get(f"portal-{self.tenant.slug}")
        if value is None:
            return None
        with self.world.factory.session(self.tenant.id) as db:
            found = SessionService(db, self.tenant).find(value.strip('"'))
        return found[1].email if found else None

    def log(self) -> Sequence[SsoAttempt]:
        """The sign-in log, the latest first."""
        with self.world.factory.session(self.tenant.id) as db:
            return db.scalars(
                select(SsoAttempt)
                .where(SsoAttempt.tenant_id == self.tenant.id)
                .order_by(SsoAttempt.id.desc())
            ).all()

    def last(self) -> SsoAttempt:
        """The last line of the sign-in log."""
        return self.log()[0]


@pytest.fixture
def site(world: World) -> Site:
    return Site(world)


@pytest.fixture
def browser(world: World) -> TestApp:
    return world.anonymous()


@pytest.fixture
def hint(site: Site, world: World) -> Callable[[], str]:
    """What the newest line of the log says to the admin."""
    ada = world.browser("ada")

    def read() -> str:
        page = ada.get(world.url("/settings/sign-in/log"))
        fix = page.html.select_one(".log-row .fix")
        return " ".join(fix.p.get_text().split()) if fix is not None else ""

    return read
