"""Keys in tenant files: those of sign-in and those of the API."""

import json
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from portal.people.models import Role
from portal.security.api_keys import ApiKeyService, KeyRefused
from portal.security.models import ApiKey
from portal.signin.models import SsoKey
from tests.functional.tenant_file.conftest import Desk, public_pem


def test_an_api_key_expires_when_the_file_says(desk: Desk) -> None:
    desk.apply()
    key, secret = f"tk_{desk.slug}", "acme-api-secret-0123456789abcdef0123456789"

    def put(line: str) -> list[str]:
        applied = desk.more(f'[[api_keys]]\nid = "{key}"\n{line}')
        return [str(change) for change in applied.changes]

    def verified() -> bool:
        try:
            desk.look(lambda db, t: ApiKeyService(db, t).verify(key, secret))
        except KeyRefused:
            return False
        return True

    assert "expires_at" not in desk.files.show(desk.slug)
    later = "2099-01-01T00:00:00Z"
    assert put(f"expires_at = {later}")[0].startswith(f"api_key.changed {key}: expires_at nothing")
    assert "expires_at = 2099-01-01T00:00:00" in desk.files.show(desk.slug)
    assert verified()
    put("expires_at = 2020-01-01T00:00:00Z")
    assert not verified()
    put('expires_at = ""')
    assert verified()
    # A secret of the file takes the place of the one before at once.
    desk.look(
        lambda db, t: ApiKeyService(db, t).renew_secret(db.get_one(ApiKey, (t.id, key)), grace=9)
    )
    assert verified()
    assert put(f'secret = "{"n" * 32}"') == [f"api_key.secret_changed {key}"]
    assert not verified()
    assert desk.problems('[[api_keys]]\nid = "a/b"') == [
        "[[api_keys]] #1 id: Use letters a–z, digits, dots, dashes and underscores, at most "
        "100 of them."
    ]


def test_a_handover_stands_in_one_file(desk: Desk) -> None:
    desk.apply()
    desk.more(
        '[[people]]\nemail = "ada@acme.test"\nrole = "customer"\n'
        '[[people]]\nemail = "ben@acme.test"\nrole = "admin"'
    )
    assert desk.user("ada@acme.test").role == Role.CUSTOMER
    assert desk.user("ben@acme.test").role == Role.ADMIN


def test_a_new_key_lets_the_old_one_live_for_a_day(desk: Desk) -> None:
    desk.apply()
    desk.more(f'[[sso.keys]]\nkid = "2026-b"\nsecret = "{"b" * 32}"')
    assert [(kid, state) for kid, state, _ in desk.keyring()] == [
        ("2026-b", "current"),
        ("2026-a", "previous"),
    ]
    row = desk.look(lambda db, t: db.get(SsoKey, (t.id, "2026-a")))
    left = row.not_after - datetime.now(UTC)
    assert timedelta(hours=23, minutes=59) < left <= timedelta(hours=24)
    # The file from before does not bring the old key back.
    assert desk.apply().changes == ()
    shown = desk.files.show(desk.slug)
    assert 'state = "previous"' in shown
    assert desk.apply(shown).changes == ()


def test_an_ended_key_does_not_come_back(desk: Desk) -> None:
    desk.apply()
    for kid in ("b", "c"):
        desk.more(f'[[sso.keys]]\nkid = "{kid}"\nsecret = "{kid * 32}"')
    assert desk.problems(f'[[sso.keys]]\nkid = "2026-a"\nsecret = "{"a" * 32}"') == [
        '[[sso.keys]] #1 kid: "2026-a" has ended; give the key another kid.'
    ]
    row = desk.look(lambda db, t: db.get(SsoKey, (t.id, "2026-a")))
    assert (row.state, row.secret_encrypted) == ("retired", None)


def test_two_keys_can_be_brought_along(desk: Desk) -> None:
    pem = public_pem(rsa.generate_private_key(65537, 2048).public_key())
    text = f"""
name = "A"
[[sso.keys]]
kid = "old"
secret = "{"o" * 40}"
state = "previous"
not_after = {(datetime.now(UTC) + timedelta(days=30)).isoformat(timespec="seconds")}
[[sso.keys]]
kid = "new"
algorithm = "RS256"
public_key = '''{pem}'''
"""
    desk.more(text)
    assert desk.keyring() == [
        ("new", "current", pem.encode()),
        ("old", "previous", b"o" * 40),
    ]
    assert desk.more(text).changes == ()
    assert desk.apply(desk.files.show(desk.slug)).changes == ()


def test_only_strong_public_keys_are_taken(desk: Desk) -> None:
    desk.apply()
    weak = rsa.generate_private_key(65537, 1024)
    private = weak.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    curve = ec.generate_private_key(ec.SECP256R1()).public_key()
    for pem, sentence in (
        (public_pem(weak.public_key()), "Make a key of at least 2048 bits; this has 1024"),
        (private, "This is a private key: keep it to yourself, and give its public key here"),
        (public_pem(curve), "RS256 needs an RSA key; this is of another kind"),
        ("nonsense", "Paste the whole public key, from “-----BEGIN PUBLIC KEY-----” to its end"),
    ):
        key = '[[sso.keys]]\nkid = "r"\nalgorithm = "RS256"\npublic_key = '
        assert desk.problems(f"{key}'''{pem}'''") == [f"[[sso.keys]] #1 public_key: {sentence}."]


def test_every_vendors_dialect_can_be_named(desk: Desk) -> None:
    names = ["central", "issuely", "proprofs", "happyfox", "zendesk", "freshworks"]
    desk.more(
        f'name = "A"\n[sso]\ndialects = {json.dumps(names)}\nclient_id = "acme.desk-1"\n'
        'authorization_url = "https://www.acme.test/authorize"'
    )
    config = desk.config()
    assert config.dialects == names
    assert (config.client_id, config.authorization_url) == (
        "acme.desk-1",
        "https://www.acme.test/authorize",
    )
