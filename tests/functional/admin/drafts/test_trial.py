"""A draft is tried with the company's real login, and nothing comes of it but the answer."""

import pytest
from sqlalchemy import Delete, delete, select

from portal.people.models import User
from portal.security.models import Session, Throttle
from portal.signin.models import PendingLogin, SsoAttempt, SsoReplay
from portal.signin.throttles import REFUSED_TOKENS, Throttles
from tests.functional.admin.drafts.conftest import NEW_LOGIN, Drafter, banner, outcomes, said


def _end_sessions(tenant_id: int) -> Delete:
    return delete(Session).where(Session.tenant_id == tenant_id)


class TestTrial:
    def test_leads_to_the_drafts_own_login(self, drafter: Drafter) -> None:
        drafter.draft(remote_login_url=NEW_LOGIN)
        page = drafter.admin.get("/sign-in")
        assert "form-action 'self' https://login.acme.test;" in (
            page.headers["Content-Security-Policy"] + ";"
        )
        away = drafter.press("try-draft").location
        assert away.startswith(f"{NEW_LOGIN}?redirect_url=http%3A%2F%2Flocalhost%2F")
        assert away.endswith(f"&tenant={drafter.admin.world.slug}")

    def test_shows_each_check_and_does_nothing(self, drafter: Drafter) -> None:
        drafter.draft("/accounts", role_cap="agent")
        before = {kind: drafter.count(kind) for kind in (User, SsoReplay, SsoAttempt)}
        page = drafter.try_(
            "/auth/callback", email="new.person@customer.test", name="New Person", role="agent"
        )
        words = said(page)
        assert "The sign-in would work." in words
        assert "ne•••@customer.test" in words
        assert "new.person" not in page.text
        assert "Role Agent" in words
        assert "Account would be made" in words
        assert "Arrives on the home page" in words
        assert "Dialect Central Tickets" in words
        found = outcomes(page)
        assert set(found.values()) == {"ok"}
        assert len(found) == 13
        assert {kind: drafter.count(kind) for kind in (User, SsoReplay, SsoAttempt)} == before
        assert drafter.site.signed_in(drafter.browser) == "ada@acme.test"
        action, _, details = drafter.admin.last()
        assert (action, details) == ("signin.draft_tested", {"result": [None, "signed_in"]})
        assert "The test passed" in banner(page)

    def test_names_an_account_that_is_here(self, drafter: Drafter) -> None:
        drafter.draft(leeway="10")
        page = drafter.try_(redirect_url="/tickets/1")
        assert "Who Cleo Customer cl•••@customer.test" in said(page)
        assert "Account is here already" in said(page)
        row = drafter.kept()
        assert row is not None
        assert row.test is not None
        assert "cleo@" not in str(row.test)

    def test_is_over_once_the_token_has_come(self, drafter: Drafter) -> None:
        """The next token signs in as ever; the one of the test was not used up."""
        drafter.draft(leeway="10")
        token = drafter.site.token(email="ada@acme.test")
        drafter.press("try-draft")
        drafter.site.send(drafter.browser, token=token)
        assert drafter.count(PendingLogin) == 0
        answer = drafter.site.send(drafter.browser)
        assert answer.location.endswith("/login/switch")
        other = drafter.admin.world.anonymous()
        assert drafter.site.send(other, token=drafter.site.token()).status_int == 303
        assert drafter.site.signed_in(other) == "cleo@customer.test"

    def test_is_judged_by_the_draft(self, drafter: Drafter) -> None:
        drafter.draft("/accounts", allowed_email_domains="acme.test")
        page = drafter.try_()
        words = said(page)
        assert "The sign-in would be refused." in words
        assert "Likely fix" in words
        found = outcomes(page)
        assert found["E-mail address"] == "fail"
        assert found["Signature"] == "ok"
        assert found["Account"] == "skipped"
        assert "Seen: customer.test" in words
        # By what is in force, the very same visitor comes in.
        guest = drafter.admin.world.anonymous()
        drafter.site.send(guest)
        assert drafter.site.signed_in(guest) == "cleo@customer.test"

    @pytest.mark.parametrize("switched_on", [True, False], ids=["draft alone", "in force alone"])
    def test_a_dialect_is_judged_by_the_draft(self, drafter: Drafter, switched_on: bool) -> None:
        drafter.site.configure(dialects=["central"] if switched_on else ["central", "happyfox"])
        form = drafter.admin.form("/sign-in")
        for field in form.fields["dialect"]:
            field.checked = field._value == "central" or (
                switched_on and field._value == "happyfox"
            )
        form.submit("into", value="draft", status=303)
        page = drafter.try_()
        assert outcomes(page)["Dialect is on"] == ("ok" if switched_on else "fail")

    def test_ways_in_are_judged_by_the_draft(self, drafter: Drafter) -> None:
        form = drafter.admin.form("/sign-in/methods")
        for field in form.fields["on"]:
            field.checked = field._value in ("remote_login", "local_password")
        form.submit("into", value="draft", status=303)
        page = drafter.try_()
        assert outcomes(page)["Dialect is on"] == "fail"
        assert "Signing in with tokens is switched off as a whole." in said(page)

    @pytest.mark.parametrize(
        ("token", "failed"),
        [("nonsense", "Three parts, strict JSON"), ("", "One token, of a sensible size")],
    )
    def test_what_is_no_token_leads_there_too(
        self, drafter: Drafter, token: str, failed: str
    ) -> None:
        drafter.draft(leeway="10")
        attempts = drafter.count(SsoAttempt)
        page = drafter.try_(token=token)
        assert outcomes(page)[failed] == "fail"
        assert drafter.count(SsoAttempt) == attempts
        assert drafter.count(PendingLogin) == 0
        assert "The test failed" in banner(page)

    def test_a_wrong_key_is_explained(self, drafter: Drafter) -> None:
        drafter.draft(leeway="10")
        page = drafter.try_(secret="another secret of more than 32 bytes.")
        assert outcomes(page)["Signature"] == "fail"
        assert "token_signature_invalid" in said(page)
        action, _, details = drafter.admin.last()
        assert (action, details) == (
            "signin.draft_tested",
            {"result": [None, "token_signature_invalid"]},
        )

    def test_is_not_throttled_and_does_not_count(self, drafter: Drafter) -> None:
        drafter.draft(leeway="10")
        guest = drafter.admin.world.anonymous()
        drafter.site.send(guest, token="a.b.c")
        address = drafter.site.last().ip

        def refused_tokens(more: int) -> int:
            with drafter.admin.world.factory.session(drafter.site.tenant.id) as db:
                throttles = Throttles(db, drafter.site.tenant.id)
                for _ in range(more):
                    throttles.count(REFUSED_TOKENS, address)
                return db.scalars(
                    select(Throttle.attempts).where(Throttle.tenant_id == drafter.site.tenant.id)
                ).one()

        before = refused_tokens(0)
        drafter.try_(token="a.b.c")
        assert refused_tokens(0) == before
        refused_tokens(REFUSED_TOKENS.attempts)
        assert drafter.site.send(guest).status_int == 429
        assert "The sign-in would work." in said(drafter.try_())

    def test_a_form_from_the_companys_site_is_looked_at_one_redirect_later(
        self, drafter: Drafter
    ) -> None:
        drafter.draft(leeway="10")
        drafter.press("try-draft")
        cookie = drafter.browser.cookies.copy()
        drafter.browser.reset()
        answer = drafter.browser.post(
            drafter.admin.world.url("/jwt/"),
            {"token": drafter.site.token()},
            headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
            status=303,
        )
        assert answer.location.endswith("/login/continue")
        for name, value in cookie.items():
            drafter.browser.set_cookie(name, value.strip('"'))
        answer = answer.follow(status=303)
        assert answer.location.endswith("/settings/sign-in/tested")
        page = answer.follow(status=200)
        assert "The sign-in would work." in said(page)
        assert set(outcomes(page).values()) == {"ok"}
        # The token is not used up, and waits no longer.
        again = drafter.browser.get(drafter.admin.world.url("/login/continue"), status=303)
        assert again.location.endswith("/login")
        assert drafter.site.signed_in(drafter.browser) == "ada@acme.test"

    def test_a_prefetch_does_not_end_it(self, drafter: Drafter) -> None:
        drafter.draft("/accounts", allowed_email_domains="acme.test")
        drafter.press("try-draft")
        attempts = drafter.count(SsoAttempt)
        for token in (drafter.site.token(email="ada@acme.test"), drafter.site.token(), "a.b.c"):
            drafter.browser.get(
                drafter.admin.world.url("/jwt/"),
                {"token": token},
                headers={"Sec-Purpose": "prefetch"},
                expect_errors=True,
            )
        assert drafter.count(PendingLogin) == 1
        assert drafter.count(SsoAttempt) == attempts
        row = drafter.kept()
        assert row is not None
        assert row.test is None

    def test_state_and_nonce_are_the_browsers(self, drafter: Drafter) -> None:
        """A dialect whose sign-ins start here gets them from the button."""
        form = drafter.admin.form("/sign-in")
        for field in form.fields["dialect"]:
            field.checked = field._value in ("central", "freshworks")
        form["client_id"], form["authorization_url"] = "acme-desk", "https://www.acme.test/oidc"
        form["primary_dialect"] = "freshworks"
        form.submit("into", value="draft", status=303)
        away = drafter.press("try-draft").location
        assert away.startswith("https://www.acme.test/oidc?")
        assert "state=" in away
        assert "nonce=" in away

    def test_somebody_else_in_the_browser_is_just_signed_in(self, drafter: Drafter) -> None:
        """The mark is the browser's and the admin's: without a session it is no test."""
        drafter.draft(leeway="10")
        drafter.press("try-draft")
        drafter.admin.look(lambda db, t: db.execute(_end_sessions(t.id)))
        drafter.site.send(drafter.browser)
        assert drafter.site.signed_in(drafter.browser) == "cleo@customer.test"
        row = drafter.kept()
        assert row is not None
        assert row.test is None

    def test_an_admin_without_a_mark_is_asked_as_ever(self, drafter: Drafter) -> None:
        drafter.draft(leeway="10")
        assert drafter.site.send(drafter.browser).location.endswith("/login/switch")

    def test_a_draft_that_is_gone_leaves_nothing(self, drafter: Drafter) -> None:
        drafter.draft(leeway="10")
        drafter.press("try-draft")
        drafter.press("discard-draft")
        answer = drafter.site.send(drafter.browser)
        page = answer.follow(status=303).follow(status=200)
        assert "There is no draft any more" in said(page)
        assert drafter.site.signed_in(drafter.browser) == "ada@acme.test"

    def test_is_outdated_once_the_draft_is_changed(self, drafter: Drafter) -> None:
        drafter.draft(leeway="10")
        assert "The test passed" in banner(drafter.try_())
        drafter.draft(leeway="30")
        page = drafter.admin.get("/sign-in/tested")
        assert "Changed since the test" in banner(page)
        assert "The draft was changed since this test." in said(page)

    def test_and_once_what_is_in_force_beside_it_is(self, drafter: Drafter) -> None:
        drafter.draft(leeway="10")
        drafter.try_()
        drafter.site.configure(blocked_email_domains=["evil.test"])
        assert "Changed since the test" in banner(drafter.admin.get("/sign-in"))

    def test_a_draft_without_a_login_cannot_be_tried(self, drafter: Drafter) -> None:
        drafter.draft(remote_login_url="https://www.acme.test/x")
        form = drafter.admin.form("/sign-in", "/sign-in/try-draft")
        drafter.draft(remote_login_url="")
        page = drafter.admin.get("/sign-in")
        assert "The draft has no login page of yours to go to" in banner(page)
        assert "Test it" not in banner(page)
        assert "The draft has no login page of yours" in said(form.submit(status=303).follow())

    def test_before_any_the_page_says_how(self, drafter: Drafter) -> None:
        drafter.draft(leeway="10")
        assert "Not tested yet" in said(drafter.admin.get("/sign-in/tested"))

    def test_warns_of_what_only_making_the_account_shows(self, drafter: Drafter) -> None:
        form = drafter.admin.form("/sign-in")
        for field in form.fields["dialect"]:
            field.checked = True
        form["company_id"] = f"comp_{drafter.admin.world.slug}"
        form.submit("into", value="draft", status=303)
        page = drafter.try_(
            "/api/auth/sso",
            companyId=f"comp_{drafter.admin.world.slug}",
            projectId="proj_nowhere",
            email="somebody.new@customer.test",
        )
        assert "The sign-in would work." in said(page)
        assert "project" in said(page).lower()
        assert drafter.site.user("somebody.new@customer.test") is None
