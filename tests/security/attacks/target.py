"""A tenant under attack: it takes the tokens of all vendors, and everything it keeps is watched."""

import itertools
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import quote

from pyramid.request import Request
from sqlalchemy import text
from webtest import TestApp
from webtest.response import TestResponse

from portal.security import cookies
from portal.security.secrets import SecretBox
from portal.signin.codes import Code
from portal.signin.keyring import Keyring, Material
from portal.signin.pending import PendingLogins
from tests.factories import World
from tests.functional.signin.conftest import Site, payload
from tests.functional.signin.vendors import name_tenant
from tests.security.attacks.keys import RsaKey, Signer, hmac_with, rsa_with, token
from tests.security.attacks.ways import (
    AUTH_URL,
    CENTRAL,
    CLIENT,
    NONCE,
    STATE,
    WAYS,
    Way,
    good_claims,
    good_parameters,
)
from tests.unit.signin.tokens import OLD_SECRET, SECRET

#: Everything that a sign-in may write. The log and the throttles are no harm.
_KEPT = text(
    """
    select (select count(*) from sessions where tenant_id = :tenant),
           (select count(*) from sso_replays where tenant_id = :tenant),
           (select count(*) from sso_handoffs where tenant_id = :tenant),
           (select count(*) from user_projects where tenant_id = :tenant),
           (select string_agg(concat_ws('|', namespace, external_id, user_id), ','
                              order by namespace, external_id)
              from identities where tenant_id = :tenant),
           (select string_agg(concat_ws('|', id, email, name, role, locale, organisation_id,
                                        password_hash, disabled_at, email_verified_at),
                              ',' order by id)
              from users where tenant_id = :tenant)
    """
)
_LOG = text(
    "select id, code, reference from sso_attempts where tenant_id = :tenant"
    " order by id desc limit 1"
)
_addresses = itertools.count(1)


class Line(NamedTuple):
    """The last line of the sign-in log."""

    id: int
    code: str
    reference: str


class Target:
    """The tenant, its keys, and the attacker's own."""

    def __init__(self, world: World, rsa: RsaKey, attackers: RsaKey) -> None:
        self.world = world
        self.rsa = rsa
        self.attackers = attackers
        self.site = Site(world)
        name_tenant(self.site)
        self.site.configure(
            dialects=list(WAYS), auth_url=AUTH_URL, client_id=CLIENT,
            authorization_url="https://idp.acme.test/authorize",
        )  # fmt: skip
        tenant = self.site.tenant
        with world.factory.session(tenant.id) as db:
            keyring = Keyring(db, tenant, SecretBox(world.factory.settings.secret_key))
            # A key that has ended, the one of today, and beside it the RSA key.
            keyring.retire("current")
            keyring.add("2025-z", Material("HS256", OLD_SECRET))
            keyring.add("2026-b", Material("HS256", SECRET))
            tomorrow = datetime.now(UTC) + timedelta(days=1)
            keyring.add_previous("rsa-a", tomorrow, Material("RS256", rsa.pem))

    @property
    def slug(self) -> str:
        """The tenant's slug."""
        return self.site.tenant.slug

    def browser(self) -> TestApp:
        """A browser at an address of its own: refusals are counted by address."""
        made = self.world.anonymous()
        number = next(_addresses)
        address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        made.extra_environ["REMOTE_ADDR"] = address
        return made

    def header(self, way: Way) -> dict[str, Any]:
        """A good token's header."""
        return {"alg": way.algorithm, "typ": "JWT"}

    def claims(self, way: Way, **changes: Any) -> dict[str, Any]:
        """A good token's claims; a change to ``...`` leaves one out."""
        return payload(good_claims(way, self) | changes)

    def signer(self, way: Way) -> Signer:
        """The right key for the vendor."""
        return hmac_with(SECRET) if way.algorithm == "HS256" else rsa_with(self.rsa.private)

    def token(self, way: Way, **changes: Any) -> str:
        """A token, signed rightly."""
        return token(self.header(way), self.claims(way, **changes), self.signer(way))

    def start(self, browser: TestApp) -> None:
        """The browser starts a sign-in here, and is given a state and a nonce to bring back."""
        name = f"portal-{self.slug}"
        value = browser.cookies.get(name, "").strip('"') or cookies.new_value()
        with self.world.factory.session(self.site.tenant.id) as db:
            PendingLogins(db, self.site.tenant).start(value, "", state=STATE, nonce=NONCE)
        browser.set_cookie(name, value)

    def send(
        self,
        way: Way,
        raw: str | bytes,
        browser: TestApp,
        *,
        beside: Mapping[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        method: str = "",
    ) -> TestResponse:
        """Bring the browser to the vendor's address with a token, whatever bytes that is."""
        if way.started_here:
            self.start(browser)
        pairs = good_parameters(way, self) | dict(beside or {})
        wanted = [(way.parameter, raw), *((n, v) for n, v in pairs.items() if v is not ...)]
        encoded = "&".join(f"{quote(n, safe='')}={_quoted(v)}" for n, v in wanted)
        address = self.world.url(way.path)
        options: dict[str, Any] = {"headers": headers or {}, "expect_errors": True}
        if (method or way.method) == "POST":
            options["content_type"] = "application/x-www-form-urlencoded"
            return browser.post(address, encoded.encode(), **options)
        return browser.request(f"{address}?{encoded}", method=method or "GET", **options)

    def visit(
        self, path: str, environ: dict[str, str], *, method: str = "GET", body: bytes = b""
    ) -> Any:
        """One request as a server hands it over, whatever is in its headers; no cookies kept."""
        request = Request.blank(self.world.url(path), environ=environ, method=method)
        if method == "POST":
            request.body = body
        return request.get_response(self.world.app)

    def kept(self) -> tuple[Any, ...]:
        """Everything that a sign-in could have changed."""
        with self.world.factory.session(self.site.tenant.id) as db:
            return tuple(db.execute(_KEPT, {"tenant": self.site.tenant.id}).one())

    def last(self) -> Line | None:
        """The last line of the sign-in log."""
        with self.world.factory.session(self.site.tenant.id) as db:
            found = db.execute(_LOG, {"tenant": self.site.tenant.id}).one_or_none()
            return Line(*found) if found is not None else None

    def withstands(self, way: Way, raw: str | bytes, code: str, **options: Any) -> TestResponse:
        """The token is refused with the code, and that is all that happens."""
        browser = self.browser()
        before = self.kept()
        response = self.send(way, raw, browser, **options)
        after = self.last()
        assert response.status_int == Code(code).status, (response.status, after)
        assert after is not None
        assert after.code == code, (after, response.status)
        assert after.reference == response.headers["X-Request-Reference"]
        assert self.kept() == before
        assert "Location" not in response.headers
        assert self.site.signed_in(browser) is None
        self._repeats_nothing(raw, response)
        self.is_well(way, browser)
        return response

    def refuses(self, way: Way, code: str, **claims: Any) -> None:
        """A token with these claims is refused with the code, where the tenant was changed so
        that not even a good one would be taken."""
        before, browser = self.kept(), self.browser()
        response = self.send(way, self.token(way, **claims), browser)
        last = self.last()
        assert last is not None
        assert (last.code, response.status_int) == (code, Code(code).status)
        assert self.kept() == before
        assert self.site.signed_in(browser) is None

    def is_harmless(self, way: Way, raw: str | bytes, **options: Any) -> TestResponse:
        """The token signs cleo in, and nobody else, as if nothing strange were in it."""
        browser = self.browser()
        response = self.send(way, raw, browser, **options)
        last = self.last()
        assert response.status_int == 303, (response.status, last)
        assert response.location == f"http://localhost{self.world.url('/')}"
        assert self.site.signed_in(browser) == "cleo@customer.test"
        assert last is not None
        assert last.code == "signed_in"
        return response

    def is_well(self, way: Way = CENTRAL, browser: TestApp | None = None) -> None:
        """A good token still signs cleo in."""
        browser = browser or self.browser()
        response = self.send(way, self.token(way), browser)
        assert response.status_int == 303, (response.status, self.last())
        assert self.site.signed_in(browser) == "cleo@customer.test"

    def _repeats_nothing(self, raw: str | bytes, response: TestResponse) -> None:
        sent = raw if isinstance(raw, str) else raw.decode("latin-1")
        for piece in sent.split("."):
            if len(piece) > 20:
                assert piece not in response.text


def _quoted(value: str | bytes) -> str:
    return (
        quote(value, safe="", errors="surrogatepass")
        if isinstance(value, str)
        else quote(value, safe="")
    )
