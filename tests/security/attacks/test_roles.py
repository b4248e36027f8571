"""Roles: no word makes an admin, and no token opens one."""

from typing import Any

import pytest

from portal.people.models import Role
from tests.security.attacks.target import Target
from tests.security.attacks.ways import CENTRAL, ISSUELY, WAYS, ZENDESK, Way

pytestmark = pytest.mark.security

LOCAL = "role_requires_local_login"

ROLE_WORDS = (
    "admin", "ADMIN", "Admin", " admin ", "administrator", "Administrator", "owner", "OWNER",
    "root", "superuser", "super_admin",
    "admin,user", "user,admin", "user admin", '["admin"]', '{"role":"admin"}', "staff",
    "agent,admin", "agent;admin", "AGENT\u200b",
    "\u0430dmin", "adm\u0131n", "\uff41\uff44\uff4d\uff49\uff4e", "agent\u00a0", "0", "true", "*",
    "%", "_", "' or 'admin'='admin", "null",
)  # fmt: skip


WORDS = [
    *((word, CENTRAL) for word in ROLE_WORDS),
    *((word, way) for word in ROLE_WORDS[::3] for way in (ISSUELY, ZENDESK)),
]


@pytest.mark.parametrize(
    ("word", "way"), WORDS, ids=[f"{way.dialect}-{word!r}" for word, way in WORDS]
)
def test_no_word_makes_an_admin(target: Target, way: Way, word: str) -> None:
    """Of somebody new, who would get it at once: at most an agent, where the vendor has agents."""
    email = f"r{abs(hash((way.dialect, word)))}@customer.test"
    response = target.send(way, target.token(way, role=word, email=email), target.browser())
    assert response.status_int == 303
    user = target.site.user(email)
    assert user is not None
    assert user.role != Role.ADMIN
    capped = {"admin", "administrator", "owner"}
    staff = word.strip().lower() in capped | {"agent"} and way is not CENTRAL
    assert user.role == (Role.AGENT if staff else Role.CUSTOMER)


@pytest.mark.parametrize("cap", ["agent", "customer", None])
@pytest.mark.parametrize("sync", [True, False])
@pytest.mark.parametrize("way", [CENTRAL, ISSUELY, ZENDESK], ids=lambda way: way.dialect)
def test_no_setting_lets_a_claim_make_an_admin(
    own: Target, way: Way, cap: str | None, sync: bool
) -> None:
    own.site.configure(role_cap=cap, sync_role=sync, admins_by_token=True)
    # An address that no other tenant of the tests has: Issuely asks for that.
    for email in ("cleo@customer.test", "ben@acme.test", f"{own.slug}@customer.test"):
        assert (
            own.send(way, own.token(way, role="admin", email=email), own.browser()).status_int
            == 303
        )
        user = own.site.user(email)
        assert user is not None
        assert user.role != Role.ADMIN


ADMINS_ADDRESS = (
    "ada@acme.test",
    "ADA@ACME.TEST",
    "Ada@Acme.Test",
    " ada@acme.test",
    "ada@acme.test\u3000",
    "ada@ACME.test",
)
LIKE_THE_ADMINS = (
    "\u0430da@acme.test", "ada@\u0430cme.test", "ad\u0430@acme.test", "ada@acme.te\u017ft",
    "\uff41da@acme.test", "ada\uff20acme.test",
    "ada@acme\u3002test", "ada@acme.test.", "ada@acme.test\u200b", "a\u0301da@acme.test",
    "\u00e1da@acme.test", '"ada"@acme.test',
    "ada@xn--acme.test\u0301", "ada%40acme.test", "ada@acme.test@x.test", "x@x.test,ada@acme.test",
)  # fmt: skip


@pytest.mark.parametrize("email", ADMINS_ADDRESS)
@pytest.mark.parametrize("way", WAYS.values(), ids=lambda way: way.dialect)
def test_no_token_opens_an_admin(target: Target, way: Way, email: str) -> None:
    """A stolen secret must not become an admin."""
    claims: dict[str, Any] = {"email": email, "role": "user"}
    if way.external_id in ("sub", "id"):
        claims[way.external_id] = "ada-1"
    target.withstands(way, target.token(way, **claims), LOCAL)


@pytest.mark.parametrize("email", LIKE_THE_ADMINS, ids=ascii)
def test_nor_does_an_address_that_looks_like_theirs(target: Target, email: str) -> None:
    target.withstands(CENTRAL, target.token(CENTRAL, email=email), "email_invalid")


@pytest.mark.parametrize(
    "email", ["ada+x@acme.test", "a.da@acme.test", "ada@sub.acme.test", "ada@acme.test.evil.test"]
)
def test_an_address_beside_theirs_is_a_strangers(target: Target, email: str) -> None:
    """No vendor of mailboxes' rules are applied: what is written otherwise is somebody else."""
    assert (
        target.send(CENTRAL, target.token(CENTRAL, email=email), target.browser()).status_int == 303
    )
    user = target.site.user(email)
    assert user is not None
    assert user.id != target.world.seed.users["ada"].id
    assert user.role == Role.CUSTOMER


def test_an_id_once_linked_does_not_open_somebody_who_became_admin(own: Target) -> None:
    raw = own.token(CENTRAL, external_user_id="7")
    assert own.send(CENTRAL, raw, own.browser()).status_int == 303
    own.site.change("cleo", role="admin")
    own.refuses(CENTRAL, LOCAL, external_user_id="7")
    own.refuses(CENTRAL, LOCAL, external_user_id="7", email="other@customer.test")
