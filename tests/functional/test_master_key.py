"""The master key is changed, step by step as docs/operations.md says, and nobody notices."""

import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.cookiejar import CookieJar
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, select
from webtest import TestApp

from portal import application
from portal.db import Base
from portal.security.sealed import SealedColumn, SealedSecrets, sealed_columns
from portal.security.secrets import SecretBox
from portal.signin.keyring import Keyring, Material
from portal.signin.models import SsoKey
from portal.tenants.models import Tenant
from tests.factories import World
from tests.functional.installation import Installation
from tests.functional.signin.conftest import Site
from tests.unit.signin.tokens import OLD_SECRET, SECRET, sign

A, B, C = (bytes([number]) * 32 for number in (0xA, 0xB, 0xC))


class Sealed:
    """The secrets of one tenant, whose two signing keys were sealed under the key A."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tenant: Tenant = world.seed.tenant
        self.columns = sealed_columns(world.app.registry)
        with world.factory.session(self.tenant.id) as db:
            keyring = Keyring(db, self.tenant, SecretBox(A))
            keyring.add("2026-a", Material("HS256", SECRET))
            keyring.add("2026-b", Material("HS256", OLD_SECRET))

    def of_signing_keys(self) -> SealedColumn:
        """The column of the signing keys' secrets."""
        return next(each for each in self.columns if each.model is SsoKey)

    def under(
        self, master_key: bytes, *former: bytes, columns: list[SealedColumn] | None = None
    ) -> SealedSecrets:
        """The secrets as an installation with these keys sees them."""
        sessions = self.world.app.registry["db.sessionmaker"]
        box = SecretBox(master_key, former)
        return SealedSecrets(sessions, self.tenant, box, columns or self.columns)

    def opened(self, master_key: bytes) -> list[bytes]:
        """What the keys verify with, where only this master key is known."""
        with self.world.factory.session(self.tenant.id) as db:
            keyring = Keyring(db, self.tenant, SecretBox(master_key))
            materials = (keyring.material(row) for row in keyring.live())
            return [material for material in materials if material is not None]


@pytest.fixture
def sealed(world: World) -> Sealed:
    return Sealed(world)


def test_secrets_are_counted_and_sealed_anew(sealed: Sealed) -> None:
    assert sealed.opened(B) == []
    tally = sealed.under(B, A).check()
    assert (tally.current, tally.former, tally.lost) == (0, 2, [])
    tally = sealed.under(B, A).rotate()
    assert (tally.current, tally.former, tally.lost) == (0, 2, [])
    assert sealed.opened(B) == [OLD_SECRET.encode(), SECRET.encode()]
    assert sealed.opened(A) == []
    again = sealed.under(B).rotate()
    assert (again.current, again.former, again.lost) == (2, 0, [])


def test_what_does_not_open_is_named_and_left_as_it_is(sealed: Sealed) -> None:
    before = stored(sealed)
    tally = sealed.under(B).rotate()
    assert tally.lost == ["sso_keys/2026-a", "sso_keys/2026-b"]
    assert stored(sealed) == before
    assert sealed.under(C, B, A).check().former == 2


def stored(sealed: Sealed) -> list[bytes | None]:
    with sealed.world.factory.session(sealed.tenant.id) as db:
        return list(db.scalars(select(SsoKey.secret_encrypted).order_by(SsoKey.kid)))


def test_it_goes_on_where_it_was_interrupted(sealed: Sealed) -> None:
    """A crash after the first row: that one is kept, and passed over by the next run."""
    column = sealed.of_signing_keys()

    def name_or_crash(row: SsoKey) -> str:
        if row.kid == "2026-b":
            raise RuntimeError("the machine stops")
        return column.row_name(row)

    crashing = [SealedColumn(column.column, name_or_crash)]
    with pytest.raises(RuntimeError, match="the machine stops"):
        sealed.under(B, A, columns=crashing).rotate()
    tally = sealed.under(B, A).rotate()
    assert (tally.current, tally.former) == (1, 1)
    assert len(sealed.opened(B)) == 2


def test_a_key_that_ends_meanwhile_stays_forgotten(sealed: Sealed) -> None:
    column = sealed.of_signing_keys()

    def end_the_other(row: SsoKey) -> str:
        if row.kid == "2026-a":
            with sealed.world.factory.session(sealed.tenant.id) as db:
                db.get_one(SsoKey, (sealed.tenant.id, "2026-b")).secret_encrypted = None
        return column.row_name(row)

    tally = sealed.under(B, A, columns=[SealedColumn(column.column, end_the_other)]).rotate()
    assert (tally.current, tally.former) == (0, 1)
    assert stored(sealed)[1] is None


def test_every_sealed_column_is_known(world: World) -> None:
    """Or its secrets would be lost with the former key."""
    columns = {
        str(column)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary) and column.name.endswith("_encrypted")
    }
    known = {str(each.column.property.columns[0]) for each in sealed_columns(world.app.registry)}
    assert columns == known


def test_nobody_makes_a_box_without_the_former_keys() -> None:
    portal = Path(__file__).parents[2] / "portal"
    makers = [path for path in portal.rglob("*.py") if "SecretBox(" in path.read_text()]
    assert makers == [portal / "security" / "secrets.py"]


@contextmanager
def with_keys(world: World, key: bytes, *former: bytes) -> Iterator[None]:
    """The world's browsers reach a portal with these master keys."""
    app, settings = world.app, world.factory.settings
    router = application(replace(settings, secret_key=key, former_secret_keys=former))
    world.app = router
    try:
        yield
    finally:
        world.app = app
        router.registry["db.engine"].dispose()


def test_what_is_open_in_a_browser_goes_on(world: World) -> None:
    """A session, a form, and a token that waits for its visitor's answer."""
    site, key = Site(world), world.factory.settings.secret_key
    site.configure(unsolicited="confirm")
    signed_in, waiting = world.browser("cleo"), world.anonymous()
    form = next(
        form
        for form in signed_in.get(world.url("/profile")).forms.values()
        if form.action.endswith("/profile")
    )
    question = site.send(waiting).follow().forms[0]

    def over(browser: TestApp) -> None:
        browser.app = world.app

    with with_keys(world, B, key):
        for browser in (signed_in, waiting):
            over(browser)
        assert signed_in.get(world.url("/tickets")).status_int == 200
        assert form.submit().status_int == 303
        assert question.submit().status_int == 303
        assert site.signed_in(waiting) == "cleo@customer.test"
    with with_keys(world, B):
        over(signed_in)
        assert signed_in.get(world.url("/tickets")).status_int == 200
        assert form.submit(expect_errors=True).status_int == 400


class Visitor:
    """A browser of the standard library, for a portal that is another process."""

    def __init__(self, portal: Installation) -> None:
        self.portal = portal
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def get(self, path: str) -> tuple[int, str]:
        """Where it ends up: the status and the address."""
        request = urllib.request.Request(self.portal.url(path), headers={"Accept": "text/html"})
        try:
            with self.opener.open(request, timeout=30) as answer:
                return answer.status, answer.url
        except urllib.error.HTTPError as error:
            return error.code, error.url

    def sign_in(self) -> bool:
        """Come with a token of the company's site."""
        now = int(time.time())
        token = sign(
            {"email": "cleo@customer.test", "iat": now, "exp": now + 120, "jti": uuid.uuid4().hex}
        )
        status, _ = self.get(f"/acme/auth/callback?token={urllib.parse.quote(token)}")
        return status == 200 and self.is_in()

    def is_in(self) -> bool:
        """Whether the session is alive."""
        status, url = self.get("/acme/tickets")
        return status == 200 and url.endswith("/acme/tickets")


TENANT = f"""
[tenant]
slug = "acme"
name = "Acme Audio"
[sso]
dialects = ["central"]
[[sso.keys]]
kid = "2026-a"
secret = "{SECRET}"
"""


def test_step_by_step_with_real_processes(installation: Installation) -> None:
    keys = installation.changed
    (installation.folder / "acme.toml").write_text(TENANT)

    def secrets(command: str, code: int = 0) -> str:
        result = installation.run("secrets", command)
        assert result.returncode == code, result.stderr
        return result.stderr if code else result.stdout

    keys["portal.secret_key"] = A.hex()
    with installation.serving():
        applied = installation.run("tenant", "apply", str(installation.folder / "acme.toml"))
        assert applied.returncode == 0, applied.stderr
        first = Visitor(installation)
        assert first.sign_in()
        assert secrets("check") == "1 secret under the present key, 0 under a former one.\n"

    keys |= {"portal.secret_key": B.hex(), "portal.former_secret_keys": A.hex()}
    with installation.serving("serve"):
        assert first.is_in()
        assert Visitor(installation).sign_in()
        assert secrets("check").splitlines() == [
            "acme: 1 secret under a former key.",
            "0 secrets under the present key, 1 under a former one.",
            "Run portal secrets rotate before you empty portal.former_secret_keys.",
        ]
        assert secrets("rotate").splitlines() == [
            "acme: 1 secret sealed anew.",
            "1 secret sealed anew, 0 under the present key already.",
            "No secret needs a former key any more: portal.former_secret_keys may be empty.",
        ]
        assert Visitor(installation).sign_in()

    keys["portal.former_secret_keys"] = ""
    with installation.serving("serve"):
        assert first.is_in()
        assert Visitor(installation).sign_in()
        assert secrets("check") == "1 secret under the present key, 0 under a former one.\n"
        keys["portal.secret_key"] = C.hex()
        said = secrets("check", code=1)
        assert "1 secret cannot be opened with any key that is set: acme sso_keys/2026-a" in said
