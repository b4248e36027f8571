"""Whoever was merged into another account arrives there."""

from typing import Any

from webtest import TestApp

from portal.people.models import User
from portal.signin.codes import Code
from portal.tenants.audit import AuditLog
from portal.tickets.person_merging import PersonMerging
from tests.functional.signin.conftest import Site

CLEO, DORA = "cleo@customer.test", "dora@customer.test"


def merge_dora_into_cleo(site: Site) -> None:
    with site.world.factory.session(site.tenant.id) as db:
        dora, cleo = (
            db.get_one(User, (site.tenant.id, site.world.seed.users[first].id))
            for first in ("dora", "cleo")
        )
        PersonMerging(db, site.tenant, AuditLog(db, site.tenant)).merge(dora, cleo)


def test_both_addresses_and_both_ids_lead_to_the_account_that_stayed(site: Site) -> None:
    def arrive(email: str, key: Any) -> str | None:
        visitor = site.world.anonymous()
        site.send(visitor, "/auth/callback", email=email, name="Somebody", external_user_id=key)
        return site.signed_in(visitor)

    assert [arrive(CLEO, "c1"), arrive(DORA, "d1")] == [CLEO, DORA]
    merge_dora_into_cleo(site)
    for email, key in ((DORA, "d1"), (CLEO, "c1"), (DORA, ...), (CLEO, ...)):
        assert arrive(email, key) == CLEO, (email, key)
    dora = site.user(DORA)
    assert dora is not None
    assert dora.merged_into_id == site.world.seed.users["cleo"].id


def test_a_third_id_is_refused_as_before(site: Site, browser: TestApp) -> None:
    site.send(browser, "/auth/callback", email=CLEO, name="Cleo", external_user_id="c1")
    merge_dora_into_cleo(site)
    visitor = site.world.anonymous()
    site.send(
        visitor, "/auth/callback", email=DORA, name="Dora", external_user_id="somebody else's"
    )
    assert site.signed_in(visitor) is None
    assert site.last().code == Code.IDENTITY_CONFLICT
