"""Each mistake is made for real, and the admin reads in the sign-in log what it was."""

import base64
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import update
from webtest import TestApp

from portal.security.secrets import secret_box
from portal.signin.assertion import Assertion
from portal.signin.handoffs import Handoffs
from portal.signin.keyring import Keyring, Material
from portal.signin.models import SsoHandoff, SsoKey
from tests.factories import World
from tests.functional.signin.conftest import FromNow, Site
from tests.unit.signin.tokens import OLD_SECRET, SECRET, b64

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"


@pytest.fixture
def hint(site: Site, world: World) -> Callable[[], str]:
    """What the newest line of the log says to the admin."""
    ada = world.browser("ada")

    def read() -> str:
        page = ada.get(world.url("/settings/sign-in/log"))
        fix = page.html.select_one(".log-row .fix")
        return " ".join(fix.p.get_text().split()) if fix is not None else ""

    return read


@pytest.fixture(scope="module")
def rsa_pair() -> tuple[bytes, str]:
    """A private key and its public one, in PEM."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return pem, public.decode()


def keyring(site: Site, work: Callable[[Keyring], Any]) -> None:
    """Change the tenant's keys."""
    with site.world.factory.session(site.tenant.id) as db:
        work(Keyring(db, site.tenant, secret_box(site.world.factory.settings)))


class TestTimes:
    @pytest.mark.parametrize(
        ("claims", "words"),
        [
            ({"iat": FromNow(211), "exp": FromNow(331)}, "s ahead of ours"),
            ({"iat": FromNow(-214), "exp": FromNow(-94)}, "s too late"),
            ({"iat": FromNow(7200), "exp": FromNow(7320)}, "off by +2 hours"),
            ({"iat": FromNow(-3600), "exp": FromNow(-3480)}, "off by -1 hours"),
            ({"iat": "(current unix timestamp)"}, "placeholder in “iat”"),
        ],
    )
    def test_clocks(
        self,
        site: Site,
        browser: TestApp,
        hint: Callable[[], str],
        claims: dict[str, Any],
        words: str,
    ) -> None:
        site.send(browser, "/auth/callback", **claims)
        assert words in hint()

    def test_milliseconds(self, site: Site, browser: TestApp, hint: Callable[[], str]) -> None:
        """As JavaScript's Date.now() has them."""
        site.send(browser, iat=int(time.time() * 1000))
        assert hint() == "iat is in milliseconds. Send seconds."


class TestClaims:
    @pytest.mark.parametrize(
        ("path", "claims", "words"),
        [
            ("/jwt", {"email": "{{ user.email }}"}, "placeholder in “email”"),
            ("/jwt", {"email": "<e-mail of the user>"}, "placeholder in “email”"),
            ("/jwt", {"name": "YOUR_NAME"}, "placeholder in “name”"),
            ("/jwt", {"name": "${user.name}"}, "placeholder in “name”"),
            ("/jwt", {"jti": "(unique id)"}, "placeholder in “jti”"),
            ("/auth/callback", {"tenant": "your-tenant-slug"}, "placeholder in “tenant”"),
            ("/jwt", {"jti": ..., "exp": FromNow(60)}, "The token has no “jti”."),
        ],
    )
    def test_what_nobody_filled_in(
        self,
        site: Site,
        browser: TestApp,
        hint: Callable[[], str],
        path: str,
        claims: dict[str, Any],
        words: str,
    ) -> None:
        site.send(browser, path, **claims)
        assert words in hint()

    @pytest.mark.parametrize(
        "name", ["Carlo (unknown)", "<b>Cleo</b>", "Your Name", "{Cleo}", "Dr. $ {x}", "100 %"]
    )
    def test_names_that_somebody_may_have(self, site: Site, browser: TestApp, name: str) -> None:
        assert site.send(browser, name=name).status_int == 303

    def test_another_dialects_address(
        self, site: Site, browser: TestApp, hint: Callable[[], str]
    ) -> None:
        """Issuely's token at HappyFox's address."""
        site.send(browser, "/jwt", companyId="comp_acme", jti=..., iat=...)
        assert hint() == (
            "The token has “companyId”, as those of Issuely do: they belong at /api/auth/sso."
        )

    def test_the_wrong_audience(self, site: Site, browser: TestApp, world: World) -> None:
        site.send(browser, "/auth/callback", aud="https://other.example")
        failed = site.last().trace[-1]
        assert failed["seen"] == "https://other.example"
        assert failed["wanted"] == f"http://localhost{world.url('/')}"

    def test_a_dialect_that_is_off(self, site: Site, browser: TestApp) -> None:
        site.send(browser, "/access/jwt")
        failed = site.last().trace[-1]
        assert (failed["seen"], failed["wanted"]) == ("zendesk", "central, happyfox")

    @pytest.mark.parametrize(
        "claims", [{"iat": FromNow(-900)}, {"name": ["x"]}, {"nbf": FromNow(900)}]
    )
    def test_who_it_was_is_known_once_the_signature_is_right(
        self, site: Site, browser: TestApp, claims: dict[str, Any]
    ) -> None:
        site.send(browser, jti="the-id", **claims)
        line = site.last()
        assert line.masked_email == "cl•••@customer.test"
        assert line.jti_hash == hashlib.sha256(b"the-id").hexdigest()

    def test_before_that_nobody_is_named(self, site: Site, browser: TestApp) -> None:
        site.send(browser, secret="x" * 40)
        assert (site.last().masked_email, site.last().jti_hash) == (None, None)


class TestKeys:
    @pytest.mark.parametrize(
        ("secret", "words"),
        [
            (SECRET + "\n", "ends in a space or a line break"),
            ("your-256-bit-secret", "placeholder of a sample"),
            ("YOUR_JWT_SECRET", "placeholder of a sample"),
        ],
    )
    def test_secrets(
        self, site: Site, browser: TestApp, hint: Callable[[], str], secret: str, words: str
    ) -> None:
        site.send(browser, secret=secret)
        assert words in hint()

    def test_a_decoded_secret(self, site: Site, browser: TestApp, hint: Callable[[], str]) -> None:
        shown = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
        keyring(site, lambda keys: keys.add("b64", Material("HS256", shown), grace=0))
        site.send(browser, secret=base64.b64decode(shown))
        assert "decodes the key before signing" in hint()

    def test_a_signature_in_hexadecimal(
        self, site: Site, browser: TestApp, hint: Callable[[], str]
    ) -> None:
        head = site.token().rpartition(".")[0]
        digest = hmac.new(SECRET.encode(), head.encode(), hashlib.sha256).hexdigest()
        site.send(browser, token=f"{head}.{b64(digest.encode())}")
        assert "fourth argument of hash_hmac" in hint()

    def test_the_previous_key_after_its_end(
        self, site: Site, browser: TestApp, hint: Callable[[], str]
    ) -> None:
        keyring(site, lambda keys: keys.add("2026-b", Material("HS256", OLD_SECRET)))
        with site.world.factory.session(site.tenant.id) as db:
            row = db.get_one(SsoKey, (site.tenant.id, "2026-a"))
            row.not_after = datetime.now(UTC) - timedelta(seconds=1)
        site.send(browser)
        assert hint() == "Signed with the previous key “2026-a”, which has ended."

    @pytest.mark.parametrize("leaked", [False, True])
    def test_a_kid_of_a_key_that_is_gone(
        self, site: Site, browser: TestApp, hint: Callable[[], str], leaked: bool
    ) -> None:
        """Its secret is forgotten: the name is all that is left of it."""
        keyring(site, lambda keys: keys.add("2026-b", Material("HS256", OLD_SECRET), grace=0))
        if leaked:
            with site.world.factory.session(site.tenant.id) as db:
                row = db.get_one(SsoKey, (site.tenant.id, "2026-a"))
                row.compromised_at = datetime.now(UTC)
        site.send(browser, header={"alg": "HS256", "kid": "2026-a"})
        said = hint()
        assert "The token names the key “2026-a”, which " in said
        assert ("was marked as leaked on 20" if leaked else "ended on 20") in said

    def test_a_kid_of_a_key_that_did_not_sign(
        self, site: Site, browser: TestApp, hint: Callable[[], str]
    ) -> None:
        site.send(browser, secret="x" * 40, header={"alg": "HS256", "kid": "2026-a"})
        assert "the secret on your server is another one" in hint()

    @pytest.mark.parametrize("kid", ["none-of-ours", "", "a\0b", "\udc80", "x" * 5000])
    def test_any_other_kid(
        self, site: Site, browser: TestApp, hint: Callable[[], str], kid: str
    ) -> None:
        header = json.dumps({"alg": "HS256", "kid": kid})
        refused = site.send(browser, secret="x" * 40, header=header)
        assert refused.status_int in (400, 401)
        assert "names the key" not in hint()

    def test_hs256_where_the_key_is_public(
        self,
        site: Site,
        browser: TestApp,
        hint: Callable[[], str],
        rsa_pair: tuple[bytes, str],
    ) -> None:
        keyring(site, lambda keys: keys.add("rsa", Material("RS256", rsa_pair[1]), grace=0))
        site.configure(dialects=["central"])
        site.send(browser, "/auth/callback")
        assert "your key here is a public key (RS256)" in hint()

    def test_rs256_where_the_key_is_a_secret(
        self,
        site: Site,
        browser: TestApp,
        hint: Callable[[], str],
        rsa_pair: tuple[bytes, str],
    ) -> None:
        now = int(time.time())
        claims = {"email": "cleo@customer.test", "iat": now, "exp": now + 60, "jti": "1"}
        site.send(browser, token=jwt.encode(claims, rsa_pair[0], "RS256"))
        assert "signed with a private key (RS256), and your key here is a secret" in hint()

    def test_no_signature(self, site: Site, browser: TestApp, hint: Callable[[], str]) -> None:
        site.send(browser, header={"alg": "none"})
        assert hint() == "The token is not signed at all."

    def test_the_key_of_another_help_desk_of_the_same_admin(
        self, site: Site, world: World, browser: TestApp, hint: Callable[[], str]
    ) -> None:
        email, secret = f"{uuid.uuid4().hex}@same.test", uuid.uuid4().hex * 2
        other = Site(World(world.factory.create(name="Globex"), world.app, world.factory))
        keyring(other, lambda keys: keys.add("g", Material("HS256", secret), grace=0))
        other.change("ada", email=f"other-{email}")
        site.send(browser, secret=secret)
        assert "Globex" not in hint()
        for each in (site, other):
            each.change("ada", email=email)
        refused = site.send(browser, secret=secret)
        assert refused.status_int == 401
        assert "Globex" not in refused.text
        assert "Signed with the key of “Globex”, another help desk of yours." in hint()
        # The admin is told the same by a test of the token, and no more.
        ada = world.browser("ada")
        form = ada.get(world.url("/settings/sign-in/test")).forms
        tester = next(each for each in form.values() if "pasted" in each.fields)
        tester["pasted"] = site.token(secret=secret)
        assert "“Globex”, another help desk of yours" in tester.submit().text
        # Whoever is not proven to be the same person learns nothing.
        other.change("ada", email_verified_at=None)
        site.send(browser, secret=secret)
        assert "Globex" not in hint()


class TestShapes:
    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (lambda raw: f'"{raw}"', "in quotation marks"),
            (lambda raw: f"Bearer {raw}", "without the word “Bearer”"),
            (lambda raw: raw.replace(".", "%2E"), "URL-encoded twice"),
            (lambda raw: f"{raw}&redirect=/x", "“&” was encoded together"),
            (lambda raw: f"{raw}?lang=de", "two question marks"),
            (lambda raw: f"{raw[:60]}\n{raw[60:]}", "A line break is inside the token"),
            (lambda raw: raw.rpartition(".")[0], "no signature"),
            (lambda raw: f"{raw}.x.y", "encrypted (JWE)"),
            (lambda raw: raw[:-2], "A part of the token is cut off."),
            (lambda raw: raw[:-3], "The end of the token is missing"),
            (lambda raw: f"{raw.rpartition('.')[0]}.", "has no signature"),
            (lambda raw: raw + "=", "Remove the padding"),
            (lambda _: "th_" + "x" * 43, "Send it to /auth/callback"),
        ],
    )
    def test_what_came_along_or_was_lost(
        self,
        site: Site,
        world: World,
        browser: TestApp,
        hint: Callable[[], str],
        change: Callable[[str], str],
        words: str,
    ) -> None:
        token = quote(change(site.token(secret="q" * 40)), safe="")
        browser.get(world.url(f"/jwt/?token={token}"), status="*")
        said = hint()
        assert words in said

    def test_references(self, site: Site, browser: TestApp, hint: Callable[[], str]) -> None:
        site.send(browser, "/auth/callback", token="th_" + "x" * 43)
        assert "Nobody asked this help desk for such a reference" in hint()


class TestUsedTwice:
    """The first use tells why there was a second."""

    @pytest.fixture
    def twice(
        self, site: Site, world: World, hint: Callable[[], str]
    ) -> Callable[..., tuple[str, str]]:
        def use(first: str, second: str, ip: str = "203.0.113.5") -> tuple[str, str]:
            raw = site.token()
            url = world.url(f"/jwt/?token={raw}")
            for agent, address in ((first, "203.0.113.5"), (second, ip)):
                world.anonymous().get(
                    url,
                    headers={"User-Agent": agent} if agent else {},
                    extra_environ={"REMOTE_ADDR": address},
                    status="*",
                )
            refused, signed_in = site.log()[:2]
            assert (refused.code, signed_in.code) == ("token_replayed", "signed_in")
            return hint(), signed_in.reference

        return use

    @pytest.mark.parametrize(
        "program", ["GuzzleHttp/7", "curl/8.5.0", "node", "python-requests/2.32.3", "okhttp/4.12"]
    )
    def test_a_program_followed_the_redirect(
        self, twice: Callable[..., tuple[str, str]], program: str
    ) -> None:
        said, reference = twice(program, CHROME, "198.51.100.1")
        assert said.startswith(f"“{program}” used it ")
        assert f" s earlier from 203.0.113.5 (reference {reference})" in said
        assert "a program followed the redirect. Hand the address to the visitor’s browser" in said

    def test_a_program_that_says_no_name(self, twice: Callable[..., tuple[str, str]]) -> None:
        """PHP's file_get_contents, for one."""
        said, _ = twice("", CHROME)
        assert said.startswith("A program without a name used it ")

    @pytest.mark.parametrize(
        ("agent", "name"),
        [
            ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "Slackbot"),
            ("facebookexternalhit/1.1", "facebookexternalhit"),
            ("Mozilla/5.0 (compatible; Googlebot/2.1)", "Googlebot"),
            ("Microsoft Office/16.0 (Windows NT 10.0; Outlook 16)", "Microsoft Office"),
        ],
    )
    def test_a_preview_came_first(
        self, twice: Callable[..., tuple[str, str]], agent: str, name: str
    ) -> None:
        said, _ = twice(agent, CHROME)
        assert said.startswith(f"“{name}” opened the link ")
        assert "a preview or a mail scanner came first" in said

    def test_the_visitor_went_back(self, twice: Callable[..., tuple[str, str]]) -> None:
        said, _ = twice(CHROME, CHROME)
        assert said.startswith("The same browser used it ")
        assert "went back, reloaded the page or clicked twice" in said

    @pytest.mark.parametrize(("agent", "ip"), [(FIREFOX, "203.0.113.5"), (CHROME, "192.0.2.1")])
    def test_somebody_elses_browser(
        self, twice: Callable[..., tuple[str, str]], agent: str, ip: str
    ) -> None:
        said, reference = twice(CHROME, agent, ip)
        assert said.startswith("Another browser used it ")
        assert f"from 203.0.113.5 (reference {reference})" in said

    @pytest.mark.parametrize("late", [False, True])
    def test_references_too(
        self, site: Site, world: World, browser: TestApp, hint: Callable[[], str], late: bool
    ) -> None:
        """As Laravel's HTTP client does, which follows the answer of POST /api/auth/redirect."""
        with world.factory.session(site.tenant.id) as db:
            assertion = Assertion("jwt_sso", "cleo@customer.test", key_id="2026-a")
            raw = Handoffs(db, site.tenant).make(assertion)
        url = world.url(f"/auth/callback?token={raw}")
        if late:
            with world.factory.session(site.tenant.id) as db:
                past = datetime.now(UTC) - timedelta(seconds=5)
                db.execute(update(SsoHandoff).values(expires_at=past))
            assert browser.get(url, status=401)
            assert "A reference lives for 60 seconds." in hint()
            return
        assert browser.get(url, headers={"User-Agent": "GuzzleHttp/7"}).status_int == 303
        browser.get(url, headers={"User-Agent": CHROME}, status=401)
        assert hint().startswith("“GuzzleHttp/7” used it ")

    def test_whose_first_line_is_gone(
        self, site: Site, world: World, hint: Callable[[], str], browser: TestApp
    ) -> None:
        raw = site.token()
        site.send(browser, token=raw)
        with world.factory.session(site.tenant.id) as db:
            db.delete(site.last())
        site.send(browser, token=raw)
        assert hint().startswith("The token was used ")

    @pytest.mark.parametrize(
        "headers",
        [
            {"Sec-Purpose": "prefetch"},
            {"Sec-Purpose": "prefetch;prerender", "Sec-Fetch-Mode": "navigate"},
            {"Purpose": "prefetch", "Sec-Fetch-Mode": "navigate"},
            {"X-Moz": "prefetch"},
            {"X-Purpose": "preview"},
        ],
    )
    def test_a_browser_that_looks_ahead_is_never_the_first(
        self, site: Site, world: World, browser: TestApp, headers: dict[str, str]
    ) -> None:
        url = world.url(f"/jwt/?token={site.token()}")
        browser.get(url, headers={"User-Agent": CHROME, **headers}, status="*")
        assert site.log() == []
        assert browser.get(url, headers={"User-Agent": CHROME}).status_int == 303


def test_the_reference_of_a_refusal_is_on_every_answer(
    site: Site, world: World, browser: TestApp
) -> None:
    """A page, JSON, the password form, and beside the tenants."""
    raw = quote(site.token(secret="x" * 40), safe="")
    for path, headers in (
        (world.url(f"/jwt/?token={raw}"), {}),
        (world.url(f"/jwt/?token={raw}"), {"Accept": "application/json"}),
        (world.url(f"/auth/callback?token={raw}"), {"Accept": "application/json"}),
        (f"/auth/callback?token={quote(site.token(tenant=world.slug, secret='x' * 40))}", {}),
    ):
        response = browser.get(path, headers=headers, status="*")
        assert response.status_int == 401, path
        assert site.last().reference in response.text
    form = browser.get(world.url("/login/local")).forms
    login = next(each for each in form.values() if "password" in each.fields)
    login["email"], login["password"] = "ada@acme.test", "wrong words"
    refused = login.submit(status=401)
    assert site.last().code == "credentials_invalid"
    assert site.last().reference in refused.text
