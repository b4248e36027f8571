"""A ticket's topic and its fields: changed one at a time, needed to solve, told in words."""

from typing import Any

import pytest
from sqlalchemy import select
from webtest import TestResponse

from portal.tickets.models import Message, State, Ticket
from portal.topics.models import CustomField, Topic, TopicField
from tests.factories import World


class Repair:
    """A ticket of a topic, and ben who works on it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ben = world.browser("ben")
        self.number = world.ticket().number
        tenant_id = world.seed.tenant.id
        with world.factory.session(tenant_id) as db:
            topics = [Topic(tenant_id=tenant_id, name=name) for name in ("Repair", "Order")]
            fields = [
                self._field("model", "choice", choices=["S7", "S9"]),
                self._field("weight", "number"),
                self._field("cause", "text", for_customers=False, required_to_solve=True),
                self._field("boxed", "checkbox"),
                self._field("bought", "date"),
            ]
            db.add_all([*topics, *fields])
            db.flush()
            self.repair, self.order = topics[0].id, topics[1].id
            db.add_all(
                TopicField(tenant_id=tenant_id, topic_id=self.repair, field_id=each.id)
                for each in fields
            )
            db.get_one(Ticket, (tenant_id, self.number)).topic_id = self.repair

    def _field(self, key: str, kind: str, **values: Any) -> CustomField:
        tenant_id = self.world.seed.tenant.id
        return CustomField(tenant_id=tenant_id, key=key, label=key.title(), kind=kind, **values)

    def url(self, view: str = "") -> str:
        """A page of the ticket."""
        return self.world.url(f"/tickets/{self.number}{view}")

    def form(self, page: TestResponse, key: str) -> Any:
        """The form of a field."""
        return next(
            form
            for form in page.forms.values()
            if "key" in form.fields and form["key"].value == key
        )

    def set(self, key: str, value: str, status: int = 303) -> TestResponse:
        """Change a field on the page."""
        form = self.form(self.ben.get(self.url()), key)
        form["value"] = value
        answer: TestResponse = form.submit(status=status)
        return answer

    def ticket(self) -> Ticket:
        """The ticket as it is now."""
        with self.world.factory.session(self.world.seed.tenant.id) as db:
            return db.get_one(Ticket, (self.world.seed.tenant.id, self.number))


@pytest.fixture
def repair(world: World) -> Repair:
    """A ticket about a repair."""
    return Repair(world)


def test_fields_are_saved_one_at_a_time_and_told_in_words(repair: Repair) -> None:
    repair.set("model", "S9")
    repair.set("weight", "1,5")
    repair.set("boxed", "yes")
    assert repair.ticket().custom == {"model": "S9", "weight": 1.5, "boxed": True}
    page = repair.set("weight", "heavy", status=422)
    assert "This is not a number." in page.text
    assert repair.form(page, "weight")["value"].value == "heavy"
    repair.set("bought", "2026-03-12")
    page = repair.set("model", "").follow()
    assert repair.ticket().custom == {"weight": 1.5, "boxed": True, "bought": "2026-03-12"}
    assert repair.form(page, "bought")["value"].value == "2026-03-12"
    told = " ".join(page.html.select_one(".history").get_text(" ").split())
    for words in ("set Model to S9", "set Weight to 1.5", "set Boxed to Yes", "cleared Model"):
        assert words in told
    assert "set Bought to 12 March 2026" in told
    assert "12 March 2026" in repair.world.browser("cleo").get(repair.url()).text


def test_a_print_has_the_answers(repair: Repair) -> None:
    repair.set("model", "S9")
    repair.set("cause", "Dust")
    page = repair.ben.get(repair.url("/print"))
    assert page.html.find("dd", string="Dust")
    page = page.click("Leave the notes out")
    assert page.html.find("dd", string="S9")
    assert not page.html.find("dd", string="Dust")


def test_a_reply_that_would_solve_too_early_is_kept(repair: Repair) -> None:
    page = repair.ben.get(repair.url("?compose=reply"))
    form = next(each for each in page.forms.values() if "body" in each.fields)
    form["body"] = "It is repaired."
    page = form.submit("then", value="solved", status=422)
    assert "before this is filled in: “Cause”" in page.text
    assert page.html.select_one("#custom-cause-error") is not None
    form = next(each for each in page.forms.values() if "body" in each.fields)
    assert form["body"].value == "It is repaired."
    assert repair.ticket().message_count == 1
    cause = repair.form(page, "cause")
    cause["value"] = "Dust"
    cause.submit(status=303)
    form.submit("then", value="solved", status=303)
    assert repair.ticket().state == State.SOLVED
    with repair.world.factory.session(repair.world.seed.tenant.id) as db:
        replies = select(Message).where(Message.ticket_number == repair.number)
        assert len(db.scalars(replies).all()) == 2


def test_the_state_waits_for_what_is_required(repair: Repair) -> None:
    page = repair.ben.get(repair.url())
    form = next(each for each in page.forms.values() if "state" in each.fields)
    form["state"] = "solved"
    page = form.submit(status=422)
    assert "Nothing was changed: fill in what is marked here" in page.text
    assert repair.ticket().state == State.NEW


def test_customers_say_that_it_is_solved_and_read_their_fields(repair: Repair) -> None:
    repair.set("model", "S7")
    repair.set("weight", "2")
    cleo = repair.world.browser("cleo")
    page = cleo.get(repair.url())
    facts = " ".join(page.html.select_one("dl.facts").get_text(" ").split())
    assert "Topic Repair" in facts
    assert "Model S7" in facts
    assert "Cause" not in facts
    assert "set Model" not in page.text
    page.forms[next(k for k, f in page.forms.items() if f.action.endswith("/solve"))].submit()
    assert repair.ticket().state == State.SOLVED


def test_another_topic_asks_other_things_and_old_values_stay(repair: Repair) -> None:
    repair.set("model", "S7")
    page = repair.ben.get(repair.url())
    form = next(each for each in page.forms.values() if "topic" in each.fields)
    form["topic"] = str(repair.order)
    page = form.submit(status=303).follow()
    assert "changed the topic from" in page.text
    assert page.html.select_one("#custom-model") is None
    assert "S7" in page.html.select_one(".props").get_text()
    assert repair.ticket().custom == {"model": "S7"}
    token = page.html.find("input", {"name": "csrf_token"})["value"]
    values = {"csrf_token": token, "key": "model", "value": "S9"}
    page = repair.ben.post(repair.url("/custom"), values, status=303).follow()
    assert "This field is no longer asked" in page.text


def test_a_choice_that_is_gone_stays_until_it_is_changed(repair: Repair) -> None:
    repair.set("model", "S7")
    with repair.world.factory.session(repair.world.seed.tenant.id) as db:
        db.scalars(select(CustomField).where(CustomField.key == "model")).one().choices = ["S9"]
    repair.set("model", "S7")
    assert repair.ticket().custom == {"model": "S7"}
    repair.set("model", "S9")
    assert repair.ticket().custom == {"model": "S9"}


def test_lists_are_narrowed_by_fields(repair: Repair) -> None:
    """As they are typed, and as they are now."""
    for key, value in (
        ("model", "S9"),
        ("weight", "1,5"),
        ("cause", "Cable, worn"),
        ("boxed", "yes"),
    ):
        repair.set(key, value)
    repair.world.ticket(subject="Another")
    ours = repair.world.url("/tickets")

    def found(text: str) -> list[str]:
        page = repair.ben.get(ours, {"state": "any", "q": text})
        page = page.follow() if page.status_int == 303 else page
        return [row["data-row"] for row in page.html.select(".queue tbody tr")]

    for text in (
        "field.model:s9",
        'field.weight:1.50 field.cause:"cable, WORN"',
        "field.boxed:yes field.bought:none",
        "field.cause:any",
    ):
        assert found(text) == ["1"], text
    assert found("field.bought:none") == ["2", "1"]
    assert found("field.model:S7") == []
    repair.set("model", "S7")
    assert found("field.model:S7") == ["1"]
    page = repair.ben.get(ours, {"field.model": "S7", "assignee": "none"})
    assert [chip.b.text for chip in page.html.select(".chip") if chip.b] == ["Nobody", "S7"]
    form = page.forms["filters"]
    form["assignee"] = ""
    assert form.submit().request.GET["field.model"] == "S7"
    assert "field.model:S7" in page.html.select_one("form.selection input[name=query]")[
        "value"
    ].replace("=", ":")
