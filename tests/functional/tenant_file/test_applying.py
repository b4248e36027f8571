"""Tenants as files: applied whole or not at all, twice is once, shown and applied again."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import select

from portal.people.models import Organisation, Role
from portal.people.passwords import verify_password
from portal.people.service import PeopleService
from portal.people.settings_service import project_keys
from portal.security.api_keys import ApiKeyService
from portal.security.models import ApiKey
from portal.signin.models import SsoKey
from portal.tenants.models import AuditEntry, TenantHost
from tests.functional.tenant_file.conftest import ENVIRON, Desk, public_pem


def test_a_file_makes_the_tenant(desk: Desk) -> None:
    applied = desk.apply()
    assert applied.slug == desk.slug
    tenant = desk.tenant()
    assert (tenant.name, tenant.accent) == ("Acme Audio", "#5b5bd6")
    assert (tenant.company_id, tenant.account_id) == (f"comp_{desk.slug}", f"acct_{desk.slug}")
    with desk.tenants.session(None) as db:
        hosts = db.execute(
            select(TenantHost.host, TenantHost.position)
            .where(TenantHost.tenant_id == tenant.id)
            .order_by(TenantHost.position)
        ).all()
    assert [tuple(row) for row in hosts] == [
        (f"help.{desk.slug}.test", 0),
        (f"www.{desk.slug}.test", 1),
    ]


def test_its_people_are_there(desk: Desk) -> None:
    desk.apply()
    ada, cleo = desk.user("ada@acme.test"), desk.user("cleo@customer.test")
    assert (ada.role, cleo.role) == (Role.ADMIN, Role.CUSTOMER)
    assert verify_password(ada.password_hash or "", ENVIRON["ACME_ADMIN_PASSWORD"])
    assert verify_password(cleo.password_hash or "", "staple-lantern-orchid")
    assert cleo.email_verified_at is not None
    organisation = desk.look(lambda db, t: db.scalar(select(Organisation)))
    assert (organisation.name, organisation.shared) == ("Customer Ltd", True)
    assert cleo.organisation_id == organisation.id
    assert desk.look(lambda db, _t: project_keys(db, cleo)) == ["proj_abc123"]
    by_domain = desk.look(
        lambda db, t: PeopleService(db, t).organisation_of_domain("customer.test")
    )
    assert by_domain == organisation.id


def test_its_sign_in_settings_are_there(desk: Desk) -> None:
    desk.apply()
    config = desk.config()
    assert config.dialects == ["central", "happyfox"]
    assert config.primary_dialect == "central"
    assert config.remote_login_url == "https://www.acme.test/ticket-sso"
    assert config.allowed_origins == ["https://www.acme.test"]
    assert (config.session_idle_seconds, config.staff_absolute_seconds) == (28_800, 43_200)
    assert desk.keyring() == [
        ("2026-a", "current", b"acme-shared-secret-0123456789abcdef0123456789")
    ]
    secret = "acme-api-secret-0123456789abcdef0123456789"
    verified = desk.look(lambda db, t: ApiKeyService(db, t).verify(f"tk_{desk.slug}", secret))
    assert verified.scopes == ["auth:redirect", "tickets:write", "tickets:read"]


def test_secrets_are_not_stored_as_they_are(desk: Desk) -> None:
    desk.apply()
    rows = desk.look(lambda db, _t: [*db.scalars(select(SsoKey)), *db.scalars(select(ApiKey))])
    stored = b"".join(
        value if isinstance(value, bytes) else str(value).encode()
        for row in rows
        for value in vars(row).values()
    )
    assert b"secret-0123456789" not in stored


def test_twice_changes_nothing(desk: Desk) -> None:
    assert desk.apply().changes
    before = desk.look(lambda db, _t: len(db.scalars(select(AuditEntry)).all()))
    assert desk.apply().changes == ()
    assert desk.look(lambda db, _t: len(db.scalars(select(AuditEntry)).all())) == before


def test_what_is_shown_can_be_applied_and_changes_nothing(desk: Desk) -> None:
    desk.apply()
    shown = desk.files.show(desk.slug)
    assert desk.apply(shown).changes == ()
    assert desk.files.show(desk.slug) == shown


def test_secrets_are_masked_when_shown(desk: Desk) -> None:
    desk.apply()
    shown = desk.files.show(desk.slug)
    assert shown.count('= "********"') == 5
    for secret in ("0123456789", "battery", "staple", "lantern", "argon2"):
        assert secret not in shown


def test_the_documented_file_applies(desk: Desk) -> None:
    text = Path("docs/tenant-file.md").read_text(encoding="utf-8")
    example = re.search(r"```toml\n(.*?)```", text, re.DOTALL)
    assert example
    body = example[1].replace('"acme"', '"{slug}"').replace("_acme", "_{slug}")
    body = body.replace("help.acme.test", "help.{slug}.test")
    body = body.replace("2027-01-01", f"{datetime.now(UTC).year + 1}-01-01")
    pem = public_pem(rsa.generate_private_key(65537, 2048).public_key())
    environ = ENVIRON | {
        "ACME_SSO_SECRET": "s" * 40,
        "ACME_PUBLIC_KEY": pem,
        "ACME_API_SECRET": "t" * 40,
        "ACME_FORUM_SECRET": "u" * 40,
        "ACME_GOOGLE_SECRET": "v" * 40,
    }
    desk.files.apply_text(body.replace("{slug}", desk.slug), environ)
    assert desk.files.apply_text(body.replace("{slug}", desk.slug), environ).changes == ()
    shown = desk.files.show(desk.slug)
    assert desk.apply(shown).changes == ()
    # Every key that a file may have is in the example.
    known = {
        f"{section.table}.{name}"
        for section in desk.files._sections
        for name in section.fields(desk.files._around)
    }
    table, written = "", set()
    for line in example[1].splitlines():
        if heading := re.match(r"\[+([a-z_.]+)\]+", line):
            table = heading[1]
        elif key := re.match(r"([a-z_]+) =", line):
            written.add(f"{table}.{key[1]}")
    assert written == known


def test_what_is_left_out_is_left_alone(desk: Desk) -> None:
    desk.apply()
    shown = desk.files.show(desk.slug)
    assert desk.more("").changes == ()
    assert desk.more('[[people]]\nemail = "ada@acme.test"').changes == ()
    assert desk.more("[sso]").changes == ()
    assert desk.files.show(desk.slug) == shown


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ('name = "Acme Sound"', "tenant.changed {slug}: name Acme Audio → Acme Sound"),
        ("hosts = []", "tenant.changed {slug}: hosts help.{slug}.test, www.{slug}.test → nothing"),
        ('company_id = ""', "tenant.changed {slug}: company_id comp_{slug} → nothing"),
        (
            '[[people]]\nemail = "BEN@acme.test"\nrole = "admin"',
            "person.role_changed ben@acme.test: role agent → admin",
        ),
        (
            '[[people]]\nemail = "cleo@customer.test"\norganisation = ""',
            "person.changed cleo@customer.test: organisation Customer Ltd → nothing",
        ),
        (
            '[[people]]\nemail = "cleo@customer.test"\nprojects = []',
            "person.changed cleo@customer.test: projects proj_abc123 → nothing",
        ),
        (
            '[[people]]\nemail = "ben@acme.test"\npassword = "brass-window-october"',
            "person.password_set ben@acme.test",
        ),
        ('[[people]]\nemail = "ben@acme.test"\ndisabled = true', "person.disabled ben@acme.test"),
        (
            '[[organisations]]\nname = "Customer Ltd"\nshared = false',
            "organisation.changed Customer Ltd: shared yes → no",
        ),
        (
            '[[projects]]\nid = "proj_abc123"\narchived = true',
            "project.archived proj_abc123",
        ),
        (
            '[[teams]]\nname = "Repairs"\nassignment = "round_robin"',
            "team.created Repairs: assignment nothing → round_robin",
        ),
        (
            '[[roles]]\nname = "Light agent"\npermissions = ["view_people"]',
            "role.created Light agent: may.view_people no → yes",
        ),
        (
            '[[fields]]\nid = "model"\nlabel = "Model"\nkind = "text"',
            "field.created Model",
        ),
        ('[[views]]\nname = "Late"\nsearch = "state:open tag:late"', "view.created Late"),
        ('[[macros]]\nname = "Thanks"\ntext = "Dear {{ requester.name }}"', "macro.created Thanks"),
        (
            '[[topics]]\nname = "Repair"\nproject = "proj_abc123"',
            "topic.created Repair",
        ),
        (
            "[sso]\nlocal_password = false",
            "signin.changed: authenticators session, api_key, "
            "jwt_sso, remote_login, local_password → session, api_key, jwt_sso, remote_login",
        ),
        (
            '[sso]\nauthenticators = ["local_password", "jwt_sso"]',
            "signin.changed: authenticators session, api_key, jwt_sso, remote_login, "
            "local_password → local_password, jwt_sso",
        ),
        ('[sso]\nrole_cap = "agent"', "signin.changed: role_cap nothing → agent"),
        ("[sso]\nleeway = 30", "signin.changed: leeway 0 → 30"),
        ("[sso]\nlog_days = 30", "signin.changed: log_days 90 → 30"),
        (
            f'[[sso.keys]]\nkid = "2026-a"\nsecret = "{"x" * 32}"',
            "signin.key_changed 2026-a",
        ),
        (
            '[[api_keys]]\nid = "tk_{slug}"\nscopes = ["tickets:read"]',
            "api_key.changed tk_{slug}: scopes auth:redirect, tickets:write, tickets:read "
            "→ tickets:read",
        ),
    ],
)
def test_one_change_is_one_change(desk: Desk, text: str, change: str) -> None:
    desk.apply()
    applied = desk.more(text)
    assert [str(each) for each in applied.changes] == [change.replace("{slug}", desk.slug)]
    assert desk.more(text).changes == ()


def test_a_change_is_in_the_audit_log_without_a_secret(desk: Desk) -> None:
    desk.apply()
    entries = desk.look(lambda db, _t: db.scalars(select(AuditEntry).order_by(AuditEntry.id)).all())
    assert entries[0].action == "tenant.created"
    assert {entry.actor_id for entry in entries} == {None}
    log = " ".join(f"{entry.action} {entry.target} {entry.details}" for entry in entries)
    for secret in ("0123456789", "battery", "staple", "lantern", "argon2"):
        assert secret not in log


def test_a_new_tenant_has_sign_in_settings_without_saying_so(desk: Desk) -> None:
    desk.more('name = "A"')
    assert desk.config().provisioning == "create"
