"""Browsers, and what the database knows about them."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from webtest import TestApp

from portal.people.models import User
from portal.security import cookies
from portal.security.models import Session
from tests.factories import PASSWORD, World


class Visits:
    """What is asked of a tenant's sessions in these tests."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tenant_id = world.seed.tenant.id
        self.cookie = f"portal-{world.slug}"

    def value(self, browser: TestApp) -> str:
        """The value that a browser's cookie has now."""
        # WebTest quotes what it is told to set.
        return str(browser.cookies[self.cookie]).strip('"')

    def with_value(self, value: str) -> TestApp:
        """Another browser that sends the same value."""
        browser = self.world.anonymous()
        browser.set_cookie(self.cookie, value)
        return browser

    def is_in(self, browser: TestApp) -> bool:
        """Whether the browser is signed in."""
        answer = browser.get(self.world.url("/profile"), expect_errors=True)
        assert answer.status_int in (200, 303), answer.status
        return bool(answer.status_int == 200)

    def sign_in(self, browser: TestApp, email: str = "cleo@customer.test") -> Any:
        """Fill in the password form as somebody does who has just come."""
        form = browser.get(self.world.url("/login/local")).forms[0]
        form["email"], form["password"] = email, PASSWORD
        return form.submit()

    def row(self, value: str) -> Session | None:
        """The session that a cookie value names."""
        with self.world.factory.session(self.tenant_id) as db:
            return db.get(Session, (self.tenant_id, cookies.value_hash(value)))

    def count(self) -> int:
        """How many sessions the tenant has."""
        with self.world.factory.session(self.tenant_id) as db:
            return db.scalar(select(func.count()).select_from(Session)) or 0

    def age(
        self, value: str, *, seen: timedelta | None = None, ends: datetime | None = None
    ) -> None:
        """Let a session have been used last `seen` ago, or end at a moment."""
        values: dict[str, Any] = {}
        if seen is not None:
            values["seen_at"] = func.now() - seen
        if ends is not None:
            values["expires_at"] = ends
        with self.world.factory.session(self.tenant_id) as db:
            db.execute(
                update(Session).where(Session.id_hash == cookies.value_hash(value)).values(**values)
            )

    def change_user(self, first: str, **values: Any) -> None:
        """Change one of the tenant's people."""
        user_id = self.world.seed.users[first].id
        with self.world.factory.session(self.tenant_id) as db:
            db.execute(update(User).where(User.id == user_id).values(**values))


def token(page: Any) -> str:
    """The CSRF token of a page's forms."""
    found = re.search(r'name="csrf_token" value="([0-9a-f]+)"', page.text)
    assert found is not None
    return found[1]


@pytest.fixture
def visits(world: World) -> Visits:
    return Visits(world)
