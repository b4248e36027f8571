"""One's own page: language, time zone, name, sessions; and the appearance, for everybody."""

import re

import pytest
from sqlalchemy import update
from webtest.response import TestResponse

from portal.people.models import User
from portal.security.models import Session
from tests.functional.customer.conftest import Desk, form_to


def profile(desk: Desk) -> TestResponse:
    """Cleo's page."""
    return desk.get("/profile")


def user(desk: Desk) -> User:
    """Cleo, as she is now."""
    found: list[User] = desk.rows(User, User.email == "cleo@customer.test")
    return found[0]


class TestSettings:
    def test_language_and_time_zone(self, desk: Desk) -> None:
        form = form_to(profile(desk), "/profile")
        form["locale"], form["timezone"] = "de", "Asia/Kathmandu"
        page = form.submit().follow()
        assert page.html.html["lang"] == "de"
        assert (user(desk).locale, user(desk).timezone) == ("de", "Asia/Kathmandu")
        page = desk.thread(desk.ticket())
        stamp = page.html.select_one("time")
        assert stamp["datetime"].endswith("+00:00")
        hour, minute = map(int, re.findall(r"T(\d\d):(\d\d)", stamp["datetime"])[0])
        here = (hour * 60 + minute + 5 * 60 + 45) % (24 * 60)
        assert f"{here // 60:02}:{here % 60:02}" in stamp["title"]

    def test_places_are_called_as_the_reader_calls_them(self, desk: Desk) -> None:
        def vienna(page: TestResponse) -> str:
            return str(page.html.select_one("option[value='Europe/Vienna']").get_text())

        page = profile(desk)
        assert vienna(page) == "Vienna"
        form = form_to(page, "/profile")
        form["locale"] = "de"
        page = form.submit().follow()
        assert vienna(page) == "Wien"
        europe = [each.get_text() for each in page.html.select("optgroup[label='Europa'] option")]
        assert europe.index("Brüssel") < europe.index("Budapest") < europe.index("Wien")

    def test_back_to_the_defaults(self, desk: Desk) -> None:
        form = form_to(profile(desk), "/profile")
        form["locale"], form["timezone"] = "de", "Asia/Kathmandu"
        form = form_to(form.submit().follow(), "/profile")
        form["locale"], form["timezone"] = "", ""
        assert form.submit().follow().html.html["lang"] == "en"
        assert (user(desk).locale, user(desk).timezone) == (None, None)

    @pytest.mark.parametrize(
        ("field", "value"), [("locale", "xx"), ("timezone", "Mars/Base"), ("timezone", "../etc")]
    )
    def test_what_is_not_offered_is_refused(self, desk: Desk, field: str, value: str) -> None:
        form = form_to(profile(desk), "/profile")
        form[field].force_value(value)
        page = form.submit(status=422)
        assert page.html.select_one(f"#{field}-error").get_text().strip() == (
            "Choose one of the list."
        )

    def test_a_zone_that_came_with_a_sign_in_survives_saving(self, desk: Desk) -> None:
        with desk.world.factory.session(desk.world.seed.tenant.id) as db:
            db.execute(update(User).values(timezone="US/Eastern"))
        form_to(profile(desk), "/profile").submit(status=303)
        assert user(desk).timezone == "US/Eastern"

    def test_the_name(self, desk: Desk) -> None:
        form = form_to(profile(desk), "/profile")
        form["name"] = "  "
        page = form.submit(status=422)
        assert page.html.select_one("#name-error").get_text().strip() == "Enter your name."
        form["name"] = " Cleo\tde  Merode "
        assert "Your profile is saved." in form.submit().follow()
        assert user(desk).name == "Cleo de Merode"

    def test_a_name_from_the_companys_site_cannot_be_changed_here(self, desk: Desk) -> None:
        with desk.world.factory.session(desk.world.seed.tenant.id) as db:
            db.execute(update(Session).values(authenticator="jwt_sso"))
        page = profile(desk)
        assert "Your name and address come from Acme Audio" in page
        form = form_to(page, "/profile")
        assert "name" not in form.fields
        fields = dict(form.submit_fields()) | {"name": "Somebody else"}
        desk.cleo.post(form.action, fields, status=303)
        assert user(desk).name == "Cleo Customer"


class TestSessions:
    def test_one_other_browser_is_signed_out(self, desk: Desk) -> None:
        other = desk.world.browser("cleo")
        third = desk.world.browser("cleo")
        page = profile(desk)
        rows = page.html.select(".rows li")
        assert len(rows) == 3
        assert "This browser" in rows[0].get_text()
        assert "Sign out" not in rows[0].get_text()
        (first, *_) = [form for form in page.forms.values() if form.action.endswith("/end-session")]
        assert "That browser is signed out." in first.submit().follow()
        alive = [
            browser.get(desk.world.url("/profile")).status_int == 200 for browser in (other, third)
        ]
        assert sorted(alive) == [False, True]
        assert len(desk.get("/profile").html.select(".rows li")) == 2

    def test_everywhere_else(self, desk: Desk) -> None:
        other = desk.world.browser("cleo")
        page = form_to(profile(desk), "/end-other-sessions").submit().follow()
        assert "You are signed out everywhere else." in page
        assert len(page.html.select(".rows li")) == 1
        assert other.get(desk.world.url("/profile")).status_int == 303

    @pytest.mark.parametrize("number", ["", "x", "0", "-1", "9" * 30, "own", "somebody else's"])
    def test_no_number_ends_another_session(self, desk: Desk, number: str) -> None:
        dora = desk.world.browser("dora")
        other = desk.world.browser("cleo")
        form = form_to(profile(desk), "/end-other-sessions")
        cleo_id, dora_id = (desk.world.seed.users[first].id for first in ("cleo", "dora"))
        if number == "own":
            page = profile(desk)
            offered = {field["value"] for field in page.html.select("[name=number]")}
            own = {str(row.number) for row in desk.rows(Session, Session.user_id == cleo_id)}
            (number,) = own - offered
        elif number == "somebody else's":
            (row,) = desk.rows(Session, Session.user_id == dora_id)
            number = str(row.number)
        fields = {"csrf_token": form["csrf_token"].value, "number": number}
        desk.cleo.post(desk.world.url("/profile/end-session"), fields, status=303)
        for browser in (desk.cleo, dora, other):
            browser.get(desk.world.url("/profile"), status=200)

    def test_staff_have_the_page_in_their_own_shell(self, desk: Desk) -> None:
        page = desk.get("/profile", desk.world.browser("ben"))
        assert page.html.select_one(".rail") is not None
        form_to(page, "/profile").submit(status=303)


class TestAppearance:
    def test_the_menu_sets_it_and_comes_back(self, desk: Desk) -> None:
        form = form_to(desk.get("/tickets?tab=closed"), "/profile/theme")
        sent = form.submit("theme", index=2)
        assert sent.location.endswith(desk.world.url("/tickets?tab=closed"))
        assert "portal_theme=dark" in sent.headers["Set-Cookie"]
        assert "HttpOnly" in sent.headers["Set-Cookie"]
        page = sent.follow()
        assert page.html.html["data-theme"] == "dark"
        page = form_to(page, "/profile/theme").submit("theme", index=0).follow()
        assert "data-theme" not in page.html.html.attrs

    def test_without_signing_in(self, desk: Desk) -> None:
        visitor = desk.world.anonymous()
        url = desk.world.url("/profile/theme")
        visitor.post(url, {"theme": "dark"}, status=400)
        page = visitor.get(desk.world.url("/login/local"))
        token = page.html.select_one("[name=csrf_token]")["value"]
        visitor.post(url, {"csrf_token": token, "theme": "dark"}, status=303)
        page = visitor.get(desk.world.url("/login/local"))
        assert page.html.html["data-theme"] == "dark"

    @pytest.mark.parametrize(
        "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "", "javascript:1"]
    )
    def test_it_comes_back_to_the_portal_only(self, desk: Desk, target: str) -> None:
        form = form_to(desk.get("/tickets"), "/profile/theme")
        form["return_to"] = target
        assert form.submit("theme", index=1).location == f"http://localhost{desk.world.url('/')}"
