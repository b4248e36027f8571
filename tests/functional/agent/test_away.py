"""Out of office."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update
from webtest.response import TestResponse

from portal.people.away import AwayForm, is_away
from portal.people.models import User
from tests.factories import World
from tests.functional.admin.conftest import Admin, form_of
from tests.functional.agent.conftest import property_form

NOW = datetime(2026, 12, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("begins", "ends", "away"),
    [
        (None, None, False),
        (-HOUR, None, True),
        (-HOUR, HOUR, True),
        (HOUR, None, False),
        (-2 * HOUR, -HOUR, False),
        (timedelta(0), HOUR, True),
        (-HOUR, timedelta(0), False),
    ],
)
def test_the_hours_decide(begins: timedelta | None, ends: timedelta | None, away: bool) -> None:
    user = User(
        away_from=None if begins is None else NOW + begins,
        away_until=None if ends is None else NOW + ends,
    )
    assert is_away(user, NOW) is away


def test_days_begin_and_end_where_the_person_lives() -> None:
    zone = ZoneInfo("America/New_York")
    user = User()
    first, last = date(2126, 12, 24), date(2126, 12, 26)
    AwayForm(data={"first": first, "last": last}).populate(user, zone)
    assert user.away_from == datetime(2126, 12, 24, 5, tzinfo=UTC)
    assert user.away_until == datetime(2126, 12, 27, 5, tzinfo=UTC)
    again = AwayForm.of(user, zone)
    assert (again.first.data, again.last.data) == (first, last)


def test_an_agent_plans_is_reminded_and_comes_back(world: World) -> None:
    ben = world.browser("ben")
    action = world.url("/profile/away")
    form = form_of(ben.get(world.url("/profile")), action)
    form["first"], form["last"] = "2126-12-24", "2126-12-20"
    page = form.submit(status=422)
    assert "The last day is before the first." in page.text
    assert form_of(page, action)["last"].value == "2126-12-20"
    form["first"], form["last"] = "2020-12-24", "2126-12-26"
    assert "You are out of office until" in form.submit(status=303).follow().text
    page = ben.get(world.url("/people"))
    assert "You are out of office until" in page.text
    form_of(page, action).submit("back", status=303)
    assert "You are out of office until" not in ben.get(world.url("/people")).text


def test_customers_have_no_such_days(world: World) -> None:
    cleo = world.browser("cleo")
    page = cleo.get(world.url("/profile"))
    assert "Out of office" not in page.text
    token = page.html.select_one("input[name=csrf_token]")["value"]
    cleo.post(world.url("/profile/away"), {"csrf_token": token, "first": "2020-01-01"}, status=403)


def test_an_admin_plans_it_for_somebody(world: World) -> None:
    admin = Admin(world)
    path = f"/people/{admin.user('ben').id}"
    admin.fill(path, action=f"{path}/away", first="2126-12-24")
    assert admin.user("ben").away_from is not None
    assert admin.user("ben").away_until is None
    action, target, details = admin.last()
    assert (action, target) == ("person.changed", "ben@acme.test")
    assert details["away"][0] == []
    admin.form(path, f"{path}/away").submit("back", status=303)
    assert admin.user("ben").away_from is None
    assert "Out of office" not in admin.get(f"/people/{admin.user('cleo').id}").text


class TestByHand:
    """Whoever gives a ticket to somebody who is out of office is told, and may do it."""

    TOLD = "Bea Agent is out of office until 26 December 2126."
    CHOICE = "Bea Agent (out of office until 26 Dec 2126)"

    @pytest.fixture
    def bea(self, world: World) -> int:
        """Her key. She is out of office for long."""
        key = world.seed.users["bea"].id
        until = datetime(2126, 12, 27, tzinfo=UTC)
        with world.factory.session(world.seed.tenant.id) as db:
            db.execute(
                update(User)
                .where(User.id == key)
                .values(away_from=NOW - 400 * 24 * HOUR, away_until=until)
            )
        return key

    def alerts(self, page: TestResponse) -> list[str]:
        return [" ".join(tag.strings).strip() for tag in page.html.select(".flashes .alert")]

    def test_on_the_page_of_a_ticket(self, world: World, bea: int) -> None:
        path = world.url(f"/tickets/{world.ticket().number}")
        ben = world.browser("ben")
        page = ben.get(path)
        form = property_form(page, "assignee")
        assert self.CHOICE in [words for _, _, words in form["assignee"].options]
        form["assignee"] = str(bea)
        assert self.TOLD in "".join(self.alerts(form.submit().follow()))

    def test_in_the_form_of_a_new_ticket(self, world: World, bea: int) -> None:
        page = world.browser("ben").get(world.url("/tickets/new"))
        form = next(each for each in page.forms.values() if "requester" in each.fields)
        assert self.CHOICE in [words for _, _, words in form["assignee"].options]
        form["requester"], form["subject"] = "cleo@customer.test", "By telephone"
        form["body"], form["assignee"] = "It hums.", str(bea)
        page = form.submit(status=303).follow()
        assert self.TOLD in "".join(self.alerts(page))
        assert property_form(page, "assignee")["assignee"].value == str(bea)

    def test_for_many_at_once(self, world: World, bea: int) -> None:
        number = world.ticket().number
        page = world.browser("ben").get(world.url("/tickets"))
        form = next(each for each in page.forms.values() if each.action.endswith("/bulk"))
        assert self.CHOICE in form.text
        form["number"] = [str(number)]
        page = form.submit("do", value=f"assignee:{bea}", status=303).follow()
        assert self.TOLD in "".join(self.alerts(page))
