"""Whom a tenant's tokens sign in: whose account is found, made and brought up to date."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from webtest import TestApp

from portal.people.models import Identity, UserProject
from tests.factories import World
from tests.functional.signin.conftest import Site


class TestPeople:
    def test_a_stranger_gets_an_account(self, site: Site, browser: TestApp) -> None:
        site.send(browser, email="Nina@Customer.test", name=" Nina Neu ")
        user = site.user("nina@customer.test")
        assert user is not None
        assert (user.name, user.role, user.password_hash) == ("Nina Neu", "customer", None)
        assert user.email_verified_at is not None

    def test_without_a_name_the_local_part_is_it(self, site: Site, browser: TestApp) -> None:
        site.send(browser, email="nina@customer.test", name=...)
        user = site.user("nina@customer.test")
        assert user is not None
        assert user.name == "nina"

    @pytest.mark.parametrize(
        ("policy", "email", "status"),
        [
            ("create", "new@customer.test", 303),
            ("existing", "new@customer.test", 403),
            ("off", "new@customer.test", 403),
            ("existing", "cleo@customer.test", 303),
            ("off", "cleo@customer.test", 303),
        ],
    )
    def test_who_may_come_in(
        self, site: Site, browser: TestApp, policy: str, email: str, status: int
    ) -> None:
        site.configure(provisioning=policy)
        assert site.send(browser, email=email).status_int == status
        if status == 403:
            assert site.last().code == "not_provisioned"
            assert site.user(email) is None

    def test_the_name_follows_the_site_where_that_is_on(self, site: Site, browser: TestApp) -> None:
        site.send(browser, name="Cleo Married")
        assert site.account("cleo@customer.test").name == "Cleo Married"
        site.configure(sync_profile=False)
        site.send(browser, name="Cleo Again")
        assert site.account("cleo@customer.test").name == "Cleo Married"

    @pytest.mark.parametrize(
        ("claim", "cap", "sync", "role", "warnings"),
        [
            (..., None, True, "customer", []),
            ("user", None, True, "customer", []),
            ("agent", None, True, "customer", ["role_capped"]),
            ("agent", "agent", True, "agent", []),
            ("agent", "agent", False, "customer", []),
            ("admin", "agent", True, "agent", ["role_capped"]),
            ("owner", None, True, "customer", ["role_capped"]),
            ("root", None, True, "customer", ["role_unknown"]),
        ],
    )
    def test_what_a_role_claim_makes_of_somebody(
        self,
        site: Site,
        browser: TestApp,
        claim: Any,
        cap: str | None,
        sync: bool,
        role: str,
        warnings: list[str],
    ) -> None:
        site.configure(role_cap=cap, sync_role=sync)
        assert site.send(browser, "/auth/callback", role=claim).status_int == 303
        assert site.account("cleo@customer.test").role == role
        assert site.last().warnings == warnings

    def test_a_claim_demotes_only_where_roles_are_synced(
        self, site: Site, browser: TestApp
    ) -> None:
        site.send(browser, "/auth/callback", email="ben@acme.test", role="user")
        assert site.account("ben@acme.test").role == "agent"
        site.configure(sync_role=True)
        site.send(browser, "/auth/callback", email="ben@acme.test", role="user")
        assert site.account("ben@acme.test").role == "customer"

    def test_an_admin_is_not_opened_by_a_token(self, site: Site, browser: TestApp) -> None:
        response = site.send(browser, email="ada@acme.test")
        assert response.status_int == 403
        assert site.last().code == "role_requires_local_login"
        assert site.signed_in(browser) is None
        site.configure(admins_by_token=True, sync_role=True)
        assert (
            site.send(browser, "/auth/callback", email="ada@acme.test", role="user").status_int
            == 303
        )
        assert site.account("ada@acme.test").role == "admin"

    def test_a_disabled_account_stays_out(self, site: Site, browser: TestApp) -> None:
        site.change("cleo", disabled_at=datetime.now(UTC))
        assert site.send(browser).status_int == 403
        assert site.last().code == "account_disabled"

    def test_a_password_that_was_never_proven_is_dropped(
        self, site: Site, world: World, browser: TestApp
    ) -> None:
        """Somebody registered cleo's address before she came: that way in must end."""
        site.change("cleo", email_verified_at=None)
        intruder = world.browser("cleo")
        assert site.signed_in(intruder) == "cleo@customer.test"
        site.send(browser)
        assert site.account("cleo@customer.test").password_hash is None
        assert site.signed_in(intruder) is None
        assert site.signed_in(browser) == "cleo@customer.test"
        assert site.last().warnings == ["password_dropped"]

    def test_a_proven_password_stays(self, site: Site, browser: TestApp) -> None:
        site.send(browser)
        assert site.account("cleo@customer.test").password_hash is not None
        assert site.last().warnings == []

    def test_an_external_id_is_remembered_and_brings_a_new_address(
        self, site: Site, browser: TestApp
    ) -> None:
        site.send(browser, "/auth/callback", external_user_id=12345)
        cleo = site.user("cleo@customer.test")
        site.send(browser, "/auth/callback", external_user_id="12345", email="cleo@new.test")
        moved = site.user("cleo@new.test")
        assert cleo is not None
        assert moved is not None
        assert moved.id == cleo.id
        assert site.user("cleo@customer.test") is None
        with site.world.factory.session(site.tenant.id) as db:
            (identity,) = db.scalars(select(Identity).where(Identity.tenant_id == site.tenant.id))
            assert (identity.namespace, identity.external_id) == ("company", "12345")

    def test_an_id_and_an_address_of_two_people_are_refused(
        self, site: Site, browser: TestApp
    ) -> None:
        site.send(browser, "/auth/callback", external_user_id="1")
        response = site.send(
            browser, "/auth/callback", external_user_id="1", email="carl@customer.test"
        )
        assert response.status_int == 403
        assert site.last().code == "identity_conflict"
        response = site.send(browser, "/auth/callback", external_user_id="2")
        assert (response.status_int, site.last().code) == (403, "identity_conflict")

    @pytest.mark.parametrize(
        ("changes", "claims", "code"),
        [
            ({}, {"email_verified": False}, "email_unverified"),
            ({}, {"email": "not an address"}, "email_invalid"),
            ({}, {"email": "\u212aelly@customer.test"}, "email_invalid"),
            ({"blocked_email_domains": ["customer.test"]}, {}, "email_domain_blocked"),
            ({"allowed_email_domains": ["*.customer.test"]}, {}, "email_domain_blocked"),
        ],
    )
    def test_addresses_that_are_not_taken(
        self,
        site: Site,
        browser: TestApp,
        changes: dict[str, Any],
        claims: dict[str, Any],
        code: str,
    ) -> None:
        site.configure(**changes)
        site.send(browser, **claims)
        assert site.last().code == code

    def test_projects_are_joined_by_dialects_that_name_them(self, site: Site, world: World) -> None:
        """No dialect of this version does; the pipeline is ready for those that will."""
        from portal.signin.assertion import Assertion
        from portal.signin.configuration import Configuration
        from portal.signin.models import SsoConfig
        from portal.signin.provisioning import Provisioning
        from portal.signin.trace import Trace

        for project, warnings in (("proj_abc123", []), ("nope", ["project_unknown"])):
            trace = Trace()
            with world.factory.session(site.tenant.id) as db:
                configuration = Configuration(db.get_one(SsoConfig, site.tenant.id), ())
                people = Provisioning(db, site.tenant, configuration, trace)
                wanted = Assertion("x", "dora@customer.test", project=project)
                for _ in range(2):
                    user = people.find(wanted, wanted.email)
                    people.provision(user, wanted, wanted.email, people.role(wanted, user))
            assert trace.notices == warnings
        with world.factory.session(site.tenant.id) as db:
            joined = db.scalars(
                select(UserProject.user_id).where(UserProject.tenant_id == site.tenant.id)
            ).all()
        assert joined == [world.seed.users["dora"].id]
