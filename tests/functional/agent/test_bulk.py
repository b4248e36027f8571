"""Many tickets at once: ticked, changed, looked at, and put back."""

from typing import Any

import pytest
from psycopg.errors import DeadlockDetected, LockNotAvailable
from sqlalchemy.exc import OperationalError
from webtest import TestApp, TestResponse

from portal.bulk.models import BulkRun
from portal.bulk.runs import BATCH, BulkRuns
from portal.notifications.models import Notification
from portal.tickets.models import Ticket
from portal.topics.models import CustomField, Topic, TopicField
from tests.factories import World
from tests.factories.jobs import Done, JobRunner


def choose(answer: TestResponse, numbers: list[int], do: str, **fields: str) -> TestResponse:
    """Tick some of the list's tickets and press a button of the bar."""
    form = _selection(answer)
    for box in form.fields.get("number", []):
        box.checked = int(box._value) in numbers
    for name, value in fields.items():
        form[name] = value
    return form.submit("do", value=do)


def _selection(answer: TestResponse) -> Any:
    return next(form for form in answer.forms.values() if "data-selection" in form.text)


def states(world: World) -> dict[int, str]:
    with world.factory.session(world.seed.tenant.id) as db:
        return {ticket.number: ticket.state for ticket in db.query(Ticket)}


def test_ticked_ones_are_changed_and_put_back(world: World) -> None:
    numbers = [world.ticket(by="cleo", subject=f"Cup {each}").number for each in range(3)]
    ben = world.browser("ben")
    done = choose(ben.get(world.url("/tickets")), numbers[:2], "state:solved")
    assert done.location.endswith(world.url("/tickets"))
    page = done.follow()
    assert "2 tickets changed." in page.text
    assert states(world) == {numbers[0]: "solved", numbers[1]: "solved", numbers[2]: "new"}
    undo = next(form for form in page.forms.values() if form.action.endswith("/undo"))
    result = undo.submit().follow()
    assert "Undone" in result.text
    assert set(states(world).values()) == {"new"}
    runs = ben.get(world.url("/bulk"))
    assert "Set the state to Solved" in runs.text
    assert "Set the state to Solved" not in world.browser("bea").get(world.url("/bulk")).text


def test_nothing_ticked_is_said(world: World) -> None:
    world.ticket(by="cleo", subject="A cup")
    ben = world.browser("ben")
    page = choose(ben.get(world.url("/tickets")), [], "state:solved").follow()
    assert "no ticket was selected" in page.text


def test_a_wrong_tag_is_said_beside_its_field_and_the_selection_kept(world: World) -> None:
    number = world.ticket(by="cleo", subject="A cup").number
    ben = world.browser("ben")
    form = _selection(ben.get(world.url("/tickets")))
    form["number"] = True
    form["tags"] = "vip <b>"
    answer = form.submit("do", value="add_tags:", status=422)
    assert "A tag is one word" in answer.text
    again = next(form for form in answer.forms.values() if "tags" in form.fields)
    assert again["number"].value == str(number)
    again["tags"] = "VIP cups"
    assert "1 ticket changed." in again.submit("do", value="add_tags:").follow().text


def test_all_that_match_are_asked_about_and_changed_by_a_job(
    world: World, run_jobs: JobRunner
) -> None:
    numbers = [world.ticket(by="cleo", subject=f"Cup {each}").number for each in range(BATCH + 2)]
    ben = world.browser("ben")
    form = _selection(ben.get(world.url("/tickets?state=new")))
    form["all"] = True
    question = form.submit("do", value=f"assignee:{world.seed.users['bea'].id}")
    assert question.status_int == 200
    assert f"Change {BATCH + 2} tickets" in question.text
    assert set(_assignees(world).values()) == {None}
    started = question.forms[_form_with(question, "sure")].submit()
    progress = started.follow()
    assert "Waiting" in progress.text
    assert progress.headers["Refresh"]
    assert run_jobs() == [Done("bulk.change_tickets", "succeeded")]
    result = ben.get(started.location)
    assert "Refresh" not in result.headers
    assert "Done" in result.text
    assert set(_assignees(world).values()) == {world.seed.users["bea"].id}
    assert _told(world, "bea") == numbers
    undone = result.forms[_form_ending(result, "/undo")].submit().follow()
    assert "Undoing" in undone.text
    assert run_jobs() == [Done("bulk.undo_changes", "succeeded")]
    assert set(_assignees(world).values()) == {None}
    assert len(numbers) == len(_assignees(world))


def test_a_batch_that_gives_way_is_tried_again_at_once(
    world: World, run_jobs: JobRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the same attempt at the job, of which there are few: a long run has many batches."""
    for each in range(BATCH + 1):
        world.ticket(by="cleo", subject=f"Cup {each}")
    form = _selection(world.browser("ben").get(world.url("/tickets?state=new")))
    form["all"] = True
    question = form.submit("do", value="priority:high")
    question.forms[_form_with(question, "sure")].submit()
    step, reasons = BulkRuns.step, [DeadlockDetected(), LockNotAvailable()]

    def falls(runs: BulkRuns, run_id: int) -> bool:
        more = step(runs, run_id)
        if reasons:
            raise OperationalError("update tickets", {}, reasons.pop())
        return more

    monkeypatch.setattr(BulkRuns, "step", falls)
    assert run_jobs() == [Done("bulk.change_tickets", "succeeded")]
    with world.factory.session(world.seed.tenant.id) as db:
        (run,) = db.query(BulkRun)
        assert (run.state, run.total, run.changed) == ("done", BATCH + 1, BATCH + 1)


def test_all_that_a_search_in_a_list_found_are_changed(world: World) -> None:
    found = [world.ticket(by="cleo", subject=f"Cup {each}").number for each in range(2)]
    other = world.ticket(by="cleo", subject="A saucer").number
    form = _selection(world.browser("ben").get(world.url("/tickets?state=new&q=cup")))
    form["all"] = True
    question = form.submit("do", value="state:solved")
    assert "Change 2 tickets" in question.text
    page = question.forms[_form_with(question, "sure")].submit().follow()
    assert "2 tickets changed." in page.text
    assert states(world) == {**dict.fromkeys(found, "solved"), other: "new"}


def test_a_run_can_be_stopped(world: World, run_jobs: JobRunner) -> None:
    for each in range(BATCH + 1):
        world.ticket(by="cleo", subject=f"Cup {each}")
    ben = world.browser("ben")
    form = _selection(ben.get(world.url("/tickets?state=new")))
    form["all"] = True
    question = form.submit("do", value="priority:high")
    progress = question.forms[_form_with(question, "sure")].submit().follow()
    stopped = progress.forms[_form_ending(progress, "/stop")].submit().follow()
    assert "Stopped" in stopped.text
    assert run_jobs() == [Done("bulk.change_tickets", "succeeded")]
    with world.factory.session(world.seed.tenant.id) as db:
        assert {ticket.priority for ticket in db.query(Ticket)} == {"normal"}


def test_what_is_against_a_rule_is_listed(world: World) -> None:
    number = world.ticket(by="cleo", subject="An old cup").number
    ben = world.browser("ben")
    _close(ben, world, number)
    answer = choose(ben.get(world.url("/tickets?state=any")), [number], "state:solved").follow()
    assert "Could not be changed" in answer.text
    assert "It is closed." in answer.text


def test_nobody_else_finds_a_run_and_customers_find_no_room(world: World) -> None:
    number = world.ticket(by="cleo", subject="A cup").number
    ben = world.browser("ben")
    choose(ben.get(world.url("/tickets")), [number], "priority:high")
    run = next(
        link for link in ben.get(world.url("/bulk")).html.find_all("a") if "/bulk/" in link["href"]
    )["href"]
    assert ben.get(run).status_int == 200
    for name in ("bea", "ada", "cleo"):
        world.browser(name).get(run, status=404)
    world.browser("cleo").get(world.url("/bulk"), status=404)


def _close(browser: TestApp, world: World, number: int) -> None:
    page = browser.get(world.url(f"/tickets/{number}"))
    form = next(form for form in page.forms.values() if "state" in form.fields)
    form["state"] = "closed"
    form.submit()


def _assignees(world: World) -> dict[int, int | None]:
    with world.factory.session(world.seed.tenant.id) as db:
        return {ticket.number: ticket.assignee_id for ticket in db.query(Ticket)}


def _told(world: World, name: str) -> list[int]:
    """The numbers of the tickets that somebody was told of."""
    with world.factory.session(world.seed.tenant.id) as db:
        rows = db.query(Notification).filter_by(user_id=world.seed.users[name].id)
        return sorted(row.ticket_number for row in rows)


def _form_with(answer: TestResponse, name: str) -> int:
    return next(
        key for key, form in answer.forms.items() if name in form.fields and isinstance(key, int)
    )


def _form_ending(answer: TestResponse, ending: str) -> int:
    return next(
        key
        for key, form in answer.forms.items()
        if isinstance(key, int) and form.action.endswith(ending)
    )


def test_a_field_is_set_where_its_topic_asks_it(world: World) -> None:
    """Asked with its own control; the others say why they stayed as they were."""
    numbers = [world.ticket(by="cleo", subject=f"Cup {each}").number for each in range(3)]
    topic, field = _with_a_field(world)
    ben = world.browser("ben")
    page = choose(ben.get(world.url("/tickets")), numbers[:2], f"topic:{topic}").follow()
    assert "2 tickets changed." in page.text
    question = choose(page, numbers, f"field:{field}")
    asked = question.forms[_form_with(question, "answered")]
    assert [value for value, _selected, _words in asked["custom-model"].options] == ["", "S7", "S9"]
    fields = asked.submit_fields()
    bad = [(name, "S8" if name == "custom-model" else value) for name, value in fields]
    again = ben.post(asked.action, bad, status=422)
    assert "That is no longer on offer." in again.text
    asked["custom-model"] = "S9"
    result = asked.submit().follow()
    assert "Set “Model” to S9" in result.text
    assert "Its topic does not ask this field." in result.text
    assert _custom(world) == {numbers[0]: {"model": "S9"}, numbers[1]: {"model": "S9"}, 3: {}}
    result.forms[_form_ending(result, "/undo")].submit()
    assert set(map(str, _custom(world).values())) == {"{}"}


def _with_a_field(world: World) -> tuple[int, int]:
    """The ids of a topic and of the field that it asks."""
    tenant_id = world.seed.tenant.id
    with world.factory.session(tenant_id) as db:
        topic = Topic(tenant_id=tenant_id, name="Repair")
        field = CustomField(
            tenant_id=tenant_id,
            key="model",
            label="Model",
            kind="choice",
            choices=["S7", "S9"],
            required_to_open=True,
        )
        db.add_all([topic, field])
        db.flush()
        db.add(TopicField(tenant_id=tenant_id, topic_id=topic.id, field_id=field.id))
        return topic.id, field.id


def _custom(world: World) -> dict[int, dict[str, Any]]:
    with world.factory.session(world.seed.tenant.id) as db:
        return {ticket.number: ticket.custom for ticket in db.query(Ticket)}
