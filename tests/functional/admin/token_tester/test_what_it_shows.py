"""Settings: a token is tested, and every check is shown."""

import time

import pytest
import time_machine
from webtest import TestApp, TestResponse

from tests.functional.admin.conftest import Admin
from tests.functional.admin.token_tester.conftest import (
    ALL_PASSED,
    LEFT_OUT,
    PAGE,
    PASSED,
    STEPS,
    put,
    states,
    words,
)
from tests.functional.signin.conftest import Site


class TestWhatItShows:
    def test_a_good_token_and_whom_it_would_sign_in(self, admin: Admin, site: Site) -> None:
        page = put(admin, site.token(redirect_url="/tickets/42"), dialect="central")
        assert states(page) == ALL_PASSED
        said = words(page)
        assert "This token would sign somebody in." in said
        assert "Cleo Customer" in said
        assert "cleo@customer.test" in said
        assert "/tickets/42" in said
        assert "None yet" not in said
        assert '"redirect_url": "/tickets/42"' in page.html.select("pre")[1].get_text()
        assert "just now" in said

    def test_somebody_new_would_be_given_an_account(self, admin: Admin, site: Site) -> None:
        page = put(admin, site.token(email="new@customer.test", role="agent"), dialect="central")
        assert "None yet: one would be made" in words(page)
        assert "Asked for a higher role than a token may give" in words(page)
        assert site.user("new@customer.test") is None

    def test_what_only_making_the_account_shows(self, admin: Admin, site: Site) -> None:
        """An unknown organisation is noticed when the account is made; here it is not kept."""
        site.configure(dialects=["zendesk"], primary_dialect="zendesk")
        page = put(admin, site.token(email="new@customer.test", organization="Nobody Ltd"))
        assert "The organisation does not exist" in words(page)
        assert site.user("new@customer.test") is None

    def test_the_first_failure_ends_it(self, admin: Admin, site: Site) -> None:
        page = put(admin, site.token(secret="your-256-bit-secret"), dialect="central")
        assert states(page) == [PASSED] * 5 + ["Failed"] + ["Not reached"] * 9
        assert "placeholder of a sample" in words(page)
        assert "token_signature_invalid" in words(page)
        assert "A sign-in would have ended here" not in words(page)

    def test_the_guide_explains_the_code(self, admin: Admin, site: Site) -> None:
        for page in (
            put(admin, site.token(secret="x" * 40), dialect="central"),
            _refused_and_read(admin, site),
        ):
            link = page.html.select_one(".fix a[href*='/guide#']")
            url, _, code = link["href"].partition("#")
            assert code == "token_signature_invalid"
            assert admin.browser.get(url).html.find(id=code) is not None

    def test_an_old_token_is_looked_at_to_its_end(self, admin: Admin, site: Site) -> None:
        old = int(time.time()) - 900
        page = put(admin, site.token(iat=old, exp=old + 120), dialect="central")
        assert states(page) == [PASSED] * 7 + ["Failed"] + [PASSED] * 5 + [LEFT_OUT] * 2
        said = words(page)
        assert "The token had expired" in said
        assert "A sign-in would have ended here. The rest was looked at all the same." in said
        assert "All else is right. A fresh token of this kind would sign in: " in said
        assert page.html.select_one(".checks > .ended").find_next("h3").get_text() == STEPS[8]

    def test_a_used_token_says_when_and_by_which_sign_in(
        self, admin: Admin, site: Site, browser: TestApp
    ) -> None:
        raw = site.token()
        site.send(browser, token=raw)
        page = put(admin, raw, dialect="happyfox")
        assert states(page)[9:11] == ["Failed", PASSED]
        link = page.html.select_one(".fix a[href*='log?q=']")
        assert link.get_text() == site.last().reference
        line = page.click(site.last().reference, index=0)
        assert line.html.select_one("details.log-row").has_attr("open")

    def test_both_at_once(self, admin: Admin, site: Site, browser: TestApp) -> None:
        """Used, and expired since: each says so, and the first is the verdict."""
        now = int(time.time())
        raw = site.token(iat=now, exp=now + 300)
        assert site.send(browser, "/auth/callback", token=raw).status_int == 303
        with time_machine.travel(now + 310):
            page = put(admin, raw, dialect="central")
        assert states(page)[7:10] == ["Failed", PASSED, "Failed"]
        assert page.html.select_one(".fix code").get_text() == "token_expired"

    @pytest.mark.parametrize(
        ("policy", "sentence"),
        [("deny", "Only sign-ins that start here"), ("confirm", "asked first whether it is them")],
    )
    def test_what_belongs_to_a_browser_is_not_checked(
        self, admin: Admin, site: Site, policy: str, sentence: str
    ) -> None:
        site.configure(unsolicited=policy)
        page = put(admin, site.token(), dialect="central")
        assert states(page) == ALL_PASSED
        assert sentence in words(page)

    def test_claims_are_shown_as_text_and_never_as_markup(self, admin: Admin, site: Site) -> None:
        raw = site.token(name="<b>x</b>", note="</pre><script>1</script>\u202egnp.exe")
        page = put(admin, raw, dialect="central")
        shown = page.html.select("pre")[1].get_text()
        assert "</pre><script>1</script>\\u202egnp.exe" in shown
        assert "\u202e" not in page.text
        assert "<script>1" not in page.text

    @pytest.mark.parametrize("junk", ["x", "a.b.c", "..", "%", "token=%ff", "http://[", "é" * 9000])
    def test_junk_is_answered(self, admin: Admin, junk: str) -> None:
        assert "Failed" in states(put(admin, junk))

    def test_nothing_is_asked_for(self, admin: Admin) -> None:
        page = put(admin, " ", status=422)
        assert "Paste a token, or the whole address that brought it." in page.text

    def test_the_dialects_that_are_on_come_first(self, admin: Admin) -> None:
        names = [option["value"] for option in admin.get(PAGE).html.select("#dialect option")]
        assert names[:2] == ["central", "happyfox"]
        assert len(names) == len(set(names)) == 7


def _refused_and_read(admin: Admin, site: Site) -> TestResponse:
    """The sign-in log, after a refused sign-in."""
    site.send(admin.world.anonymous(), secret="x" * 40)
    return admin.get("/sign-in/log")
