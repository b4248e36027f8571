"""A ticket on behalf of a customer, known or not yet."""

from concurrent.futures import ThreadPoolExecutor

from webtest import Upload
from webtest.forms import Form

from portal.people.models import Role, User
from portal.tickets.models import Ticket
from tests.functional.agent.conftest import Desk


def new_form(desk: Desk, query: str = "") -> Form:
    """The form for a new ticket."""
    page = desk.get(f"/tickets/new{query}")
    (form,) = {form for form in page.forms.values() if "subject" in form.fields}
    return form


def filled_form(desk: Desk, requester: str = "cleo@customer.test") -> Form:
    """The form, with all that is required."""
    form = new_form(desk)
    form["requester"] = requester
    form["subject"] = "Called about a hinge"
    form["body"] = "Cleo called: the hinge **cracked**."
    return form


def test_a_ticket_for_a_known_customer(desk: Desk) -> None:
    form = filled_form(desk, "Cleo@Customer.test")
    assert "autofocus" in form["requester"].attrs
    assert form["assignee"].value == str(desk.world.seed.users["ben"].id)
    form["priority"] = "high"
    form["project"].select(text="Headphones")
    form["files"] = [Upload("call.txt", b"Notes", "text/plain")]
    page = form.submit().follow()
    assert "Ticket opened for Cleo Customer." in page
    assert "call.txt" in page

    (ticket,) = desk.rows(Ticket)
    users = desk.world.seed.users
    assert ticket.requester_id == users["cleo"].id
    assert ticket.organisation_id == users["cleo"].organisation_id
    assert (ticket.assignee_id, ticket.priority) == (users["ben"].id, "high")
    assert ticket.project_id == desk.world.seed.project.id
    assert desk.messages(ticket.number)[0].author_id == users["ben"].id
    assert "cracked" in desk.get(f"/tickets/{ticket.number}", desk.world.browser("cleo"))


def test_a_new_address_asks_for_a_name_and_makes_the_customer(desk: Desk) -> None:
    asked = filled_form(desk, "Eve@New.test").submit(status=422)
    assert "Nobody has this address yet" in asked
    (form,) = {form for form in asked.forms.values() if "subject" in form.fields}
    assert form["body"].value == "Cleo called: the hinge **cracked**."
    form["name"] = "Eve  Newcomer"
    form.submit(status=303)
    (eve,) = desk.rows(User, User.email == "eve@new.test")
    assert (eve.name, eve.role) == ("Eve Newcomer", Role.CUSTOMER)
    assert [ticket.requester_id for ticket in desk.rows(Ticket)] == [eve.id]


def test_a_double_click_makes_one_customer_and_one_ticket(desk: Desk) -> None:
    asked = filled_form(desk, "eve@new.test").submit(status=422)
    (form,) = {form for form in asked.forms.values() if "subject" in form.fields}
    form["name"] = "Eve"
    fields = form.submit_fields()

    def send() -> str:
        browser = desk.world.anonymous()
        browser.cookiejar = desk.ben.cookiejar
        return str(browser.post(form.action, fields, status=303).location)

    with ThreadPoolExecutor(2) as pool:
        first, second = [job.result() for job in [pool.submit(send) for _ in range(2)]]
    assert first == second
    assert len(desk.rows(Ticket)) == 1
    assert len(desk.rows(User, User.email == "eve@new.test")) == 1


def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(desk: Desk) -> None:
    form = new_form(desk)
    form["requester"] = "not an address"
    form["body"] = "Kept."
    page = form.submit(status=422)
    errors = {line["id"]: line.text.strip() for line in page.html.select("p.error")}
    assert errors == {
        "requester-error": "This is not an e-mail address. Check it for typing mistakes.",
        "subject-error": "Say in a few words what this is about.",
    }
    assert page.html.select_one("textarea").text.strip() == "Kept."
    assert desk.rows(Ticket) == []


def test_an_assignee_who_left_meanwhile_is_refused(desk: Desk) -> None:
    form = filled_form(desk)
    form["assignee"].select(text="Bea Agent")
    seed = desk.world.seed
    with desk.world.factory.session(seed.tenant.id) as db:
        bea = db.get_one(User, (seed.tenant.id, seed.users["bea"].id))
        bea.disabled_at = bea.created_at
    assert "That is no longer on offer. Choose another." in form.submit(status=422)


def test_the_form_can_come_with_its_customer(desk: Desk) -> None:
    assert new_form(desk, "?requester=dora@customer.test")["requester"].value == (
        "dora@customer.test"
    )


def test_the_customers_of_the_last_tickets_are_suggested(desk: Desk) -> None:
    desk.ticket(by="dora")
    desk.ticket(by="cleo")
    desk.ticket(by="ben")
    page = desk.get("/tickets/new")
    assert [option["value"] for option in page.html.select("datalist option")] == [
        "cleo@customer.test",
        "dora@customer.test",
    ]
    more = desk.get("/people/suggest?q=ca")
    assert more.text == '<option value="carl@customer.test">Carl Customer</option>'
    assert desk.get("/people/suggest?q=c").text == ""


def test_a_preview_sends_nothing(desk: Desk) -> None:
    page = filled_form(desk).submit("preview")
    assert page.html.select_one("#shown-preview strong").text == "cracked"
    assert desk.rows(Ticket) == []
