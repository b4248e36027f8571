"""Wrong keys, keys of others and old ones: the admin reads in the sign-in log which it was."""

import base64
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from webtest import TestApp

from portal.security.secrets import secret_box
from portal.signin.keyring import Keyring, Material
from portal.signin.models import SsoKey
from tests.factories import World
from tests.functional.signin.conftest import Site
from tests.unit.signin.tokens import OLD_SECRET, SECRET, b64


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
