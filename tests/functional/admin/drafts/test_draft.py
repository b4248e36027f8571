"""A draft of the sign-in settings: what is in it, and what it leaves alone."""

import pytest

from tests.functional.admin.conftest import errors
from tests.functional.admin.drafts.conftest import NEW_LOGIN, Drafter, banner, said
from tests.functional.signin.conftest import REMOTE_LOGIN


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
