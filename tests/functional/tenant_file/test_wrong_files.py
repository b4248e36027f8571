"""Tenant files with mistakes: each is said, with its place, and nothing is applied."""

import pytest
from pyramid.router import Router
from sqlalchemy import Engine

from portal.settings import Settings
from portal.tenants.files import TenantFileError, UnknownTenant
from tests.factories import TenantFactory
from tests.functional.tenant_file.conftest import ACME, Desk


@pytest.fixture(scope="module")
def applied(app: Router, engine: Engine, settings: Settings) -> Desk:
    """A tenant whose file was applied, for all mistakes: none of them changes it."""
    desk = Desk(app, TenantFactory(engine, settings), settings)
    desk.apply()
    return desk


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
            '[[macros]]\nname = "Thanks"\nset_topic = "Rapair"',
            '[[macros]] #1 set_topic: "Rapair" is no topic of this tenant.',
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
def test_what_is_wrong_is_said_with_its_place(applied: Desk, text: str, problem: str) -> None:
    shown = applied.files.show(applied.slug)
    problems = applied.problems(text)
    start, _, cut = problem.partition("…")
    assert any(each == problem or (cut == "" and each.startswith(start)) for each in problems), (
        problems
    )
    assert applied.files.show(applied.slug) == shown


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
