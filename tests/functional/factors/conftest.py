"""People with second factors, and their browsers."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import pyotp
import pytest
from sqlalchemy import select
from webtest import Form, TestApp
from webtest.response import TestResponse

from portal.factors.models import TotpSecret
from portal.factors.recovery import RecoveryCodes
from portal.factors.service import Factors
from portal.factors.totp import AuthenticatorApps
from portal.people.models import User
from portal.security.secrets import secret_box
from portal.security.sessions import SessionService
from portal.signin.models import SsoAttempt
from portal.tenants.models import AuditEntry, Tenant
from tests.factories import PASSWORD, World
from tests.factories.authenticator import SoftKey


def form_with(page: TestResponse, name: str) -> Form:
    """The form of the page that has this field."""
    return next(form for form in page.forms.values() if name in form.fields)


def form_to(page: TestResponse, end: str) -> Form:
    """The form of the page that leads there."""
    return next(form for form in page.forms.values() if form.action.partition("?")[0].endswith(end))


@dataclass
class Desk:
    """A tenant, and what tests do with its people's factors."""

    world: World
    secrets: dict[str, str] = field(default_factory=dict)

    @property
    def tenant(self) -> Tenant:
        """The tenant."""
        return self.world.seed.tenant

    def email(self, first: str) -> str:
        """Somebody's address."""
        return self.world.seed.users[first].email

    def with_app(self, first: str) -> list[str]:
        """Give somebody an authenticator app, whose codes from now on are all unused, and
        recovery codes."""
        with self.world.factory.session(self.tenant.id) as db:
            user = db.get_one(User, (self.tenant.id, self.world.seed.users[first].id))
            apps = AuthenticatorApps(db, self.tenant, secret_box(self.world.factory.settings))
            apps.start(user)
            secret = apps.pending(user)
            assert secret is not None
            assert apps.confirm(user, pyotp.TOTP(secret).now())
            db.get_one(TotpSecret, (self.tenant.id, user.id)).last_step = None
            Factors(db, self.tenant).changed(user)
            self.secrets[first] = secret
            return RecoveryCodes(db, self.tenant).make(user)

    def code(self, first: str, steps: int = 0) -> str:
        """The code that the app shows, so many time-steps from now."""
        return pyotp.TOTP(self.secrets[first]).at(time.time(), counter_offset=steps)

    def want(self, who: str) -> None:
        """Set who needs a second factor."""
        with self.world.factory.session(self.tenant.id) as db:
            db.get_one(Tenant, self.tenant.id).second_factor = who

    def password(
        self, first: str, browser: TestApp | None = None, path: str = "/login/local"
    ) -> TestApp:
        """A browser in which the right password was given."""
        browser = browser or self.world.anonymous()
        form = form_with(browser.get(self.world.url(path)), "email")
        form["email"], form["password"] = self.email(first), PASSWORD
        self.answer = form.submit(expect_errors=True)
        assert self.answer.status_int == 303, self.answer
        return browser

    def second(self, browser: TestApp, code: str, *, recovery: bool = False) -> TestResponse:
        """Fill in the second step."""
        page = browser.get(self.world.url("/login/second" + ("?with=recovery" * recovery)))
        form = form_with(page, "code")
        form["code"] = code
        return form.submit(expect_errors=True)

    def in_full(self, first: str) -> TestApp:
        """A browser in which somebody with an app signed in, moments ago."""
        browser = self.password(first)
        if first in self.secrets:
            assert self.second(browser, self.code(first)).status_int == 303
        return browser

    def signed_in(self, browser: TestApp) -> str | None:
        """The address of whoever is signed in in this browser."""
        value = browser.cookies.get(f"portal-{self.tenant.slug}")
        if value is None:
            return None
        with self.world.factory.session(self.tenant.id) as db:
            found = SessionService(db, self.tenant).find(value.strip('"'))
        return found[1].email if found else None

    def add_passkey(self, browser: TestApp, key: SoftKey, name: str = "Key") -> TestResponse:
        """Add a passkey on the profile."""
        page = browser.get(self.world.url("/profile/security"))
        form = form_to(page, "passkey-add")
        options = self.options(browser, "/profile/security/passkey-options", form)
        form["credential"] = key.create(options)
        form_fields = [(each, form[each].value) for each in form.fields if each]
        return browser.post(form.action, [*form_fields, ("name", name)], expect_errors=True)

    def options(self, browser: TestApp, path: str, form: Form) -> dict[str, object]:
        """The challenge that the form's script would fetch."""
        answer = browser.post(
            self.world.url(path),
            headers={
                "X-CSRF-Token": form["csrf_token"].value,
                "Accept": "application/json",
            },
        )
        found: dict[str, object] = answer.json
        return found

    def sign_in_with(self, browser: TestApp, key: SoftKey, path: str = "/login") -> TestResponse:
        """Sign in with a passkey alone."""
        form = form_to(browser.get(self.world.url(path)), "/login/passkey")
        form["credential"] = key.get(self.options(browser, "/login/passkey-options", form))
        return form.submit(expect_errors=True)

    def second_with(self, browser: TestApp, key: SoftKey) -> TestResponse:
        """Answer the second step with a passkey."""
        form = form_to(browser.get(self.world.url("/login/second")), "second-passkey")
        form["credential"] = key.get(self.options(browser, "/login/second-options", form))
        return form.submit(expect_errors=True)

    def log(self) -> Sequence[SsoAttempt]:
        """The sign-in log, the latest first."""
        with self.world.factory.session(self.tenant.id) as db:
            return db.scalars(
                select(SsoAttempt)
                .where(SsoAttempt.tenant_id == self.tenant.id)
                .order_by(SsoAttempt.id.desc())
            ).all()

    def audit(self) -> list[str]:
        """What the audit log tells, the latest last."""
        with self.world.factory.session(self.tenant.id) as db:
            return list(
                db.scalars(
                    select(AuditEntry.action)
                    .where(AuditEntry.tenant_id == self.tenant.id)
                    .order_by(AuditEntry.id)
                )
            )


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)
