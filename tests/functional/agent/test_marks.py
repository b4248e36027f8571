"""The small forms around a ticket, by mouse and without script."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from webtest.forms import Form
from webtest.response import TestResponse

from portal.people.models import Team, User
from portal.tickets.mark_models import TicketFollower, TicketStar, TicketTag
from portal.tickets.models import EventKind, State
from tests.functional.agent.conftest import Desk, property_form


def forms_to(page: TestResponse, name: str) -> list[Form]:
    """The forms that post to one view of the ticket."""
    found = {id(form): form for form in page.forms.values()}
    return [form for form in found.values() if form.action.partition("?")[0].endswith(f"/{name}")]


def chips(page: TestResponse, label: str) -> list[str]:
    """The chips of a list, by its label."""
    return [bdi.get_text() for bdi in page.html.select(f'ul[aria-label="{label}"] bdi')]


def error(page: TestResponse, name: str) -> str:
    """What is said beside a control that was filled in wrongly."""
    control = page.html.select_one(f"#{name}")
    assert control["aria-invalid"] == "true"
    said = page.html.select_one(f"#{control['aria-describedby'].split()[-1]}")
    return str(said.get_text()).strip()


class Ticket:
    """A ticket on ben's screen."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.number = desk.ticket()

    @property
    def page(self) -> TestResponse:
        return self.desk.get(f"/tickets/{self.number}")

    def add(self, view: str, field: str, value: str, status: int = 303) -> TestResponse:
        """Fill the field of a form in, and send it."""
        (form,) = [form for form in forms_to(self.page, view) if field in form.fields]
        form[field] = value
        return form.submit(status=status)


@pytest.fixture
def ticket(desk: Desk) -> Ticket:
    return Ticket(desk)


class TestTags:
    def test_they_are_added_suggested_and_taken_off(self, ticket: Ticket, desk: Desk) -> None:
        page = ticket.add("tags", "tag", "Billing, #hinge").follow()
        assert chips(page, "Tags") == ["billing", "hinge"]
        assert "added the tags" in page
        other = desk.get(f"/tickets/{desk.ticket()}")
        options = [option["value"] for option in other.html.select("#known-tags option")]
        assert options == ["billing", "hinge"]
        (off,) = [form for form in forms_to(page, "tags") if "billing" in form.text]
        assert chips(off.submit("remove").follow(), "Tags") == ["hinge"]

    def test_what_can_be_no_tag_is_said_beside_it_and_kept(self, ticket: Ticket) -> None:
        page = ticket.add("tags", "tag", "fine not<this>", status=422)
        assert "“not<this>” can be no tag" in error(page, "tag")
        assert page.html.select_one("#tag")["value"] == "fine not<this>"
        assert ticket.desk.rows(TicketTag) == []

    def test_there_is_a_limit(self, ticket: Ticket) -> None:
        words = " ".join(f"tag{number}" for number in range(21))
        assert error(ticket.add("tags", "tag", words, status=422), "tag") == "At most 20 tags."


def test_a_star_is_ones_own(ticket: Ticket, desk: Desk) -> None:
    (form,) = forms_to(ticket.page, "star")
    page = form.submit("on").follow()
    (star,) = desk.rows(TicketStar)
    assert star.user_id == desk.world.seed.users["ben"].id
    (form,) = forms_to(page, "star")
    assert 'aria-pressed="true"' in form.text
    theirs = desk.get(f"/tickets/{ticket.number}", desk.bea)
    assert 'aria-pressed="false"' in forms_to(theirs, "star")[0].text
    form.submit("on")
    assert desk.rows(TicketStar) == []


def test_following_and_no_longer(ticket: Ticket, desk: Desk) -> None:
    page = forms_to(ticket.page, "follow")[0].submit("on").follow()
    assert "Followed by Ben Agent" in page
    assert "Followed by" not in forms_to(page, "follow")[0].submit("on").follow()
    assert desk.rows(TicketFollower) == []


class TestCopies:
    @pytest.mark.parametrize("typed", ["dora@customer.test", "DORA Customer"])
    def test_by_address_or_name(self, ticket: Ticket, typed: str) -> None:
        page = ticket.add("cc", "person", typed).follow()
        assert chips(page, "In copy") == ["Dora Customer"]
        (off,) = [form for form in forms_to(page, "cc") if "remove" in form.fields]
        assert chips(off.submit("remove").follow(), "In copy") == []
        assert ticket.desk.events(ticket.number)[-2:] == [EventKind.CC, EventKind.CC]

    def test_a_reply_says_that_it_goes_to_them(self, ticket: Ticket) -> None:
        page = ticket.add("cc", "person", "dora@customer.test").follow()
        composer = page.click("Reply to customer")
        recipients = composer.html.select(".recipients .tag")
        assert [tag.text for tag in recipients] == ["Cleo Customer", "Copy: Dora Customer"]

    @pytest.mark.parametrize(
        ("typed", "message"),
        [
            ("nobody@customer.test", "Nobody here has this name or address."),
            ("dor", "Nobody here has this name or address."),
            ("cleo@customer.test", "This is the requester’s own ticket"),
        ],
    )
    def test_refusals(self, ticket: Ticket, typed: str, message: str) -> None:
        page = ticket.add("cc", "person", typed, status=422)
        assert message in error(page, "person")
        assert page.html.select_one("#person")["value"] == typed

    def test_a_name_that_two_share_needs_the_address(self, ticket: Ticket, desk: Desk) -> None:
        tenant = desk.world.seed.tenant.id
        with desk.world.factory.session(tenant) as db:
            db.execute(
                update(User)
                .where(User.tenant_id == tenant, User.email == "carl@customer.test")
                .values(name="Dora Customer")
            )
        page = ticket.add("cc", "person", "Dora Customer", status=422)
        assert "Several people have this name." in error(page, "person")

    def test_junk_is_refused(self, ticket: Ticket, desk: Desk) -> None:
        (form,) = forms_to(ticket.page, "cc")
        token: dict[str, Any] = {"csrf_token": form["csrf_token"].value}
        desk.ben.post(form.action, token | {"remove": "²"}, status=400)


class TestSnooze:
    def test_until_tomorrow_morning_in_the_readers_zone(self, ticket: Ticket, desk: Desk) -> None:
        tenant = desk.world.seed.tenant.id
        with desk.world.factory.session(tenant) as db:
            db.execute(
                update(User)
                .where(User.tenant_id == tenant, User.email == "ben@acme.test")
                .values(timezone="Pacific/Auckland")
            )
        (form,) = forms_to(ticket.page, "snooze")
        page = form.submit("until", index=0).follow()
        until = desk.stored(ticket.number).snoozed_until
        assert until is not None
        # 08:00 there is the evening before in UTC, in summer as in winter.
        assert until.astimezone(UTC).hour in (19, 20)
        assert "08:00" in page.html.select_one(".ticket-head").get_text()
        woken = forms_to(page, "snooze")[0].submit("wake").follow()
        assert "Snoozed until" not in woken
        assert desk.stored(ticket.number).snoozed_until is None
        assert desk.events(ticket.number)[-2:] == [EventKind.SNOOZED, EventKind.WOKEN]

    def test_until_a_time_of_ones_own(self, ticket: Ticket, desk: Desk) -> None:
        at = (datetime.now(UTC) + timedelta(days=3)).replace(hour=14, minute=30)
        (form,) = forms_to(ticket.page, "snooze")
        form["own"] = at.strftime("%Y-%m-%dT%H:%M")
        form.submit("until", value="own")
        assert desk.stored(ticket.number).snoozed_until == at.replace(second=0, microsecond=0)

    @pytest.mark.parametrize(
        ("own", "message"),
        [
            ("", "Choose a day and a time."),
            ("soon", "Choose a day and a time."),
            ("0001-01-01T00:00", "Choose a moment that is still to come."),
            ("2020-01-01T08:00", "Choose a moment that is still to come."),
            ("9999-12-31T23:59", "Choose a moment within a year."),
            ("2026-01-01T08:00+05:00", "Choose a day and a time."),
        ],
    )
    def test_refusals(self, ticket: Ticket, own: str, message: str) -> None:
        (form,) = forms_to(ticket.page, "snooze")
        form["own"] = own
        assert error(form.submit("until", value="own", status=422), "own") == message

    def test_a_solved_ticket_needs_no_sleep(self, ticket: Ticket, desk: Desk) -> None:
        form = forms_to(ticket.page, "snooze")[0]
        desk.act(ticket.number, "bea", lambda service, it: service.set_state(it, State.SOLVED))
        page = form.submit("until", index=0, status=422)
        assert "Snooze" not in page.html.select_one(".props").get_text()


class TestSubject:
    def test_it_can_be_another(self, ticket: Ticket, desk: Desk) -> None:
        page = ticket.add("subject", "subject", "  Right  hinge ").follow()
        assert "Right hinge" in page.html.h1.get_text()
        assert "changed the subject from" in page
        assert desk.events(ticket.number)[-1] == EventKind.SUBJECT

    @pytest.mark.parametrize(
        ("typed", "message"), [(" ", "Say in a few words"), ("x" * 201, "this has 1 more")]
    )
    def test_refusals(self, ticket: Ticket, typed: str, message: str) -> None:
        page = ticket.add("subject", "subject", typed, status=422)
        assert message in error(page, "subject")


def test_the_team_is_a_property(ticket: Ticket, desk: Desk) -> None:
    tenant = desk.world.seed.tenant.id
    with desk.world.factory.session(tenant) as db:
        db.add_all(
            [
                Team(tenant_id=tenant, name="Repairs"),
                Team(tenant_id=tenant, name="Past", archived_at=datetime.now(UTC)),
            ]
        )
    form = property_form(ticket.page, "team")
    assert [option[2] for option in form["team"].options] == ["–", "Repairs"]
    form["team"].select(text="Repairs")
    assert "gave the ticket to the team" in form.submit().follow()


@pytest.mark.parametrize("name", ["cc", "follow", "snooze", "star", "subject", "tags"])
def test_an_address_of_a_form_leads_to_the_ticket(ticket: Ticket, desk: Desk, name: str) -> None:
    sent = desk.get(f"/tickets/{ticket.number}/{name}?from=state%3Dany")
    assert f"/tickets/{ticket.number}?from=state%3Dany" in sent.location
