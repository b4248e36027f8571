"""Settings: keys that are brought along, and what helps with a wrong one."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from portal.security.secrets import secret_box
from portal.signin.keyring import Keyring
from tests.functional.admin.conftest import Admin, errors, form_of
from tests.functional.admin.keys import keys, make, row


def test_a_secret_is_imported(admin: Admin) -> None:
    secret = "acme-shared-secret-0123456789abcdef0123456789"
    admin.fill("/sign-in/keys", action="/sign-in/import-key", kid="2026-a", material=secret)
    assert keys(admin) == [("2026-a", "current")]
    assert admin.last() == ("signin.key_added", "2026-a", {})
    box = secret_box(admin.browser.app.registry["portal.settings"])
    stored = row(admin, "2026-a")
    assert admin.look(lambda db, t: Keyring(db, t, box).material(stored)) == secret.encode()
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
