"""Freshworks: started here, signed with RSA, and bound to the browser by state and nonce."""

import time
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import select, update
from webtest import TestApp

from portal.people.models import Identity
from portal.security.secrets import SecretBox
from portal.signin.keyring import Keyring, Material
from portal.signin.models import PendingLogin
from portal.signin.pending import text_hash
from tests.factories import World
from tests.functional.signin.conftest import FromNow, Site, payload
from tests.functional.signin.vendors import reason, send

AUTHORIZATION_URL = "https://idp.acme.test/auth?tenant=1"
CLIENT = "302836020429100183"


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture
def site(world: World, key: rsa.RSAPrivateKey) -> Site:
    made = Site(world)
    made.configure(
        dialects=["freshworks"], primary_dialect="freshworks", remote_login_url="",
        authorization_url=AUTHORIZATION_URL, client_id=CLIENT,
    )  # fmt: skip
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with world.factory.session(made.tenant.id) as db:
        box = SecretBox(world.factory.settings.secret_key)
        Keyring(db, made.tenant, box).add("rsa-a", Material("RS256", pem.decode()))
    return made


def start(site: Site, browser: TestApp, target: str | None = None) -> dict[str, str]:
    """Follow the sign-in page's link to the company's server: what it is told."""
    page = browser.get(site.world.url("/login"), {"next": target} if target else {})
    (link,) = {a["href"] for a in page.html.select("a[href]") if "/login/start" in a["href"]}
    response = browser.get(link, status=303)
    assert response.location.startswith(f"{AUTHORIZATION_URL}&response_type=id_token&")
    return dict(parse_qsl(urlsplit(response.location).query))


def back(browser: TestApp, key: rsa.RSAPrivateKey, told: dict[str, str], **changes: Any) -> Any:
    """The company's server makes the document's payload and sends the visitor back."""
    made = {
        "sub": "Messi10", "email": "cleo@customer.test", "iat": int(time.time()),
        "nonce": told["nonce"], "given_name": "Cleo", "family_name": "Customer",
    }  # fmt: skip
    state = changes.pop("state", told["state"])
    token = jwt.encode(payload(made | changes), key, algorithm="RS256")
    address = urlsplit(told["redirect_uri"]).path
    return send(browser, address, {"state": state, "id_token": token})


def test_there_and_back_again(site: Site, browser: TestApp, key: rsa.RSAPrivateKey) -> None:
    told = start(site, browser, "/tickets")
    assert told["response_type"] == "id_token"
    assert (told["client_id"], told["scope"]) == (CLIENT, "openid email profile")
    home = f"http://localhost{site.world.url('/')}"
    assert told["redirect_uri"] == f"{home}sp/OIDC/{CLIENT}/implicit"
    response = back(browser, key, told)
    assert response.status_int == 303
    assert response.location == f"{home}tickets"
    assert site.signed_in(browser) == "cleo@customer.test"
    with site.world.factory.session(site.tenant.id) as db:
        assert db.scalars(select(Identity.external_id)).all() == ["Messi10"]
    # Nobody has to ask "not you?" of a sign-in that was started here.
    assert "Not you?" not in browser.get(site.world.url("/tickets")).text


def test_state_and_nonce_are_kept_as_hashes(site: Site, browser: TestApp) -> None:
    told = start(site, browser)
    assert len(told["state"]) == len(told["nonce"]) == 43
    with site.world.factory.session(site.tenant.id) as db:
        (row,) = db.scalars(select(PendingLogin)).all()
    assert (row.state_hash, row.nonce_hash) == (text_hash(told["state"]), text_hash(told["nonce"]))


def test_the_name_of_somebody_new(site: Site, browser: TestApp, key: rsa.RSAPrivateKey) -> None:
    told = start(site, browser)
    back(browser, key, told, email="leo@elsewhere.test", given_name="Leo", family_name="Messi")
    user = site.user("leo@elsewhere.test")
    assert user is not None
    assert user.name == "Leo Messi"


class TestBoundToTheBrowser:
    @pytest.mark.parametrize(
        "changes",
        [
            {"state": "another"}, {"state": ...}, {"state": ""}, {"nonce": "another"},
            {"nonce": 7}, {"state": "é😀"},
        ],
    )  # fmt: skip
    def test_both_must_be_this_browsers(
        self, site: Site, browser: TestApp, key: rsa.RSAPrivateKey, changes: dict[str, Any]
    ) -> None:
        told = start(site, browser)
        response = back(browser, key, told, **changes)
        assert response.status_int == 403
        assert reason(response) == "This sign-in was not started in this browser."
        assert site.last().code == "state_mismatch"
        # Whoever tried that has not spoilt the sign-in that is under way.
        assert back(browser, key, told).status_int == 303

    def test_another_browser_cannot_finish_it(
        self, site: Site, world: World, browser: TestApp, key: rsa.RSAPrivateKey
    ) -> None:
        told = start(site, browser)
        other = world.anonymous()
        assert back(other, key, told).status_int == 403
        start(site, other)
        assert back(other, key, told).status_int == 403
        assert site.signed_in(other) is None

    def test_it_is_used_once(self, site: Site, browser: TestApp, key: rsa.RSAPrivateKey) -> None:
        told = start(site, browser)
        now = int(time.time())
        assert back(browser, key, told, iat=now).status_int == 303
        # Another token than the first: the same one would be refused as a replay.
        assert back(browser, key, told, iat=now - 1).status_int == 403
        assert site.last().code == "state_mismatch"
        assert "finished" in site.last().hint

    def test_ten_minutes_are_the_most(
        self, site: Site, browser: TestApp, key: rsa.RSAPrivateKey
    ) -> None:
        told = start(site, browser)
        with site.world.factory.session(site.tenant.id) as db:
            db.execute(update(PendingLogin).values(expires_at=PendingLogin.created_at))
        assert back(browser, key, told).status_int == 403
        # Nor does looking at the sign-in page again bring it back to life.
        browser.get(site.world.url("/login"), {"next": "/tickets"})
        assert back(browser, key, told).status_int == 403

    def test_a_second_tab_with_the_sign_in_page_spoils_nothing(
        self, site: Site, browser: TestApp, key: rsa.RSAPrivateKey
    ) -> None:
        told = start(site, browser)
        browser.get(site.world.url("/login"), {"next": "/tickets"})
        assert back(browser, key, told).status_int == 303

    def test_a_token_from_nowhere_is_refused(
        self, site: Site, browser: TestApp, key: rsa.RSAPrivateKey
    ) -> None:
        home = f"http://localhost{site.world.url('/')}"
        told = {
            "state": "s", "nonce": "n", "redirect_uri": f"{home}sp/OIDC/{CLIENT}/implicit",
        }  # fmt: skip
        assert back(browser, key, told).status_int == 403
        assert site.last().code == "state_mismatch"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"sub": ...}, 401, "claim_missing"),
        ({"email": ...}, 401, "claim_missing"),
        ({"nonce": ...}, 401, "claim_missing"),
        ({"iat": ...}, 401, "claim_missing"),
        ({"exp": FromNow(3600)}, 401, "token_lifetime_too_long"),
        ({"aud": "somebody else"}, 403, "audience_mismatch"),
        ({"aud": CLIENT}, 303, "signed_in"),
        ({"email_verified": False}, 403, "email_unverified"),
    ],
)
def test_refusals(
    site: Site, browser: TestApp, key: rsa.RSAPrivateKey, changes: dict[str, Any],
    status: int, code: str,
) -> None:  # fmt: skip
    response = back(browser, key, start(site, browser), **changes)
    assert response.status_int == status
    assert site.last().code == code


def test_only_rsa_and_only_this_client(
    site: Site, browser: TestApp, key: rsa.RSAPrivateKey
) -> None:
    told = start(site, browser)
    shared = site.token(sub="x", nonce=told["nonce"])
    path = urlsplit(told["redirect_uri"]).path
    refused = send(browser, path, {"state": told["state"], "id_token": shared})
    assert refused.status_int == 401
    assert site.last().code == "token_alg_not_allowed"
    another = told | {"redirect_uri": told["redirect_uri"].replace(CLIENT, "c2")}
    assert back(browser, key, another).status_int == 403
    assert site.last().code == "account_mismatch"
    stranger = rsa.generate_private_key(65537, 2048)
    assert back(browser, stranger, told).status_int == 401
    assert site.last().code == "token_signature_invalid"
    assert browser.post(path, {"id_token": shared}, status=405).headers["Allow"] == "GET"


def test_a_key_as_short_as_the_vendor_advises_is_refused_with_instructions(site: Site) -> None:
    """Its guide makes keys of 1024 bits."""
    short = rsa.generate_private_key(65537, 1024).public_key()
    pem = short.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    admin = site.world.browser("ada")
    (form,) = [
        form
        for form in admin.get(site.world.url("/settings/sign-in/keys")).forms.values()
        if form.action.endswith("/import-key") and "kid" in form.fields
    ]
    form["kid"], form["material"] = "rsa-short", pem
    page = form.submit(status=422)
    assert "Make a key of at least 2048 bits; this has 1024." in page.text


def test_without_its_settings_there_is_no_link(site: Site, browser: TestApp) -> None:
    site.configure(client_id="")
    assert "/login/start" not in browser.get(site.world.url("/login")).text
    response = browser.get(site.world.url("/login/start"), status=303)
    assert response.location == f"http://localhost{site.world.url('/login')}"
