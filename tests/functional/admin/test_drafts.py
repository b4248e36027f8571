"""A draft of the sign-in settings: prepared, tried with a real sign-in, made live, undone."""

from typing import Any

import pytest
from sqlalchemy import Delete, delete, func, select
from webtest import TestResponse

from portal.people.models import User
from portal.security.models import Session, Throttle
from portal.signin.models import PendingLogin, SsoAttempt, SsoDraft, SsoReplay
from portal.signin.throttles import REFUSED_TOKENS, Throttles
from tests.factories import TenantFactory, World
from tests.functional.admin.conftest import Admin, errors
from tests.functional.signin.conftest import REMOTE_LOGIN, Site
from tests.queries import QueryCounter

NEW_LOGIN = "https://login.acme.test/sso"


@pytest.fixture
def site(world: World) -> Site:
    """The tenant's website."""
    return Site(world)


class Drafter:
    """Ada with a site that signs people in, and what she does to the draft."""

    def __init__(self, admin: Admin, site: Site) -> None:
        self.admin = admin
        self.site = site
        self.browser = admin.browser

    def draft(self, path: str = "", status: int = 303, **values: object) -> TestResponse:
        """Fill in a tab and save it as a draft."""
        form = self.admin.form(f"/sign-in{path}")
        for name, value in values.items():
            form[name] = value
        if "into" in form.fields and form.fields["into"][0].attrs.get("type") == "hidden":
            return form.submit(status=status)
        return form.submit("into", value="draft", status=status)

    def press(self, action: str, path: str = "/sign-in", status: int = 303) -> TestResponse:
        """Press a button of the banner."""
        return self.admin.press(path, f"/sign-in/{action}", status=status)

    def try_(self, path: str = "/jwt/", **claims: Any) -> TestResponse:
        """Press "Test it", and come back with a token. Gives the page with the result."""
        away = self.press("try-draft")
        assert not away.location.startswith("http://localhost")
        answer = self.site.send(self.browser, path, **claims)
        assert (answer.status_int, answer.body) == (303, b"")
        assert answer.location == f"http://localhost{self.admin.url('/sign-in/tested')}"
        assert answer.headers["Cache-Control"] == "no-store"
        return answer.follow(status=200)

    def kept(self) -> SsoDraft | None:
        """The draft's row."""
        row: SsoDraft | None = self.admin.look(lambda db, tenant: db.get(SsoDraft, tenant.id))
        return row

    def count(self, kind: Any) -> int:
        """How many rows of a kind the tenant has."""
        number: int = self.admin.look(
            lambda db, tenant: db.scalar(
                select(func.count()).select_from(kind).where(kind.tenant_id == tenant.id)
            )
        )
        return number


@pytest.fixture
def drafter(admin: Admin, site: Site) -> Drafter:
    """Ada, and her company's site."""
    return Drafter(admin, site)


def said(page: TestResponse) -> str:
    """The words of a page."""
    return " ".join(page.html.get_text(" ").split())


def banner(page: TestResponse) -> str:
    """The words above the tab; empty where nothing stands there."""
    found = page.html.select_one(".above")
    return " ".join(found.get_text(" ").split()) if found else ""


def outcomes(page: TestResponse) -> dict[str, str]:
    """The checks of a result: how each ended."""
    found = {}
    for item in page.html.select("ol.trace > li"):
        found[item.span.get_text()] = (item.get("class") or ["ok"])[0]
    return found


class TestDraft:
    def test_is_not_in_force(self, drafter: Drafter) -> None:
        drafter.draft(remote_login_url=NEW_LOGIN, leeway="30")
        config = drafter.admin.config()
        assert (config.remote_login_url, config.leeway) == (REMOTE_LOGIN, 0)
        row = drafter.kept()
        assert row is not None
        assert row.values == {
            "remote_login_url": [REMOTE_LOGIN, NEW_LOGIN],
            "leeway": [0, 30],
        }
        assert row.updated_by == "Ada Admin"
        action, _, details = drafter.admin.last()
        assert (action, details["leeway"]) == ("signin.draft_saved", [0, 30])

    def test_is_shown_by_every_form_and_above_every_tab(self, drafter: Drafter) -> None:
        drafter.draft(remote_login_url=NEW_LOGIN)
        drafter.draft("/sessions", staff_idle_seconds="14400")
        form = drafter.admin.form("/sign-in")
        assert form["remote_login_url"].value == NEW_LOGIN
        assert drafter.admin.form("/sign-in/sessions")["staff_idle_seconds"].value == "14400"
        for tab in ("", "/keys", "/methods", "/accounts", "/sessions", "/history", "/log"):
            words = banner(drafter.admin.get(f"/sign-in{tab}"))
            assert "A draft with 2 changes, not in force yet" in words, tab
            assert f"Remote login URL {REMOTE_LOGIN} → {NEW_LOGIN}" in words
            assert "Team: without activity 1 hour → 4 hours" in words
            assert "Changed last by Ada Admin" in words
            assert "Never tested" in words

    def test_what_engineers_copy_is_the_drafts(self, drafter: Drafter) -> None:
        drafter.draft(remote_login_url=NEW_LOGIN)
        page = drafter.admin.get("/sign-in")
        assert "With this draft, the link leads to:" in page.text
        assert page.html.select_one("pre.code").get_text().startswith(NEW_LOGIN)

    def test_with_it_a_form_saves_to_it(self, drafter: Drafter) -> None:
        drafter.draft(leeway="10")
        page = drafter.admin.get("/sign-in/accounts")
        buttons = [tag.get_text(strip=True) for tag in page.html.select(".savebar button")]
        assert buttons == ["Save the draft"]
        drafter.admin.fill("/sign-in/accounts", provisioning="existing")
        assert drafter.admin.config().provisioning == "create"
        row = drafter.kept()
        assert row is not None
        assert set(row.values) == {"leeway", "provisioning"}

    def test_ways_to_sign_in_are_drafted_too(self, drafter: Drafter) -> None:
        drafter.draft(leeway="10")
        form = drafter.admin.form("/sign-in/methods")
        for field in form.fields["on"]:
            field.checked = field._value == "jwt_sso"
        form.submit(status=303)
        assert "remote_login" in drafter.admin.tenant().authenticators
        assert "Ways to sign in API key" in banner(drafter.admin.get("/sign-in"))
        drafter.press("promote", status=200)
        assert "remote_login" in drafter.admin.tenant().authenticators

    def test_what_is_set_back_is_no_change(self, drafter: Drafter) -> None:
        drafter.draft(leeway="10")
        drafter.draft(leeway="0")
        assert drafter.kept() is None
        assert drafter.admin.last()[0] == "signin.draft_discarded"

    def test_without_a_difference_there_is_none(self, drafter: Drafter) -> None:
        answer = drafter.draft()
        assert drafter.kept() is None
        assert "so there is no draft" in said(answer.follow())

    def test_wrong_answers_are_said_and_kept(self, drafter: Drafter) -> None:
        page = drafter.draft(remote_login_url="nonsense", status=422)
        assert errors(page) == ["Write a whole address, such as https://www.example.com/login."]
        assert page.html.select_one("#remote_login_url")["value"] == "nonsense"
        assert drafter.kept() is None

    def test_is_discarded(self, drafter: Drafter) -> None:
        drafter.draft(leeway="10")
        page = drafter.press("discard-draft").follow()
        assert "The draft is discarded. Nothing has changed." in said(page)
        assert drafter.kept() is None
        assert banner(page) == ""
        assert drafter.admin.last()[0] == "signin.draft_discarded"

    @pytest.mark.parametrize("action", ["promote", "discard-draft", "try-draft"])
    def test_that_is_gone_is_said(self, drafter: Drafter, action: str) -> None:
        drafter.draft(leeway="10")
        form = drafter.admin.form("/sign-in", f"/sign-in/{action}")
        drafter.press("discard-draft")
        page = form.submit(status=303).follow()
        assert "There is no draft any more" in said(page)

    def test_a_page_that_is_old_overwrites_nothing_silently(self, drafter: Drafter) -> None:
        form = drafter.admin.form("/sign-in/sessions")
        drafter.draft("/sessions", staff_idle_seconds="14400")
        form["session_idle_seconds"] = "900"
        page = form.submit(status=409)
        assert "Somebody changed these settings since you opened this page." in said(page)
        assert page.html.select_one("#session_idle_seconds option[selected]")["value"] == "900"
        row = drafter.kept()
        assert row is not None
        assert set(row.values) == {"staff_idle_seconds"}
        assert drafter.admin.config().session_idle_seconds != 900


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


class TestPromote:
    def test_a_passed_test_promotes_at_once(self, drafter: Drafter) -> None:
        drafter.draft(leeway="30")
        drafter.draft("/sessions", staff_idle_seconds="14400")
        drafter.try_()
        page = drafter.press("promote").follow()
        assert "The draft is in force now." in said(page)
        config = drafter.admin.config()
        assert (config.leeway, config.staff_idle_seconds) == (30, 14_400)
        assert drafter.kept() is None
        action, _, details = drafter.admin.last()
        assert action == "signin.promoted"
        assert details == {"leeway": [0, 30], "staff_idle_seconds": [3600, 14_400]}

    def test_an_untested_draft_asks_first(self, drafter: Drafter) -> None:
        drafter.draft(leeway="30")
        page = drafter.press("promote", status=200)
        assert "This draft was never tested." in said(page)
        assert drafter.admin.config().leeway == 0
        form = next(f for f in page.forms.values() if "anyway" in f.fields)
        form.submit(status=303)
        assert drafter.admin.config().leeway == 30

    def test_a_failed_test_is_named(self, drafter: Drafter) -> None:
        drafter.draft("/accounts", allowed_email_domains="acme.test")
        drafter.try_()
        page = drafter.press("promote", status=200)
        assert "The last test failed" in said(page)

    def test_an_outdated_test_is_named(self, drafter: Drafter) -> None:
        drafter.draft(leeway="30")
        drafter.try_()
        drafter.draft(leeway="10")
        page = drafter.press("promote", status=200)
        assert "The settings were changed since the last test." in said(page)

    def test_what_others_changed_meanwhile_stays(self, drafter: Drafter) -> None:
        drafter.draft(leeway="30")
        drafter.site.configure(provisioning="existing")
        page = drafter.press("promote", status=200)
        next(f for f in page.forms.values() if "anyway" in f.fields).submit(status=303)
        config = drafter.admin.config()
        assert (config.leeway, config.provisioning) == (30, "existing")

    def test_the_same_setting_changed_meanwhile_is_shown(self, drafter: Drafter) -> None:
        drafter.draft(leeway="30")
        drafter.try_()
        drafter.site.configure(leeway=10)
        page = drafter.press("promote", status=409)
        words = said(page)
        assert "Changed in the meantime" in words
        assert "when it was drafted 0 seconds" in words
        assert "in force now 10 seconds" in words
        assert "in the draft 30 seconds" in words
        assert drafter.admin.config().leeway == 10
        next(f for f in page.forms.values() if "anyway" in f.fields).submit(status=303)
        assert drafter.admin.config().leeway == 30

    def test_a_conflict_that_was_looked_at_is_none_any_more(self, drafter: Drafter) -> None:
        drafter.draft(leeway="30")
        drafter.site.configure(leeway=10)
        assert "changed after it was drafted" in banner(drafter.admin.get("/sign-in"))
        drafter.draft(leeway="60")
        assert "changed after it was drafted" not in banner(drafter.admin.get("/sign-in"))

    def test_a_draft_that_was_changed_under_the_button_is_shown(self, drafter: Drafter) -> None:
        drafter.draft(leeway="30")
        drafter.try_()
        form = drafter.admin.form("/sign-in", "/sign-in/promote")
        drafter.draft(leeway="60")
        page = form.submit(status=409)
        assert "The draft or the settings were changed since you opened the page." in said(page)
        assert drafter.admin.config().leeway == 0

    def test_what_does_not_fit_together_any_more_is_refused(self, drafter: Drafter) -> None:
        drafter.draft(primary_dialect="happyfox")
        drafter.site.configure(dialects=["central"])
        page = drafter.press("promote", status=200)
        page = next(f for f in page.forms.values() if "anyway" in f.fields).submit(status=409)
        assert "is not among the dialects that are on." in said(page)
        assert drafter.admin.config().primary_dialect == "central"

    def test_an_id_that_another_tenant_took_meanwhile_is_refused(
        self, drafter: Drafter, tenants: TenantFactory
    ) -> None:
        wanted = f"comp_{drafter.admin.world.slug}"
        drafter.draft(company_id=wanted)
        other = tenants.create().tenant
        with tenants.session(other.id) as db:
            db.merge(other).company_id = wanted
        page = drafter.press("promote", status=200)
        page = next(f for f in page.forms.values() if "anyway" in f.fields).submit(status=409)
        assert "Another help desk of this portal has this ID." in said(page)
        assert drafter.admin.tenant().company_id is None

    def test_the_address_of_the_question_leads_back(self, drafter: Drafter) -> None:
        page = drafter.admin.get("/sign-in/promote", status=303)
        assert page.location.endswith("/settings/sign-in")


class TestOthers:
    @pytest.mark.parametrize("first", ["ben", "cleo"])
    @pytest.mark.parametrize("action", ["promote", "tested", "history"])
    def test_have_nothing_to_do_with_it(self, drafter: Drafter, first: str, action: str) -> None:
        drafter.draft(leeway="30")
        browser = drafter.admin.world.browser(first)
        browser.get(drafter.admin.url(f"/sign-in/{action}"), status=[403, 404])
        row = drafter.kept()
        assert row is not None

    def test_an_agents_mark_would_be_worth_nothing(self, drafter: Drafter) -> None:
        """Were an agent's browser marked, its tokens would be judged as ever."""
        drafter.draft("/accounts", allowed_email_domains="acme.test")
        drafter.press("try-draft")
        drafter.site.change("ada", role="agent")
        drafter.site.send(drafter.browser)
        row = drafter.kept()
        assert row is not None
        assert row.test is None


def test_a_tab_makes_few_queries_with_a_draft_and_a_history(
    drafter: Drafter, count_queries: QueryCounter
) -> None:
    for seconds in ("900", "1800", "3600", "7200"):
        drafter.admin.fill("/sign-in/sessions", session_idle_seconds=seconds)
    drafter.draft(leeway="30")
    drafter.try_()
    for tab, most in (("", 14), ("/history", 14), ("/tested", 14), ("/sessions", 14)):
        count_queries.reset()
        drafter.admin.get(f"/sign-in{tab}")
        assert len(count_queries) <= most, f"{tab}: {count_queries}"


def _end_sessions(tenant_id: int) -> Delete:
    return delete(Session).where(Session.tenant_id == tenant_id)
