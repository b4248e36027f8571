"""The pages of macros: made, found, changed, copied, put away."""

from typing import Any

import pytest
from webtest.forms import Form
from webtest.response import TestResponse

from portal.macros.models import Macro, MacroScope
from portal.macros.service import MAX_NAME
from portal.people.models import AgentRole, User
from portal.tenants.models import AuditEntry
from portal.tickets.models import MessageKind
from portal.topics.models import Topic
from tests.functional.macros.conftest import MacroDesk


def form_of(desk: MacroDesk, path: str = "/macros/new") -> Form:
    """The form of a macro."""
    return next(each for each in desk.get(path).forms.values() if "body" in each.fields)


def test_a_macro_is_made_and_changed(desk: MacroDesk) -> None:
    team = desk.team("Repairs", "ben")
    form = form_of(desk)
    form["name"] = "Repair begins"
    form["body"] = "Dear {{ requester.first_name }}"
    form["set_state"] = "pending"
    form["set_assignee"] = "me"
    form["add_tags"] = "#Repair, hinge"
    form["scope"] = "team"
    form["team"] = str(team)
    page = form.submit().follow()
    assert "“Repair begins” can be used now." in page
    words = " ".join(page.html.select_one("main").text.split())
    assert "State → Pending" in words
    assert "Not used yet" in words
    (macro,) = desk.rows(Macro)
    assert (macro.scope, macro.team_id, macro.kind) == (MacroScope.TEAM, team, MessageKind.REPLY)
    assert macro.actions == {
        "state": "pending",
        "assignee": "me",
        "add_tags": ["repair", "hinge"],
    }
    form = form_of(desk, f"/macros/{macro.id}")
    assert form["add_tags"].value == "repair hinge"
    form["name"] = "Repair"
    form["scope"] = "mine"
    assert "“Repair” is saved." in form.submit().follow()
    assert desk.stored_macro(macro.id).team_id is None


@pytest.mark.parametrize("value", ["-1", "999999", "<script>", "somebody"])
@pytest.mark.parametrize("name", ["state", "priority", "topic", "team", "assignee"])
def test_a_change_that_is_not_offered_is_refused(desk: MacroDesk, name: str, value: str) -> None:
    desk.team("Repairs", "ben")
    tenant_id = desk.world.seed.tenant.id
    with desk.world.factory.session(tenant_id) as db:
        db.add(Topic(tenant_id=tenant_id, name="Repair"))
    form = form_of(desk)
    form["name"], form["body"] = "Repair begins", "Dear customer"
    form[f"set_{name}"].force_value(value)
    page = form.submit(status=422)
    assert "Dear customer" in page
    assert "<script>" not in page.html.select_one("main").decode_contents()
    assert not desk.rows(Macro)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": ""}, "Enter a name."),
        ({"name": "x" * (MAX_NAME + 1)}, "Use at most 80 characters."),
        ({"name": "thanks"}, "There is a macro of this name already"),
        ({"body": "{{ requester.frist_name }}"}, "Did you mean “requester.first_name”?"),
        ({"body": ""}, "Write a text, or choose what the macro changes."),
        ({"add_tags": "a <b>"}, "“&lt;b&gt;” cannot be a tag"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(
    desk: MacroDesk, typed: dict[str, str], said: str
) -> None:
    desk.macro("Thanks")
    form = form_of(desk)
    values = {"name": "Another", "body": "Hello", "scope": "all"} | typed
    for name, value in values.items():
        form[name] = value
    page = form.submit(status=422)
    assert said in page
    again = next(each for each in page.forms.values() if "body" in each.fields)
    assert {name: again[name].value for name in values} == values
    assert len(desk.rows(Macro)) == 1


def test_the_preview_has_a_made_up_ticket(desk: MacroDesk) -> None:
    form = form_of(desk)
    form["body"] = "Dear {{ requester.first_name }}, **{{ agent.first_name }}** <script>"
    form["set_priority"] = "high"
    page = form.submit("preview")
    piece = desk.ben.post(desk.world.url("/macros/preview"), form.submit_fields())
    for answer in (page.html.select_one("#macro-preview"), piece.html):
        assert answer.select_one("strong").text == "Ben"
        assert "Dear Robin" in answer.text
        assert "Priority → High" in " ".join(answer.text.split())
        assert not answer.select("script")
    assert desk.rows(Macro) == []
    form["body"] = "{{ nothing }}"
    wrong = desk.ben.post(desk.world.url("/macros/preview"), form.submit_fields())
    assert "There is no variable “nothing”." in wrong


def test_macros_are_found_copied_archived_and_deleted(desk: MacroDesk) -> None:
    key = desk.macro("Thanks", actions={"state": "solved"})
    desk.macro("Refund", body="We pay it back.")
    found = desk.get("/macros?q=pay")
    assert "Refund" in found
    assert "Thanks" not in found.html.select_one("main").text
    assert "Nothing found" in desk.get("/macros?q=zzz")

    copy = form_of(desk, f"/macros/new?copy={key}")
    assert (copy["name"].value, copy["set_state"].value) == ("Copy of Thanks", "solved")
    assert "can be used now" in copy.submit().follow()

    page = press(desk, "/macros", f"{key}/archive")
    assert "is archived" in page
    assert not desk.get(f"/tickets/{desk.ticket()}/macros").html.select(f"[value='{key}']")
    assert "can be used again" in press(desk, "/macros?archived=1", f"{key}/restore")
    press(desk, "/macros", f"{key}/archive")
    assert "is deleted" in press(desk, "/macros?archived=1", f"{key}/delete")
    assert len(desk.rows(Macro)) == 2


def test_what_is_a_colleagues_own_is_not_there(desk: MacroDesk) -> None:
    key = desk.macro("Of bea", by="bea", scope=MacroScope.MINE)
    assert "Of bea" not in desk.get("/macros")
    for path in (f"/macros/{key}", f"/macros/new?copy={key}"):
        desk.get(path, status=404)
    number = desk.ticket()
    form = desk.composer(number)
    fields = [*form.submit_fields(), ("use", str(key))]
    assert "cannot be used here" in desk.ben.post(form.action, fields, status=409)


def test_without_the_permission_one_has_macros_for_oneself_and_the_own_team(
    desk: MacroDesk,
) -> None:
    theirs, ours = desk.team("Orders", "bea"), desk.team("Repairs", "ben")
    shared = desk.macro("For all")
    of_orders = desk.macro("Of Orders", by="bea", scope=MacroScope.TEAM, team_id=theirs)
    of_repairs = desk.macro("Of Repairs", by="bea", scope=MacroScope.TEAM, team_id=ours)
    give_role(desk, "ben", ["reply", "work_ticket"])
    page = desk.get("/macros")
    assert "For all" in page
    assert "Of Orders" not in page
    assert [
        each["href"].rpartition("/")[2] for each in page.html.select("main li a[data-open]")
    ] == [str(of_repairs)]
    for key in (shared, of_orders):
        desk.get(f"/macros/{key}", status=404)
    copy = form_of(desk, f"/macros/new?copy={shared}")
    assert [value for value, *_ in copy["scope"].options] == ["mine", "team"]
    assert [value for value, *_ in copy["team"].options] == [str(ours)]
    fields = [(name, value) for name, value in copy.submit_fields() if name != "scope"]
    desk.ben.post(copy.action, [*fields, ("scope", "all")], status=422)
    assert "can be used now" in copy.submit().follow()


def test_who_may_not_change_tickets_uses_the_words_alone(desk: MacroDesk) -> None:
    key = desk.macro(kind=MessageKind.NOTE, actions={"add_tags": ["x"]})
    give_role(desk, "ben", [])
    number = desk.ticket()
    form = desk.use(desk.get(f"/tickets/{number}?compose=note").forms["composer"], key)
    assert form["body"].value == "Thank you."
    assert "change" not in form.fields
    fields = [*form.submit_fields(), ("change", "add_tags:x")]
    refused = desk.ben.post(form.action, fields, status=409)
    assert "your role does not include changes of tickets" in refused
    assert len(desk.messages(number)) == 1


def test_changes_of_what_others_have_are_in_the_audit_log(desk: MacroDesk) -> None:
    team, bea = desk.team("Repairs", "ben"), desk.world.seed.users["bea"]
    desk.ben.extra_environ["REMOTE_ADDR"] = "203.0.113.9"
    own = form_of(desk)
    own["name"], own["body"] = "A secret of mine", "Hello"
    own.submit().follow()
    (macro,) = desk.rows(Macro)
    path = f"/macros/{macro.id}"
    change(desk, path, body="Hello, you")
    assert told(desk) == []
    change(desk, path, name="Greeting", scope="all")
    change(desk, path, body="Dear\n\nyou", set_assignee=str(bea.id), add_tags="a b")
    change(desk, path, scope="team", team=str(team), set_team=str(team), set_assignee="me")
    change(desk, path)
    press(desk, "/macros", f"{macro.id}/archive")
    press(desk, "/macros?archived=1", f"{macro.id}/delete")
    (_name, shared), *others = told(desk)
    assert shared == {"macro.scope": ["mine", "all"]}
    assert others == [
        (
            "macro.changed",
            {
                "macro.body": ["Hello, you", "Dear you"],
                "macro.assignee": [None, bea.email],
                "macro.add_tags": [None, ["a", "b"]],
            },
        ),
        (
            "macro.changed",
            {
                "macro.scope": ["all", ["Repairs"]],
                "macro.team": [None, "Repairs"],
                "macro.assignee": [bea.email, "me"],
            },
        ),
        ("macro.changed", {"macro.archived": [False, True]}),
        ("macro.deleted", {}),
    ]
    entries = desk.rows(AuditEntry)
    assert {(each.actor_name, each.target) for each in entries} == {("Ben Agent", "Greeting")}
    assert {each.ip for each in entries} == {"203.0.113.9"}
    page = desk.world.browser("ada").get(desk.world.url("/settings/audit"))
    words = " ".join(page.html.select_one("main").get_text(" ").split())
    assert "Who can use it Only me → Everybody who answers tickets" in words
    assert f"Assignee {bea.email} → Whoever uses the macro" in words
    assert "Macro deleted Greeting" in words
    assert "secret" not in words


def told(desk: MacroDesk) -> list[tuple[str, dict[str, Any]]]:
    """What the audit log tells, the earliest first."""
    entries = sorted(desk.rows(AuditEntry), key=lambda entry: entry.id)
    return [(entry.action, entry.details) for entry in entries]


def change(desk: MacroDesk, path: str, **values: str) -> None:
    """Fill in the form of a macro, and save it."""
    form = form_of(desk, path)
    for name, value in values.items():
        form[name] = value
    assert "is saved." in form.submit().follow()


def test_a_macro_has_a_topic_where_there_are_topics(desk: MacroDesk) -> None:
    assert "set_topic" not in form_of(desk).fields
    tenant_id = desk.world.seed.tenant.id
    with desk.world.factory.session(tenant_id) as db:
        db.add(Topic(tenant_id=tenant_id, name="Repair"))
    (topic,) = desk.rows(Topic)
    form = form_of(desk)
    form["name"], form["scope"], form["set_topic"] = "Repair", "all", str(topic.id)
    assert "Topic → Repair" in " ".join(form.submit().follow().html.text.split())
    (macro,) = desk.rows(Macro)
    assert macro.actions == {"topic": topic.id}
    # One that is archived meanwhile stays chosen.
    with desk.world.factory.session(tenant_id) as db:
        db.get_one(Topic, (tenant_id, topic.id)).archived_at = topic.created_at
    assert form_of(desk, f"/macros/{macro.id}")["set_topic"].value == str(topic.id)
    change(desk, f"/macros/{macro.id}", set_topic="", body="Hello")
    assert told(desk)[-1][1] == {"macro.body": ["", "Hello"], "macro.topic": ["Repair", None]}


def press(desk: MacroDesk, path: str, action: str) -> TestResponse:
    """Send the small form of a page that does something; the page that follows."""
    forms = desk.get(path).forms.values()
    return next(each for each in forms if each.action.endswith(action)).submit().follow()


def give_role(desk: MacroDesk, first: str, permissions: list[str]) -> None:
    """Somebody's role has these permissions from now on."""
    seed = desk.world.seed
    with desk.world.factory.session(seed.tenant.id) as db:
        role = AgentRole(tenant_id=seed.tenant.id, name="Of some", permissions=permissions)
        db.add(role)
        db.flush()
        db.get_one(User, (seed.tenant.id, seed.users[first].id)).agent_role_id = role.id
