"""Identity: other tenants, other people's addresses and ids, roles, closed and stolen accounts."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
from sqlalchemy import select

from portal.people.models import Identity, Role, User
from portal.security.secrets import SecretBox
from portal.signin.keyring import Keyring, Material
from tests.factories import World
from tests.security.attacks.keys import hmac_with, token
from tests.security.attacks.target import Target
from tests.security.attacks.ways import (
    CANNY,
    CENTRAL,
    FRESHWORKS,
    HAPPYFOX,
    ISSUELY,
    SECRET_WAYS,
    WAYS,
    ZENDESK,
    Way,
)

pytestmark = pytest.mark.security

INVALID, CONFLICT, LOCAL = (
    "token_signature_invalid",
    "identity_conflict",
    "role_requires_local_login",
)
THEIR_SECRET = "their-shared-secret-0123456789abcdef0123456789"


@pytest.fixture
def theirs(own: Target, factory: Any, app: Any, rsa_keys: Any) -> Target:
    """Another tenant, with a secret of its own, in which the attacker is admin."""
    made = Target(World(factory.create(), app, factory), *rsa_keys)
    with factory.session(made.site.tenant.id) as db:
        box = SecretBox(factory.settings.secret_key)
        Keyring(db, made.site.tenant, box).add("2026-c", Material("HS256", THEIR_SECRET), grace=0)
    return made


@pytest.mark.parametrize("way", SECRET_WAYS, ids=lambda way: way.dialect)
def test_another_tenants_token_opens_nothing(own: Target, theirs: Target, way: Way) -> None:
    """Signed with their key, whoever it names, and whatever else it says."""
    for kid in (None, "2026-b", "2026-c"):
        header = own.header(way) | ({"kid": kid} if kid else {})
        for tenant in (own, theirs):
            claims = own.claims(way) | {"iss": theirs.slug, "tid": tenant.slug}
            own.withstands(way, token(header, claims, hmac_with(THEIR_SECRET)), INVALID)


@pytest.mark.parametrize("place", ["ours at theirs", "theirs at ours"])
def test_a_token_at_another_tenants_address(own: Target, theirs: Target, place: str) -> None:
    """A good token, carried next door: refused there, and still good at home."""
    home, away = (own, theirs) if place.startswith("ours") else (theirs, own)
    signer = hmac_with(THEIR_SECRET) if home is theirs else home.signer(CENTRAL)
    raw = token(home.header(CENTRAL), home.claims(CENTRAL), signer)
    before = away.kept()
    browser = away.browser()
    assert away.send(CENTRAL, raw, browser).status_int == 401
    assert away.kept() == before
    assert home.send(CENTRAL, raw, home.browser()).status_int == 303


NAMED: tuple[tuple[Way, str, str, str], ...] = (
    (CENTRAL, "claim", "tenant", "tenant_mismatch"),
    (CENTRAL, "claim", "companyId", "tenant_mismatch"),
    (ISSUELY, "claim", "companyId", "tenant_mismatch"),
    (WAYS["proprofs"], "beside", "account_id", "tenant_mismatch"),
    (CANNY, "beside", "companyID", "tenant_mismatch"),
)


@pytest.mark.parametrize(("way", "where", "name", "code"), NAMED)
def test_a_token_that_names_another_tenant(
    own: Target, theirs: Target, way: Way, where: str, name: str, code: str
) -> None:
    other = theirs.site.tenant
    values = {"tenant": other.slug, "account_id": other.account_id}
    value = values.get(name, other.company_id)
    if where == "claim":
        own.withstands(way, own.token(way, **{name: value}), code)
    else:
        own.withstands(way, own.token(way), code, beside={name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("account_id", ...), ("account_id", ""), ("account_id", "acct"), ("auth_url", ...),
        ("auth_url", ""),
        ("auth_url", "https://www.acme.test/auth"),
        ("auth_url", "https://www.acme.test/auth?from=helpdesk "),
        ("auth_url", "HTTPS://www.acme.test/auth?from=helpdesk"),
        ("auth_url", "https://evil.test/"),
        ("auth_url", "https://www.acme.test/auth?from=helpdesk#x"),
        ("auth_url", "javascript:alert(1)"),
    ],
)  # fmt: skip
def test_proprofs_words_are_compared_letter_by_letter(
    target: Target, name: str, value: Any
) -> None:
    way = WAYS["proprofs"]
    foreign = name == "account_id" and value not in (..., "")
    code = "tenant_mismatch" if name == "account_id" and value is not ... else "account_mismatch"
    assert foreign or name
    target.withstands(way, target.token(way), code, beside={name: value})


def test_an_address_of_another_tenant_is_another_person(own: Target, theirs: Target) -> None:
    """Where e-mails are a tenant's own, the same address is a stranger next door."""
    with theirs.world.factory.session(theirs.site.tenant.id) as db:
        db.add(
            User(tenant_id=theirs.site.tenant.id, email="eve@both.test", name="Eve", role="admin")
        )
    browser = own.browser()
    assert own.send(CENTRAL, own.token(CENTRAL, email="eve@both.test"), browser).status_int == 303
    user = own.site.user("eve@both.test")
    assert user is not None
    assert (user.tenant_id, user.role) == (own.site.tenant.id, Role.CUSTOMER)
    visit = browser.get(theirs.world.url("/tickets"), expect_errors=True)
    assert visit.status_int == 303, "signed in here is not signed in there"


def test_issuely_refuses_an_address_of_another_company(own: Target, theirs: Target) -> None:
    with theirs.world.factory.session(theirs.site.tenant.id) as db:
        db.add(
            User(tenant_id=theirs.site.tenant.id, email="eve@two.test", name="Eve", role="customer")
        )
    for email in ("eve@two.test", "EVE@two.test", "Eve@TWO.test"):
        own.withstands(ISSUELY, own.token(ISSUELY, email=email), "email_other_company")
    assert (
        own.send(CENTRAL, own.token(CENTRAL, email="eve@two.test"), own.browser()).status_int == 303
    )


# External ids.


@pytest.mark.parametrize("way", [CENTRAL, ZENDESK, FRESHWORKS, CANNY], ids=lambda way: way.dialect)
def test_an_id_and_an_address_of_two_people(own: Target, way: Way) -> None:
    claim = way.external_id
    assert own.send(way, own.token(way, **{claim: "id-1"}), own.browser()).status_int == 303
    # carl's address with cleo's id, cleo's with another, an admin's, an agent's.
    for email in ("carl@customer.test", "ada@acme.test", "ben@acme.test"):
        own.withstands(HAPPYFOX, own.token(HAPPYFOX, email="x@"), "email_invalid")
        own.refuses(way, CONFLICT, email=email, **{claim: "id-1"})
    own.refuses(way, CONFLICT, email="cleo@customer.test", **{claim: "id-2"})
    with own.world.factory.session(own.site.tenant.id) as db:
        rows = db.scalars(select(Identity.external_id)).all()
    assert rows == ["id-1"]


IDS: tuple[Any, ...] = (
    "1",
    1,
    1.0,
    "1.0",
    "01",
    " 1",
    "1 ",
    "\uff11",
    "I",
    "l",
    "id-1",
    "ID-1",
    "id-1\u200b",
    "id\u20111",
)


@pytest.mark.parametrize("other", IDS, ids=repr)
def test_an_id_that_looks_alike_is_another(own: Target, other: Any) -> None:
    """Text is compared as it is, but for the space around it; a number is its digits."""
    assert (
        own.send(CENTRAL, own.token(CENTRAL, external_user_id="1"), own.browser()).status_int == 303
    )
    same_person = str(other).strip() == "1"
    raw = own.token(CENTRAL, email="dora@customer.test", external_user_id=other)
    response = own.send(CENTRAL, raw, own.browser())
    assert response.status_int == (403 if same_person else 303)


# Closed and stolen accounts.


class Closed(NamedTuple):
    """A reason why somebody may not come in."""

    name: str
    change: Callable[[Target], None]
    claims: dict[str, Any]
    code: str


CLOSED = (
    Closed("disabled", lambda t: t.site.change("cleo", disabled_at=datetime.now(UTC)), {},
        "account_disabled"),
    Closed("disabled, in capitals", lambda t: t.site.change("cleo", disabled_at=datetime.now(UTC)),
           {"email": "CLEO@customer.test"}, "account_disabled"),
    Closed("only people who are known", lambda t: t.site.configure(provisioning="existing"),
           {"email": "new@customer.test"}, "not_provisioned"),
    Closed("nobody is made", lambda t: t.site.configure(provisioning="off"),
           {"email": "new@customer.test"}, "not_provisioned"),
    Closed("a blocked domain", lambda t: t.site.configure(blocked_email_domains=["customer.test"]),
        {}, "email_domain_blocked"),
    Closed("a blocked domain in capitals",
        lambda t: t.site.configure(blocked_email_domains=["Customer.TEST"]),
           {"email": "cleo@CUSTOMER.test"}, "email_domain_blocked"),
    Closed("below a blocked domain",
        lambda t: t.site.configure(blocked_email_domains=["*.evil.test"]),
           {"email": "x@a.b.evil.test"}, "email_domain_blocked"),
    Closed("not an allowed domain", lambda t: t.site.configure(allowed_email_domains=["acme.test"]),
        {}, "email_domain_blocked"),
    Closed("ends like an allowed one",
        lambda t: t.site.configure(allowed_email_domains=["omer.test"]), {},
        "email_domain_blocked"),
    Closed("below an allowed one", lambda t: t.site.configure(allowed_email_domains=["test"]), {},
        "email_domain_blocked"),
    Closed("begins like an allowed one",
        lambda t: t.site.configure(allowed_email_domains=["customer.test.evil"]), {},
           "email_domain_blocked"),
    Closed("an unverified address", lambda t: None, {"email_verified": False}, "email_unverified"),
    Closed("sign-ins are started here", lambda t: t.site.configure(unsolicited="deny"), {},
        "state_required"),
    Closed("the vendor is off", lambda t: t.site.configure(dialects=["zendesk"]), {},
        "dialect_disabled"),
)  # fmt: skip


@pytest.mark.parametrize("closed", CLOSED, ids=[row.name for row in CLOSED])
def test_closed(own: Target, closed: Closed) -> None:
    closed.change(own)
    own.refuses(CENTRAL, closed.code, **closed.claims)


def test_a_disabled_person_is_out_at_once_and_everywhere(own: Target) -> None:
    browser = own.browser()
    own.send(CENTRAL, own.token(CENTRAL), browser)
    own.site.change("cleo", disabled_at=datetime.now(UTC))
    assert browser.get(own.world.url("/tickets")).status_int == 303
    for way in WAYS.values():
        before = own.kept()
        assert own.send(way, own.token(way), own.browser()).status_int == 403
        assert own.kept() == before


def test_a_squatters_account_is_taken_from_them(own: Target) -> None:
    """Somebody registered cleo's address with a password of their own, before she came."""
    own.site.change("cleo", email_verified_at=None)
    squatter = own.world.browser("cleo")
    assert own.site.signed_in(squatter) == "cleo@customer.test"
    own.is_well()
    assert own.site.signed_in(squatter) is None
    user = own.site.user("cleo@customer.test")
    assert user is not None
    assert user.password_hash is None
    form = own.browser().get(own.world.url("/login/local")).forms[0]
    form["email"], form["password"] = "cleo@customer.test", "staple-lantern-orchid"
    assert form.submit(expect_errors=True).status_int == 401
