"""A draft is tried in whatever way the company's site sends people: with a state and a nonce,
with a one-time reference, and at addresses that name no tenant."""

import time
from urllib.parse import parse_qsl, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import func, select
from webtest import TestResponse

from portal.security.secrets import secret_box
from portal.signin.assertion import Assertion
from portal.signin.handoffs import Handoffs
from portal.signin.keyring import Keyring, Material
from portal.signin.models import SsoReplay
from tests.factories import World
from tests.functional.admin.conftest import Admin
from tests.functional.signin.conftest import Site

CLIENT = "acme-desk"


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    """The company's key."""
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture
def site(world: World) -> Site:
    """The tenant's website."""
    return Site(world)


def draft(admin: Admin, dialects: tuple[str, ...], **values: str) -> None:
    """Save a draft of the first tab."""
    form = admin.form("/sign-in")
    for field in form.fields["dialect"]:
        field.checked = field._value in dialects
    for name, value in values.items():
        form[name] = value
    form.submit("into", value="draft", status=303)


def result(admin: Admin, answer: TestResponse) -> str:
    """The words of the page that the token led to, which signed nobody in."""
    assert answer.status_int == 303
    assert answer.location == f"http://localhost{admin.url('/sign-in/tested')}"
    return " ".join(answer.follow(status=200).html.get_text(" ").split())


class TestStateAndNonce:
    @pytest.fixture
    def told(self, admin: Admin, site: Site, key: rsa.RSAPrivateKey) -> dict[str, str]:
        """What the draft's sign-in link tells the company's server."""
        pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        with site.world.factory.session(site.tenant.id) as db:
            keyring = Keyring(db, site.tenant, secret_box(site.world.factory.settings))
            keyring.add("rsa-a", Material("RS256", pem.decode()))
        draft(
            admin,
            ("central", "freshworks"),
            client_id=CLIENT,
            authorization_url="https://idp.acme.test/auth",
            primary_dialect="freshworks",
        )
        away = admin.press("/sign-in", "/sign-in/try-draft").location
        assert away.startswith("https://idp.acme.test/auth?")
        return dict(parse_qsl(urlsplit(away).query))

    @pytest.mark.parametrize("same", [True, False], ids=["this browser's", "another's"])
    def test_are_those_of_the_test(
        self, admin: Admin, key: rsa.RSAPrivateKey, told: dict[str, str], same: bool
    ) -> None:
        claims = {
            "sub": "Messi10",
            "email": "cleo@customer.test",
            "iat": int(time.time()),
            "nonce": told["nonce"],
        }
        answer = admin.browser.get(
            urlsplit(told["redirect_uri"]).path,
            {
                "state": told["state"] if same else "x" * 43,
                "id_token": jwt.encode(claims, key, algorithm="RS256"),
            },
        )
        words = result(admin, answer)
        if same:
            assert "The sign-in would work." in words
        else:
            assert "state_mismatch" in words


def test_a_one_time_reference_is_not_used_up(admin: Admin, site: Site) -> None:
    draft(admin, ("central", "happyfox"), leeway="10")
    admin.press("/sign-in", "/sign-in/try-draft")
    with site.world.factory.session(site.tenant.id) as db:
        reference = Handoffs(db, site.tenant).make(
            Assertion("jwt_sso", "cleo@customer.test", name="Cleo", key_id="2026-a")
        )
    words = result(admin, site.send(admin.browser, "/auth/callback", token=reference))
    assert "The sign-in would work." in words
    assert "Cleo Customer" in words
    guest = site.world.anonymous()
    site.send(guest, "/auth/callback", token=reference)
    assert site.signed_in(guest) == "cleo@customer.test"


def test_an_address_beside_the_tenants(admin: Admin, site: Site) -> None:
    draft(admin, ("central", "happyfox"), leeway="10")
    admin.press("/sign-in", "/sign-in/try-draft")
    token = site.token(tenant=site.tenant.slug)
    answer = admin.browser.get("/auth/callback", {"token": token}, status=303)
    assert "The sign-in would work." in result(admin, answer)
    with site.world.factory.session(site.tenant.id) as db:
        assert db.scalar(select(func.count()).select_from(SsoReplay)) == 0


def test_ids_of_the_draft_name_the_tenant(admin: Admin, site: Site) -> None:
    """`companyId` is compared with what the draft says."""
    company = f"comp_{site.tenant.slug}"
    draft(admin, ("central", "issuely"), company_id=company)
    for claim, outcome in ((company, "would work"), ("comp_other", "would be refused")):
        admin.press("/sign-in", "/sign-in/try-draft")
        answer = site.send(admin.browser, "/api/auth/sso", companyId=claim)
        assert f"The sign-in {outcome}." in result(admin, answer)
