"""A draft is made live, and what was live before comes back."""

from tests.factories import TenantFactory
from tests.functional.admin.drafts.conftest import Drafter, banner, said
from tests.queries import QueryCounter


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
