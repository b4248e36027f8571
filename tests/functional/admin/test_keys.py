"""Settings: keys. Made, shown once, replaced with grace, ended."""

import time
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from portal.db import TenantSession
from portal.signin.models import SsoConfig, SsoKey
from portal.tenants.models import Tenant
from tests.functional.admin.conftest import Admin, form_of
from tests.functional.admin.keys import keys, make, row


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
            for key, name in ((current, "current"), (previous, "previous")):
                used = times.get(name)
                key.last_used_at = now + used if used is not None else None
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
