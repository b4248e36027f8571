"""New tickets by topic: what is asked, what is kept, what is refused."""

from typing import Any

import pytest
from sqlalchemy import select

from portal.people.models import Team
from portal.tickets.models import Ticket
from portal.topics.models import CustomField, Topic, TopicField
from tests.factories import World


class Asking:
    """A tenant whose topics ask for something."""

    def __init__(self, world: World) -> None:
        self.world = world
        tenant_id = world.seed.tenant.id
        with world.factory.session(tenant_id) as db:
            self.team = Team(tenant_id=tenant_id, name="Repairs")
            db.add(self.team)
            db.flush()
            self.repair = Topic(
                tenant_id=tenant_id,
                name="Repair",
                description="Something broke",
                project_id=world.seed.project.id,
                team_id=self.team.id,
                priority="high",
                position=1,
            )
            self.order = Topic(tenant_id=tenant_id, name="Order", position=2)
            self.inside = Topic(tenant_id=tenant_id, name="Fraud", for_customers=False, position=3)
            model = self._field("model", "choice", 1, choices=["S7", "S9"], required_to_open=True)
            db.add_all([self.repair, self.order, self.inside, model])
            db.flush()
            serial = self._field(
                "serial",
                "number",
                2,
                condition_field_id=model.id,
                condition_values=["S9"],
                required_to_open=True,
            )
            cause = self._field("cause", "text", 3, for_customers=False, required_to_solve=True)
            boxed = self._field("boxed", "checkbox", 4)
            shop = self._field("shop", "text", 5)
            db.add_all([serial, cause, boxed, shop])
            db.flush()
            for each in (boxed, shop):
                db.add(TopicField(tenant_id=tenant_id, topic_id=self.order.id, field_id=each.id))
            for each in (model, serial, cause, boxed):
                db.add(TopicField(tenant_id=tenant_id, topic_id=self.repair.id, field_id=each.id))

    def _field(self, key: str, kind: str, position: int, **values: Any) -> CustomField:
        tenant_id = self.world.seed.tenant.id
        return CustomField(
            tenant_id=tenant_id, key=key, label=key.title(), kind=kind, position=position, **values
        )

    def ticket(self) -> Ticket:
        """The ticket that was opened last."""
        with self.world.factory.session(self.world.seed.tenant.id) as db:
            return db.scalars(select(Ticket).order_by(Ticket.number.desc()).limit(1)).one()


@pytest.fixture
def asking(world: World) -> Asking:
    """Topics: a repair, an order, and one for the team alone."""
    return Asking(world)


def test_a_topic_is_chosen_and_its_form_filled_in(asking: Asking, world: World) -> None:
    cleo = world.browser("cleo")
    page = cleo.get(world.url("/tickets/new"))
    assert "Something broke" in page.text
    assert "Fraud" not in page.text
    page = page.click("Repair")
    assert "Only if “Model” is: S9." in page.text
    assert "Cause" not in page.text
    form = next(each for each in page.forms.values() if "subject" in each.fields)
    form["subject"], form["body"] = "It hums", "Since yesterday."
    form["custom-serial"] = "12 or so"
    wrong = form.submit(status=422)
    assert "This has to be answered." in wrong.text
    form = next(each for each in wrong.forms.values() if "subject" in each.fields)
    # Nobody is asked for the serial number of no model; what was typed is there still.
    assert "not a number" not in wrong.text
    assert form["custom-serial"].value == "12 or so"
    form["custom-model"] = "S9"
    wrong = form.submit(status=422)
    assert "This is not a number." in wrong.text
    form = next(each for each in wrong.forms.values() if "subject" in each.fields)
    form["custom-serial"], form["custom-boxed"] = "12", True
    form.submit(status=303)
    ticket = asking.ticket()
    assert ticket.custom == {"model": "S9", "serial": 12, "boxed": True}
    assert ticket.topic_id == asking.repair.id
    assert ticket.team_id == asking.team.id
    assert ticket.project_id == world.seed.project.id
    assert ticket.priority == "high"


def test_another_topic_is_chosen_and_the_text_comes_along(asking: Asking, world: World) -> None:
    cleo = world.browser("cleo")
    page = cleo.get(world.url(f"/tickets/new?topic={asking.repair.id}"))
    form = next(each for each in page.forms.values() if "subject" in each.fields)
    form["subject"], form["body"], form["custom-model"] = "Where is it", "Not here.", "S9"
    page = form.submit("choose").click("Order")
    form = next(each for each in page.forms.values() if "subject" in each.fields)
    assert (form["subject"].value, form["body"].value) == ("Where is it", "Not here.")
    form.submit(status=303)
    ticket = asking.ticket()
    assert (ticket.topic_id, ticket.custom) == (asking.order.id, {})


def test_answers_wait_for_whoever_comes_back_to_their_topic(asking: Asking, world: World) -> None:
    cleo = world.browser("cleo")
    form = cleo.get(world.url(f"/tickets/new?topic={asking.repair.id}")).forms["ticket"]
    form["subject"], form["body"], form["custom-boxed"] = "It hums", "Since yesterday.", True
    form["custom-model"], form["custom-serial"] = "S9", "12"
    form = form.submit("choose").click("Order").forms["ticket"]
    assert form["custom-boxed"].checked
    form["custom-shop"], form["custom-boxed"] = "The one in Kiel", False
    cleo.post(form.html.form["data-draft"], form.submit_fields())
    # Neither a save by the script nor a form that comes back loses them.
    form = form.submit("preview").forms["ticket"].submit("choose").click("Repair").forms["ticket"]
    assert (form["custom-model"].value, form["custom-serial"].value) == ("S9", "12")
    assert not form["custom-boxed"].checked
    form = form.submit("choose").click("Order").forms["ticket"]
    assert form["custom-shop"].value == "The one in Kiel"
    form.submit(status=303)
    ticket = asking.ticket()
    assert (ticket.topic_id, ticket.custom) == (asking.order.id, {"shop": "The one in Kiel"})


def test_a_topic_is_chosen_in_the_form_while_another_window_has_the_draft(
    asking: Asking, world: World
) -> None:
    cleo, address = world.browser("cleo"), world.url(f"/tickets/new?topic={asking.repair.id}")
    form, other = cleo.get(address).forms["ticket"], cleo.get(address).forms["ticket"]
    other["subject"] = "Something else"
    other.submit("keep")
    form["subject"], form["body"], form["custom-model"] = "Where is it", "Not here.", "S7"
    form = form.submit("choose").forms["ticket"]
    assert (form["subject"].value, form["body"].value) == ("Where is it", "Not here.")
    form["topic"] = str(asking.repair.id)
    form.submit(status=303)
    ticket = asking.ticket()
    assert (ticket.topic_id, ticket.custom) == (asking.repair.id, {"model": "S7"})


def test_answers_alone_are_kept(asking: Asking, world: World) -> None:
    cleo = world.browser("cleo")
    address = world.url(f"/tickets/new?topic={asking.repair.id}")
    form = cleo.get(address).forms["ticket"]
    assert cleo.post(form.html.form["data-draft"], form.submit_fields()).json == {"revision": 0}
    form["custom-model"], form["custom-boxed"] = "S9", True
    assert cleo.post(form.html.form["data-draft"], form.submit_fields()).json == {"revision": 1}
    form = cleo.get(world.url("/tickets/new")).forms["ticket"]
    assert (form["custom-model"].value, form["custom-boxed"].checked) == ("S9", True)


def test_a_follow_up_is_about_the_same(asking: Asking, world: World) -> None:
    cleo, tenant_id = world.browser("cleo"), world.seed.tenant.id
    number = world.ticket(by="cleo", subject="It hums").number
    with world.factory.session(tenant_id) as db:
        earlier = db.get_one(Ticket, (tenant_id, number))
        earlier.topic_id, earlier.custom, earlier.state = (
            asking.repair.id,
            {"model": "S9"},
            "closed",
        )
    page = cleo.get(world.url(f"/tickets/{number}/follow-up"))
    assert "It takes over the topic “Repair”" in page.text
    form = next(each for each in page.forms.values() if "subject" in each.fields)
    form["body"] = "Again."
    form.submit(status=303)
    assert asking.ticket().custom == {"model": "S9"}


@pytest.mark.parametrize("topic", ["", "999999", "inside", "no number"])
def test_a_topic_that_is_not_on_offer_is_refused(asking: Asking, world: World, topic: str) -> None:
    cleo = world.browser("cleo")
    page = cleo.get(world.url(f"/tickets/new?topic={asking.repair.id}"))
    form = next(each for each in page.forms.values() if "subject" in each.fields)
    values = dict(form.submit_fields())
    values |= {"subject": "Psst", "body": "Money.", "topic": topic}
    if topic == "inside":
        values["topic"] = str(asking.inside.id)
    page = cleo.post(world.url("/tickets/new"), values, status=422)
    assert "Choose what this is about." in page.text
    assert "Money." in page.text


def test_an_agent_opens_a_ticket_by_topic(asking: Asking, world: World) -> None:
    ben = world.browser("ben")
    page = ben.get(world.url("/tickets/new"))
    form = next(each for each in page.forms.values() if "requester" in each.fields)
    form["requester"], form["subject"] = "cleo@customer.test", "It hums"
    form["body"] = "She called."
    form["topic"] = str(asking.repair.id)
    page = form.submit("choose", status=200)
    form = next(each for each in page.forms.values() if "requester" in each.fields)
    assert (form["priority"].value, form["subject"].value) == ("high", "It hums")
    form["custom-model"], form["custom-cause"] = "S7", "Dust"
    # Another topic by mistake, and back.
    for topic in (asking.order, asking.repair):
        form["topic"] = str(topic.id)
        page = form.submit("choose", status=200)
        form = next(each for each in page.forms.values() if "requester" in each.fields)
    form.submit(status=303)
    ticket = asking.ticket()
    assert ticket.custom == {"model": "S7", "cause": "Dust"}
    assert ticket.assignee_id == world.seed.users["ben"].id
