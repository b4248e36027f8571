"""Tenants as files: applied whole or not at all, twice is once, shown and applied again."""

import json
import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from pyramid.router import Router
from sqlalchemy import select

from portal.db import TenantSession
from portal.people.models import Organisation, Role, User
from portal.people.passwords import verify_password
from portal.people.service import PeopleService
from portal.people.settings_service import project_keys
from portal.security.api_keys import ApiKeyService, KeyRefused
from portal.security.models import ApiKey
from portal.security.secrets import SecretBox
from portal.settings import Settings
from portal.signin.keyring import Keyring
from portal.signin.models import SsoConfig, SsoKey
from portal.tenants.files import Applied, TenantFileError, TenantFiles, UnknownTenant
from portal.tenants.models import AuditEntry, Tenant, TenantHost
from tests.factories import TenantFactory

ENVIRON = {"ACME_ADMIN_PASSWORD": "lantern-orchid-staple"}

ACME = """
[tenant]
slug = "{slug}"
name = "Acme Audio"                 # with a comment
hosts = ["help.{slug}.test", "www.{slug}.test"]
company_id = "comp_{slug}"
account_id = "acct_{slug}"
accent = "#5B5BD6"

[[people]]
email = "Ada@acme.test"
name = "Ada Admin"
role = "admin"
password = "env:ACME_ADMIN_PASSWORD"

[[people]]
email = "ben@acme.test"
name = "Ben Agent"
role = "agent"
password = "correct-horse-battery"

[[people]]
email = "cleo@customer.test"
name = "Cleo Customer"
role = "customer"
password = "staple-lantern-orchid"
organisation = "Customer Ltd"
projects = ["proj_abc123"]

[[organisations]]
name = "Customer Ltd"
domains = ["customer.test"]
shared = true

[[projects]]
id = "proj_abc123"
name = "Headphones"

[sso]
dialects = ["central", "happyfox"]
primary = "central"
remote_login_url = "https://www.acme.test/ticket-sso"
remote_logout_url = ""
auth_url = "https://www.acme.test/auth"
allowed_redirect_hosts = ["www.acme.test"]
allowed_origins = ["https://www.acme.test"]
provisioning = "create"
sync_profile = true
sync_role = false
unsolicited = "allow"
local_password = true

[[sso.keys]]
kid = "2026-a"
algorithm = "HS256"
secret = "acme-shared-secret-0123456789abcdef0123456789"

[[api_keys]]
id = "tk_{slug}"
secret = "acme-api-secret-0123456789abcdef0123456789"
scopes = ["auth:redirect", "tickets:write", "tickets:read"]
"""


class Desk:
    """One tenant, and the files applied to it."""

    def __init__(self, app: Router, tenants: TenantFactory, settings: Settings) -> None:
        self.slug = f"f{uuid.uuid4().hex[:10]}"
        self.files = TenantFiles(app.registry)
        self.tenants = tenants
        self.settings = settings

    def apply(self, text: str = ACME) -> Applied:
        """Apply a file, `{slug}` filled in."""
        return self.files.apply_text(text.replace("{slug}", self.slug), ENVIRON)

    def more(self, text: str) -> Applied:
        """Apply a file that names the tenant and says this."""
        return self.apply('[tenant]\nslug = "{slug}"\n' + text)

    def problems(self, text: str) -> list[str]:
        """What is wrong with a file that names the tenant and says this."""
        with pytest.raises(TenantFileError) as refused:
            self.more(text)
        return [str(problem) for problem in refused.value.problems]

    def tenant(self) -> Tenant:
        """The row."""
        with self.tenants.session(None) as db:
            found = db.scalar(select(Tenant).where(Tenant.slug == self.slug))
            assert found is not None
            return found

    def look(self, ask: Callable[[TenantSession, Tenant], Any]) -> Any:
        """Ask something of the tenant's rows."""
        tenant = self.tenant()
        with self.tenants.session(tenant.id) as db:
            return ask(db, tenant)

    def user(self, email: str) -> User:
        """One of the tenant's people."""
        found: User | None = self.look(lambda db, tenant: PeopleService(db, tenant).by_email(email))
        assert found is not None
        return found

    def config(self) -> SsoConfig:
        """The sign-in settings."""
        config: SsoConfig = self.look(lambda db, tenant: db.get(SsoConfig, tenant.id))
        return config

    def keyring(self) -> list[tuple[str, str, bytes | None]]:
        """The live keys: id, state and what they verify with."""

        def ask(db: TenantSession, tenant: Tenant) -> list[tuple[str, str, bytes | None]]:
            keyring = Keyring(db, tenant, SecretBox(self.settings.secret_key))
            return [(row.kid, row.state, keyring.material(row)) for row in keyring.live()]

        keys: list[tuple[str, str, bytes | None]] = self.look(ask)
        return keys


@pytest.fixture
def desk(app: Router, tenants: TenantFactory, settings: Settings) -> Desk:
    """A slug that no tenant has yet."""
    return Desk(app, tenants, settings)


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
    pem = _public_pem(rsa.generate_private_key(65537, 2048).public_key())
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


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('colour = "red"', "[tenant] colour: is no key of [tenant]."),
        ('acent = "#fff"', '[tenant] acent: is no key of [tenant]; did you mean "accent"?'),
        ("[colours]\nred = 1", "[colours]: is no table of a tenant file."),
        ("[people]\nemail = 1", "people: must be written as [[people]]."),
        ("name = 7", "[tenant] name: must be a text in quotes."),
        ('name = " "', "[tenant] name: This cannot be empty."),
        ('accent = "red"', "[tenant] accent: Write the colour like #2f5d8c."),
        ('locale = "xx"', "[tenant] locale: Choose one of the portal’s languages: en, de, ar."),
        (
            'timezone = "Mars/Base"',
            "[tenant] timezone: “Mars/Base” is no time zone. Write it like Europe/Berlin.",
        ),
        ('status = "off"', '[tenant] status: must be "active" or "suspended", not "off".'),
        ('hosts = "a.test"', '[tenant] hosts: must be a list of texts, such as ["one", "two"].'),
        ('hosts = ["localhost"]', "[tenant] hosts: “localhost” is no domain name. …"),
        ('hosts = ["a.test:80"]', "[tenant] hosts: “a.test:80” is no domain name. …"),
        ('hosts = ["127.0.0.1"]', "[tenant] hosts: “127.0.0.1” is no domain name. …"),
        (
            'hosts = ["bücher.test"]',
            "[tenant] hosts: Write “bücher.test” in punycode, beginning with xn--.",
        ),
        ('hosts = ["a.test", "A.test"]', '[tenant] hosts: names "a.test" twice.'),
        ('[[people]]\nname = "X"', "[[people]] #1 email: is missing."),
        (
            '[[people]]\nemail = "a@b.test"\nname = "A"\n[[people]]\nemail = "nobody"',
            "[[people]] #2 email: “nobody” is no e-mail address.",
        ),
        (
            '[[people]]\nemail = "a@b.test"\nname = "A"\n[[people]]\nemail = "A@b.test"',
            '[[people]] #2 email: is "a@b.test" once more.',
        ),
        (
            '[[people]]\nemail = "new@b.test"',
            "[[people]] #1 name: is missing, and needed for a new one.",
        ),
        (
            '[[people]]\nemail = "new@b.test"\nname = "N"\npassword = "********"',
            "[[people]] #1 password: is masked, and there is none to leave alone.",
        ),
        (
            '[[people]]\nemail = "ben@acme.test"\nrole = "boss"',
            '[[people]] #1 role: must be "customer", "agent" or "admin", not "boss".',
        ),
        (
            '[[people]]\nemail = "ben@acme.test"\npassword = "env:NOT_SET"',
            "[[people]] #1 password: is read from the environment, and NOT_SET is not set.",
        ),
        (
            '[[people]]\nemail = "ben@acme.test"\npassword = "short"',
            "[[people]] #1 password: must be at least 10 bytes long, and is 5.",
        ),
        (
            '[[people]]\nemail = "ben@acme.test"\norganisation = "None Ltd"',
            '[[people]] #1 organisation: "None Ltd" is no organisation of this tenant.',
        ),
        (
            '[[people]]\nemail = "ben@acme.test"\nprojects = ["proj_x"]',
            '[[people]] #1 projects: "proj_x" is no project of this tenant.',
        ),
        (
            '[[people]]\nemail = "ada@acme.test"\nrole = "agent"',
            "[[people]] #1 role: would leave the tenant without an admin who can sign in.",
        ),
        (
            '[[people]]\nemail = "ada@acme.test"\ndisabled = true',
            "[[people]] #1 disabled: would leave the tenant without an admin who can sign in.",
        ),
        (
            '[[organisations]]\nname = "Other"\ndomains = ["customer.test"]',
            '[[organisations]] #1 domains: "customer.test" belongs to another organisation.',
        ),
        (
            '[[organisations]]\nname = "Other"\nshared = "yes"',
            '[[organisations]] #1 shared: must be true or false, not "yes".',
        ),
        (
            '[[projects]]\nid = "p2"\nname = "Headphones"',
            '[[projects]] #1 name: "Headphones" is the name of proj_abc123 already.',
        ),
        (
            '[[teams]]\nname = "Repairs"\nmembers = ["cleo@customer.test"]',
            '[[teams]] #1 members: "cleo@customer.test" is no agent of this tenant.',
        ),
        (
            '[[roles]]\nname = "Boss"\npermissions = ["administer"]',
            '[[roles]] #1 permissions: "administer" is no permission that a role can have',
        ),
        (
            '[[roles]]\nname = "Merger"\npermissions = ["merge_tickets"]',
            '[[roles]] #1 permissions: "merge_tickets" needs "work_ticket" as well.',
        ),
        (
            '[[people]]\nemail = "ben@acme.test"\nagent_role = "Nobody"',
            '[[people]] #1 agent_role: "Nobody" is no role of this tenant.',
        ),
        (
            '[[roles]]\nname = "Light"\npermissions = []\n'
            '[[people]]\nemail = "ada@acme.test"\nagent_role = "Light"',
            "[[people]] #1 agent_role: is for agents alone.",
        ),
        (
            '[[macros]]\nname = "Thanks"\ntext = "Dear {{ requester.nam }}"',
            "[[macros]] #1 text: There is no variable “requester.nam”. Did you mean "
            "“requester.name”?",
        ),
        (
            '[[macros]]\nname = "Thanks"\nset_assignee = "cleo@customer.test"',
            '[[macros]] #1 set_assignee: "cleo@customer.test" is no agent of this tenant.',
        ),
        (
            '[[views]]\nname = "Late"\nsearch = "size:big"',
            "[[views]] #1 search: “size:” is no operator of this search. To look for these "
            "words, put them in quotation marks.",
        ),
        (
            '[[views]]\nname = "Late"\nsearch = "state:solved"\nsort = "urgency"',
            '[[views]] #1 sort: "urgency" is for views of unsolved tickets alone.',
        ),
        (
            '[[views]]\nname = "Late"\nsearch = ""\nowner = "cleo@customer.test"',
            '[[views]] #1 owner: "cleo@customer.test" is no agent of this tenant.',
        ),
        (
            '[[fields]]\nid = "model"\nlabel = "Model"\nkind = "choice"',
            "[[fields]] #1 choices: Enter at least one choice, each on its own line.",
        ),
        (
            '[[fields]]\nid = "model"\nlabel = "Model"\nkind = "text"\nonly_if = "none"',
            '[[fields]] #1 only_if: "none" is no field of this tenant.',
        ),
        (
            '[[topics]]\nname = "Repair"\nfields = ["model"]',
            '[[topics]] #1 fields: "model" is no field of this tenant.',
        ),
        (
            '[[topics]]\nname = "Repair"\nteam = "Nobody"',
            '[[topics]] #1 team: "Nobody" is no team of this tenant.',
        ),
        (
            '[sso]\nclient_id = "a/b"',
            "[sso] client_id: Use letters a–z, digits, dots, dashes and underscores alone.",
        ),
        ('[sso]\ndialects = ["latin"]', '[sso] dialects: "latin" is no dialect: …'),
        (
            '[sso]\nprimary = "zendesk"',
            '[sso] primary: "zendesk" is not among the dialects.',
        ),
        (
            '[sso]\nremote_login_url = "http://www.acme.test/"',
            "[sso] remote_login_url: Must begin with https://. Plain http is for localhost alone.",
        ),
        (
            '[sso]\nremote_login_url = "www.acme.test"',
            "[sso] remote_login_url: Write a whole address, such as https://www.example.com/login.",
        ),
        (
            '[sso]\nallowed_redirect_hosts = ["https://www.acme.test"]',
            "[sso] allowed_redirect_hosts: …",
        ),
        ('[sso]\nallowed_origins = ["https://a.test/x"]', "[sso] allowed_origins: …"),
        ("[sso]\nleeway = 61", "[sso] leeway: must be from 0 to 60, not 61."),
        ("[sso]\nlog_days = 0", "[sso] log_days: must be from 1 to 3650, not 0."),
        ("[sso]\nleeway = true", "[sso] leeway: must be a whole number, not true."),
        (
            "[sso]\nsession_idle_seconds = 100000",
            "[sso] session_idle_seconds: is more than session_absolute_seconds.",
        ),
        (
            '[sso]\nauthenticators = ["jwt_sso"]\nlocal_password = true',
            "[sso] local_password: contradicts authenticators.",
        ),
        ('[sso]\nauthenticators = ["magic"]', '[sso] authenticators: "magic" is no way …'),
        (
            '[[sso.keys]]\nkid = "b"\nsecret = "too-short"',
            "[[sso.keys]] #1 secret: must be at least 32 bytes long, and is 9.",
        ),
        (
            '[[sso.keys]]\nkid = "b"\nalgorithm = "RS256"',
            "[[sso.keys]] #1 public_key: is missing, and needed for a new one.",
        ),
        (
            '[[sso.keys]]\nkid = "b"\nalgorithm = "none"',
            '[[sso.keys]] #1 algorithm: must be "HS256" or "RS256", not "none".',
        ),
        (
            '[[sso.keys]]\nkid = "b"\n[[sso.keys]]\nkid = "c"',
            "[[sso.keys]] #2: is too many: one key may be current, and one more have "
            'state = "previous".',
        ),
        ('[sso.key]\nkid = "b"', "[sso] key: is no key of [sso]…"),
        (
            '[[api_keys]]\nid = "tk_{slug}"\nscopes = ["all"]',
            '[[api_keys]] #1 scopes: "all" is no scope: auth:redirect, tickets:read, …',
        ),
        (
            '[[api_keys]]\nid = "tk_2"\nsecret = "0123"\nscopes = []',
            "[[api_keys]] #1 secret: must be at least 32 bytes long, and is 4.",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(desk: Desk, text: str, problem: str) -> None:
    desk.apply()
    shown = desk.files.show(desk.slug)
    problems = desk.problems(text)
    start, _, cut = problem.partition("…")
    assert any(each == problem or (cut == "" and each.startswith(start)) for each in problems), (
        problems
    )
    assert desk.files.show(desk.slug) == shown


def test_all_problems_are_said_at_once(desk: Desk) -> None:
    assert desk.problems(
        'name = ""\nwhat = 1\n[[people]]\nemail = "x"\nrole = "y"\n[sso]\nleeway = -1'
    ) == [
        "[tenant] name: This cannot be empty.",
        "[tenant] what: is no key of [tenant].",
        "[[people]] #1 email: “x” is no e-mail address.",
        '[[people]] #1 role: must be "customer", "agent" or "admin", not "y".',
        "[sso] leeway: must be from 0 to 60, not -1.",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "[tenant]: is missing."),
        ("name = ", "The file: is no TOML: Invalid value (at end of document)."),
        ('[tenant]\nname = "x"', "[tenant] slug: is missing."),
        (
            '[tenant]\nslug = "Acme"',
            "[tenant] slug: Use at most 63 lower-case letters a–z, digits and dashes, and begin "
            "with a letter or a digit.",
        ),
        (
            '[tenant]\nslug = "login"',
            "[tenant] slug: “login” is reserved: choose another word.",
        ),
        (
            '[tenant]\nslug = "n-{slug}"',
            "[tenant] name: is missing, and needed for a new one.",
        ),
        ('x = 1\n[tenant]\nslug = "acme1"\nname = "A"', "x: stands outside every table."),
    ],
)
def test_without_a_tenant_there_is_nothing(desk: Desk, text: str, problem: str) -> None:
    with pytest.raises(TenantFileError) as refused:
        desk.apply(text)
    assert str(refused.value) == problem


def test_a_wrong_file_for_a_new_tenant_makes_none(desk: Desk) -> None:
    with pytest.raises(TenantFileError):
        desk.apply(ACME.replace('"Customer Ltd"\nprojects', '"Another"\nprojects'))
    with pytest.raises(UnknownTenant):
        desk.files.show(desk.slug)


def test_what_belongs_to_another_tenant_is_not_taken(
    desk: Desk, app: Router, tenants: TenantFactory, settings: Settings
) -> None:
    desk.apply()
    other = Desk(app, tenants, settings)
    other.more('name = "Other"')
    taken = desk.slug
    assert other.problems(f'hosts = ["help.{taken}.test"]\ncompany_id = "comp_{taken}"') == [
        f'[tenant] company_id: "comp_{taken}" belongs to the tenant {taken}.',
        f'[tenant] hosts: "help.{taken}.test" belongs to the tenant {taken}.',
    ]
    assert other.problems(
        f'[[api_keys]]\nid = "tk_{taken}"\nsecret = "{"s" * 32}"\nscopes = []'
    ) == [f'[[api_keys]] #1 id: "tk_{taken}" belongs to another tenant.']


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
    pem = _public_pem(rsa.generate_private_key(65537, 2048).public_key())
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
        (_public_pem(weak.public_key()), "Make a key of at least 2048 bits; this has 1024"),
        (private, "This is a private key: keep it to yourself, and give its public key here"),
        (_public_pem(curve), "RS256 needs an RSA key; this is of another kind"),
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


def test_a_new_tenant_has_sign_in_settings_without_saying_so(desk: Desk) -> None:
    desk.more('name = "A"')
    assert desk.config().provisioning == "create"


def _public_pem(key: Any) -> str:
    pem: str = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return pem
