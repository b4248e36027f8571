"""Settings: keys. Made, shown once, replaced with grace, imported, ended."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from portal.db import TenantSession
from portal.security.secrets import secret_box
from portal.signin.keyring import Keyring
from portal.signin.models import SsoConfig, SsoKey
from portal.tenants.models import Tenant
from tests.functional.admin.conftest import Admin, errors, form_of


def keys(admin: Admin) -> list[tuple[str, str]]:
    """Ids and states of the live keys."""
    box = secret_box(admin.browser.app.registry["portal.settings"])
    rows = admin.look(lambda db, t: Keyring(db, t, box).live())
    return [(row.kid, row.state) for row in rows]


def make(admin: Admin, grace: str | None = None) -> tuple[str, str]:
    """Make a key; gives its id and its secret."""
    form = admin.form("/sign-in/keys", "/sign-in/new-key")
    if grace is not None:
        form["grace"] = grace
    page = form.submit(status=200)
    return page.html.select_one("#kid")["value"], page.html.select_one("#secret")["value"]


def row(admin: Admin, kid: str) -> SsoKey:
    """A key as it is stored."""
    found: SsoKey = admin.look(lambda db, t: db.get(SsoKey, (t.id, kid)))
    return found


def test_a_new_key_is_shown_once(admin: Admin) -> None:
    kid, secret = make(admin)
    assert len(secret) == 48
    assert secret.isalnum()
    assert keys(admin) == [(kid, "current")]
    assert secret.encode() not in (row(admin, kid).secret_encrypted or b"")
    assert admin.last() == ("signin.key_made", kid, {})
    for path in ("/sign-in/keys", "/sign-in", "/audit", "/sign-in/log"):
        assert secret not in admin.get(path).text
    # The address of the answer, opened again, leads to the list and makes nothing.
    admin.get("/sign-in/new-key", status=303)
    assert keys(admin) == [(kid, "current")]


def test_a_key_verifies_a_token(admin: Admin) -> None:
    admin.look(lambda db, t: setattr(db.get(SsoConfig, t.id), "dialects", ["happyfox"]))
    kid, secret = make(admin)
    claims = {"email": "new@customer.test", "iat": int(time.time()), "jti": "1"}
    token = jwt.encode(claims, secret, "HS256")
    guest = admin.world.anonymous()
    guest.get(admin.world.url(f"/jwt?token={token}"), status=303)
    guest.get(admin.world.url("/tickets"), status=200)
    assert row(admin, kid).last_used_at is not None
    assert "last used" in admin.get("/sign-in/keys").text


@pytest.mark.parametrize(("grace", "hours"), [(None, 24), ("1", 1), ("72", 72)])
def test_the_key_before_goes_on_for_a_while(admin: Admin, grace: str | None, hours: int) -> None:
    first, _ = make(admin)
    second, _ = make(admin, grace)
    assert keys(admin) == [(second, "current"), (first, "previous")]
    ends = row(admin, first).not_after
    assert ends is not None
    assert abs(ends - datetime.now(UTC) - timedelta(hours=hours)) < timedelta(minutes=1)


def test_without_grace_the_key_before_ends_at_once(admin: Admin) -> None:
    first, _ = make(admin)
    second, _ = make(admin, "0")
    assert keys(admin) == [(second, "current")]
    assert row(admin, first).state == "retired"
    assert row(admin, first).secret_encrypted is None


def test_at_most_two_keys_live(admin: Admin) -> None:
    made = [make(admin)[0] for _ in range(4)]
    assert keys(admin) == [(made[3], "current"), (made[2], "previous")]


def test_happyfox_keys_have_32_characters(admin: Admin) -> None:
    def choose(db: TenantSession, tenant: Tenant) -> None:
        config = db.get_one(SsoConfig, tenant.id)
        config.dialects, config.primary_dialect = ["happyfox"], "happyfox"

    admin.look(choose)
    assert len(make(admin)[1]) == 32


def test_two_admins_make_one_key(admin: Admin) -> None:
    """A second click on a page that was opened before the first one does nothing."""
    make(admin)
    old = admin.form("/sign-in/keys", "/sign-in/new-key")
    kid, _ = make(admin)
    page = old.submit(status=409)
    assert "were changed since you opened this page" in page.text
    assert page.html.select_one("#secret") is None
    assert keys(admin)[0] == (kid, "current")
    imported = admin.form("/sign-in/keys", "/sign-in/import-key")
    make(admin)
    imported["kid"], imported["material"] = "x", "s" * 32
    page = imported.submit(status=409)
    assert form_of(page, admin.url("/sign-in/import-key"))["material"].value == "s" * 32


def test_the_previous_key_is_extended_and_ended(admin: Admin) -> None:
    first, _ = make(admin)
    make(admin)
    before = row(admin, first).not_after
    form = admin.form("/sign-in/keys", "/sign-in/end-key")
    fields = dict(form.submit_fields())
    assert fields["key"] == first
    extend = admin.url("/sign-in/extend-key")
    admin.browser.post(extend, fields, status=303)
    after = row(admin, first).not_after
    assert before is not None
    assert after is not None
    assert after - before == timedelta(days=1)
    assert admin.last()[:2] == ("signin.key_extended", first)
    for _ in range(4):
        admin.browser.post(extend, fields, status=303)
    longest = row(admin, first).not_after
    assert longest is not None
    assert longest <= datetime.now(UTC) + timedelta(hours=72)
    admin.press("/sign-in/keys", "/sign-in/end-key")
    assert admin.last() == ("signin.key_ended", first, {})
    assert len(keys(admin)) == 1
    # Nothing is left to end or to extend.
    known = len(admin.audit())
    for action in ("extend-key", "end-key"):
        page = admin.browser.post(admin.url(f"/sign-in/{action}"), fields, status=409)
        assert "were changed since you opened this page" in page.text
    assert len(admin.audit()) == known


def test_an_old_page_does_not_end_another_key(admin: Admin) -> None:
    """After another rotation, the previous key is one that the site still signs with."""
    make(admin)
    second, _ = make(admin)
    old = admin.form("/sign-in/keys", "/sign-in/end-key")
    third, _ = make(admin)
    assert keys(admin) == [(third, "current"), (second, "previous")]
    before = row(admin, second).not_after
    for action in ("end-key", "extend-key"):
        old.action = admin.url(f"/sign-in/{action}")
        old.submit(status=409)
    assert keys(admin) == [(third, "current"), (second, "previous")]
    assert row(admin, second).not_after == before


def test_the_page_says_how_long_and_how_lately(admin: Admin) -> None:
    first, _ = make(admin)
    page = admin.get("/sign-in/keys")
    assert "never used yet" in page.text
    assert "Ended keys" not in page.text
    second, _ = make(admin)

    def state(**times: timedelta | None) -> str:
        """The page when the keys were used, and the first ends, that long from now."""
        now = datetime.now(UTC)

        def put(db: TenantSession, tenant: Tenant) -> None:
            current = db.get_one(SsoKey, (tenant.id, second))
            previous = db.get_one(SsoKey, (tenant.id, first))
            current.created_at = now - timedelta(hours=10)
            for row, name in ((current, "current"), (previous, "previous")):
                used = times.get(name)
                row.last_used_at = now + used if used is not None else None
            previous.not_after = now + (times.get("ends") or timedelta(hours=5))

        admin.look(put)
        return " ".join(admin.get("/sign-in/keys").html.get_text().split())

    hour, minute = timedelta(hours=1), timedelta(minutes=1)
    assert "ends in 1 day 2 hours" in state(ends=26 * hour + 30 * minute)
    assert "ends in 2 hours 3 minutes" in state(ends=2 * hour + 3.5 * minute)
    assert "ends in less than a minute" in state(ends=0.5 * minute)
    assert "Nobody has signed in since the change" in state()
    assert "Nobody has signed in since the change" in state(previous=-11 * hour)
    assert "Safe to end now" in state(previous=-11 * hour, current=-minute)
    assert "Your site still signs with it" in state(previous=-3 * minute, current=-minute)
    assert "last used 3 min ago" in state(previous=-3.5 * minute)
    assert "but not in the last hour" in state(previous=-2 * hour, current=-minute)
    assert "Safe to end now" not in state(ends=-minute, previous=-11 * hour, current=-minute)


def test_a_secret_that_does_not_open_is_said(admin: Admin) -> None:
    kid, _ = make(admin)
    assert "cannot be read any more" not in admin.get("/sign-in/keys").text
    admin.look(lambda db, t: setattr(db.get(SsoKey, (t.id, kid)), "secret_encrypted", b"x" * 60))
    page = admin.get("/sign-in/keys")
    assert f"The secret of the key {kid} cannot be read any more." in page.text
    # Another key goes the usual way.
    second, _ = make(admin)
    assert keys(admin) == [(second, "current"), (kid, "previous")]


def test_ended_keys_are_listed(admin: Admin) -> None:
    made = [make(admin, "0")[0] for _ in range(13)]
    page = admin.get("/sign-in/keys")
    listed = page.html.find("ul", attrs={"aria-label": "Ended keys"})
    assert [code.get_text() for code in listed.select("code")] == made[11:1:-1]


def test_a_key_whose_time_ran_out_ended_then(admin: Admin) -> None:
    first, _ = make(admin)
    make(admin)
    ran_out = datetime.now(UTC) - timedelta(hours=3)
    admin.look(lambda db, t: setattr(db.get(SsoKey, (t.id, first)), "not_after", ran_out))
    make(admin)
    assert row(admin, first).state == "retired"
    assert row(admin, first).not_after == ran_out


def test_a_secret_is_imported(admin: Admin) -> None:
    secret = "acme-shared-secret-0123456789abcdef0123456789"
    admin.fill("/sign-in/keys", action="/sign-in/import-key", kid="2026-a", material=secret)
    assert keys(admin) == [("2026-a", "current")]
    assert admin.last() == ("signin.key_added", "2026-a", {})
    box = secret_box(admin.browser.app.registry["portal.settings"])
    verifying = admin.look(lambda db, t: Keyring(db, t, box).verifying())
    assert verifying[0].material == secret.encode()
    assert secret not in admin.get("/sign-in/keys").text


def test_a_public_key_is_imported(admin: Admin) -> None:
    key = rsa.generate_private_key(65537, 2048).public_key()
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    admin.fill(
        "/sign-in/keys",
        action="/sign-in/import-key",
        kid="rsa",
        material=f"\r\n{pem}".replace("\n", "\r\n"),
    )
    stored = row(admin, "rsa")
    assert (stored.algorithm, stored.public_key, stored.secret_encrypted) == ("RS256", pem, None)


@pytest.mark.parametrize(
    ("kid", "material", "sentence"),
    [
        ("", "s" * 32, "This cannot be empty."),
        ("k", "", "Paste the secret or the public key."),
        ("k", "s" * 31, "Use at least 32 bytes; this has 31."),
        ("k", " " + "s" * 32, "Remove the space or line break around the secret."),
        (
            "k",
            "-----BEGIN PRIVATE KEY-----",
            "This is a private key: keep it to yourself, and give its public key here.",
        ),
        (
            "k",
            "-----BEGIN PUBLIC KEY-----\nAAAA",
            "Paste the whole public key, from “-----BEGIN PUBLIC KEY-----” to its end.",
        ),
    ],
)
def test_weak_and_unreadable_keys_are_refused(
    admin: Admin, kid: str, material: str, sentence: str
) -> None:
    page = admin.fill(
        "/sign-in/keys", action="/sign-in/import-key", kid=kid, material=material, status=422
    )
    assert errors(page) == [sentence]
    form = form_of(page, admin.url("/sign-in/import-key"))
    assert form["kid"].value == kid
    assert keys(admin) == []


def pem(key: Any) -> str:
    """The public key as people paste it."""
    text: bytes = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return text.decode()


RSA = rsa.generate_private_key(65537, 2048)
WRONG_KEYS = {
    "too short": (
        pem(rsa.generate_private_key(65537, 1024).public_key()),
        "Make a key of at least 2048 bits; this has 1024.",
        "rsa_keygen_bits:3072",
    ),
    "of another kind": (
        pem(ec.generate_private_key(ec.SECP256R1()).public_key()),
        "RS256 needs an RSA key; this is of another kind.",
        "rsa_keygen_bits:3072",
    ),
    "private": (
        RSA.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        "This is a private key: keep it to yourself, and give its public key here.",
        "openssl pkey -in private-key.pem -pubout",
    ),
    "a certificate": (
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "This is a certificate. Give the public key that is in it.",
        "openssl x509",
    ),
    "of SSH": (
        RSA.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode(),
        "This is a public key in the form that SSH uses. Give it here as PEM.",
        "ssh-keygen -e -m PKCS8",
    ),
    "JSON": (
        '{"kty": "RSA", "n": "AAAAAAAAAAAAAAAAAAAAAAAA", "e": "AQAB"}',
        "This is a key in JSON (a JWK). Give its public key here as PEM.",
        "openssl",
    ),
    "without its lines": (
        "".join(pem(RSA.public_key()).splitlines()[1:-1]),
        "This is a public key without its first and last line. Paste the whole of it.",
        "openssl",
    ),
}


@pytest.mark.parametrize("name", WRONG_KEYS)
def test_what_helps_with_a_wrong_key_stands_beside_it(admin: Admin, name: str) -> None:
    """A public key that were taken for a secret would let everybody sign."""
    material, sentence, command = WRONG_KEYS[name]
    page = admin.fill(
        "/sign-in/keys", action="/sign-in/import-key", kid="k", material=material, status=422
    )
    assert errors(page) == [sentence]
    assert command in page.html.select_one("pre.code").get_text()
    kept = form_of(page, admin.url("/sign-in/import-key"))["material"].value
    # A private key does not travel back.
    assert kept.strip() == ("" if name == "private" else material.strip())
    assert keys(admin) == []


def test_an_id_is_not_used_twice(admin: Admin) -> None:
    first, _ = make(admin)
    make(admin, "0")
    page = admin.fill(
        "/sign-in/keys", action="/sign-in/import-key", kid=first, material="s" * 32, status=422
    )
    assert errors(page) == ["A key of this ID is, or was, here. Choose another ID."]
