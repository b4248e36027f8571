"""Saved views: made from a list's address, seen by those they are for, counted, kept in order."""

from typing import Any

import pytest
from webtest import TestApp
from webtest.forms import Form
from webtest.response import TestResponse

from portal.people.models import Team, TeamMember
from portal.saved_views.models import SavedView
from portal.tenants.models import AuditEntry
from portal.tickets.models import Priority, State
from tests.functional.agent.conftest import Desk
from tests.queries import QueryCounter


def column(page: TestResponse) -> dict[str, str | None]:
    """The names of the views beside a page, and their counts."""
    found = {}
    for link in page.html.select("nav.views a.view"):
        count = link.select_one(".num")
        found[link.select_one(".cut").text] = count.text if count else None
    return found


def subjects(page: TestResponse) -> list[str]:
    return [link.text for link in page.html.select(".queue .subject a")]


def form_of(page: TestResponse) -> Form:
    (found,) = {
        form for form in page.forms.values() if "query" in form.fields and "scope" in form.fields
    }
    return found


def save(
    desk: Desk, query: str, name: str, by: TestApp | None = None, **choices: Any
) -> TestResponse:
    """Save a list as a view, from the list; the page that comes then."""
    form = form_of(desk.get(f"/tickets?{query}", by).click("Save as view"))
    form["name"] = name
    for field, value in choices.items():
        form[field] = value
    return form.submit().follow()


@pytest.fixture
def urgent(desk: Desk) -> Desk:
    """Three tickets, of which one is urgent."""
    for subject in ("Quiet", "Urgent", "Solved"):
        desk.ticket(subject)
    desk.act(2, "bea", lambda service, ticket: service.set_priority(ticket, Priority.URGENT))
    desk.act(3, "bea", lambda service, ticket: service.set_state(ticket, State.SOLVED))
    return desk


def test_a_list_becomes_a_view_with_a_name_and_a_count(urgent: Desk) -> None:
    page = save(urgent, "state=unsolved&priority=urgent&sort=oldest", "Burning")
    assert page.html.h1.text == "Burning"
    assert "“Burning” stands among the views now." in page
    assert subjects(page) == ["Urgent"]
    assert page.html.select_one("#sorts [aria-current]").text.strip() == "Longest unchanged first"
    assert column(page)["Burning"] == "1"
    assert page.html.select_one("a.view[aria-current] .cut").text == "Burning"
    # It is there on every page, kept up to date, and a ticket leads back to it.
    urgent.act(1, "bea", lambda service, ticket: service.set_priority(ticket, Priority.URGENT))
    ticket = urgent.get("/tickets?view=" + page.request.GET["view"]).click("Quiet")
    assert column(ticket)["Burning"] == "2"
    assert ticket.html.select_one("a.back").text.strip() == "Burning"
    assert ticket.click("Burning", href="view=", index=0).html.h1.text == "Burning"


def test_a_view_that_no_counter_knows_has_no_count_in_the_column(urgent: Desk) -> None:
    page = save(urgent, "q=quiet", "With a word")
    assert column(page)["With a word"] is None
    assert page.html.select_one("h1 + .count").text == "1"


def test_it_is_seen_by_those_it_is_for(urgent: Desk) -> None:
    world = urgent.world
    with world.factory.session(world.seed.tenant.id) as db:
        team = Team(tenant_id=world.seed.tenant.id, name="Repairs")
        db.add(team)
        db.flush()
        db.add(
            TeamMember(
                tenant_id=team.tenant_id, team_id=team.id, user_id=world.seed.users["ben"].id
            )
        )
        team_id = team.id
    save(urgent, "state=new", "Mine alone")
    save(urgent, "state=new", "The team’s", scope="team", team=str(team_id))
    save(urgent, "state=new", "For all", scope="all")
    seen = [name for name in column(urgent.get("/tickets")) if name in _SAVED]
    assert seen == ["Mine alone", "The team’s", "For all"]
    bea = column(urgent.get("/tickets", urgent.bea))
    assert [name for name in bea if name in _SAVED] == ["For all"]
    # bea belongs to no team, and changes what others share as little as what is theirs alone.
    form = form_of(urgent.get("/views/new?state=new", urgent.bea))
    assert "team" not in form.fields
    for view in urgent.rows(SavedView):
        urgent.get(f"/views/{view.id}", urgent.bea, status=404)
    # An admin keeps what is shared in order, and sees nothing of what is not.
    ada = world.browser("ada")
    assert [
        urgent.get(f"/views/{view.id}", ada, status="*").status_int
        for view in sorted(urgent.rows(SavedView), key=lambda view: view.id)
    ] == [404, 200, 200]
    # A view of somebody else's shows no list either.
    (mine,) = urgent.rows(SavedView, SavedView.scope == "mine")
    gone = urgent.get(f"/tickets?view={mine.id}", urgent.bea).follow()
    assert "That view is gone." in gone


_SAVED = ("Mine alone", "The team’s", "For all")


def test_a_team_that_is_not_ones_own_is_refused(urgent: Desk) -> None:
    form = form_of(urgent.get("/views/new?state=new"))
    fields = dict(form.submit_fields()) | {"scope": "team", "team": "1", "name": "Theirs"}
    page = urgent.ben.post(form.action, fields, status=422)
    assert form_of(page)["name"].value == "Theirs"
    assert not urgent.rows(SavedView)


def test_a_view_without_a_name_is_asked_for_one(urgent: Desk) -> None:
    form = form_of(urgent.get("/views/new?state=new&tag=vip"))
    form["scope"] = "all"
    page = form.submit(status=422)
    assert "Enter a name." in page
    again = form_of(page)
    assert again["scope"].value == "all"
    assert again["query"].value == "state=new&tag=vip"


def test_it_is_changed_moved_and_deleted(urgent: Desk) -> None:
    save(urgent, "state=new", "One")
    save(urgent, "state=open", "Two")
    page = urgent.get("/tickets").click("Manage views")
    one, two = sorted(urgent.rows(SavedView), key=lambda view: view.id)
    form = form_of(page.click(href=rf"/views/{one.id}$"))
    assert form["name"].value == "One"
    form["name"] = "First"
    form["own_columns"] = True
    for box, name in zip(
        form.fields["columns"], ("requester", "assignee", "team", "tags"), strict=False
    ):
        box.checked = name == "tags"
    page = form.submit().follow()
    heads = [head.text for head in page.html.select(".queue th")]
    assert "Tags" in heads
    assert "Requester" not in heads
    move = urgent.get("/views").forms
    (up,) = {form for form in move.values() if form.action.endswith(f"/views/{two.id}/move")}
    page = up.submit("to", value="up").follow()
    assert [name for name in column(page) if name in ("First", "Two")] == ["Two", "First"]
    (delete,) = {
        form for form in page.forms.values() if form.action.endswith(f"/views/{two.id}/delete")
    }
    page = delete.submit().follow()
    assert "“Two” is deleted." in page
    assert "Two" not in column(page)


def test_a_view_with_other_filters_is_saved_anew_or_as_another(urgent: Desk) -> None:
    view = save(urgent, "state=unsolved&priority=urgent", "Burning")
    assert "Save the changes" not in view
    page = view.click("Remove this filter", href="base=", index=1)
    assert page.html.h1.text == "Burning"
    assert page.html.select_one("a.view[aria-current] .cut").text == "Burning"
    assert subjects(page) == ["Urgent", "Quiet"]
    # A ticket leads back to the list as it is here, and so does the way back from there.
    back = page.click("Quiet").click("Burning", href="base=", index=0)
    assert subjects(back) == ["Urgent", "Quiet"]
    assert subjects(back.click("Back to the view")) == ["Urgent"]
    assert form_of(back.click("Save as a new view"))["query"].value == "state=unsolved"
    (saving,) = {form for form in back.forms.values() if form.action.endswith("/filters")}
    saved = saving.submit().follow()
    assert "“Burning” is saved." in saved
    assert subjects(saved) == ["Urgent", "Quiet"]
    assert "Save the changes" not in saved
    assert column(saved)["Burning"] == "2"


def test_another_order_of_a_view_is_saved_too(urgent: Desk) -> None:
    view = save(urgent, "state=new", "Fresh")
    page = view.click("Longest unchanged first")
    (saving,) = {form for form in page.forms.values() if form.action.endswith("/filters")}
    saved = saving.submit().follow()
    assert saved.html.select_one("#sorts [aria-current]").text.strip() == "Longest unchanged first"
    (row,) = urgent.rows(SavedView)
    assert (row.sort, row.query) == ("oldest", "state=new")


def test_changes_of_what_others_see_are_in_the_audit_log(urgent: Desk) -> None:
    save(urgent, "state=new&tag=secret", "Mine alone")
    (row,) = urgent.rows(SavedView)
    form = form_of(urgent.get(f"/views/{row.id}"))
    form["name"], form["scope"] = "For all", "all"
    form.submit().follow()
    form = form_of(urgent.get(f"/views/{row.id}?state=unsolved&assignee=me"))
    form["sort"] = "oldest"
    form.submit().follow()
    page = urgent.get(f"/tickets?state=unsolved&base={row.id}")
    (saving,) = {form for form in page.forms.values() if form.action.endswith("/filters")}
    saving.submit().follow()
    page = urgent.get("/views")
    (delete,) = {form for form in page.forms.values() if form.action.endswith("/delete")}
    delete.submit().follow()
    entries = sorted(urgent.rows(AuditEntry), key=lambda entry: entry.id)
    assert [(entry.action, entry.details) for entry in entries] == [
        ("view.changed", {"view.scope": ["mine", "all"]}),
        (
            "view.changed",
            {
                "view.query": ["state:new tag:secret", "state:unsolved assignee:me"],
                "view.sort": ["updated", "oldest"],
            },
        ),
        (
            "view.changed",
            {
                "view.query": ["state:unsolved assignee:me", "state:unsolved"],
                "view.sort": ["oldest", "updated"],
            },
        ),
        ("view.deleted", {}),
    ]
    assert {(each.actor_name, each.target) for each in entries} == {("Ben Agent", "For all")}


def test_who_may_not_change_a_view_can_save_another(urgent: Desk) -> None:
    save(urgent, "state=new", "For all", scope="all")
    (row,) = urgent.rows(SavedView)
    page = urgent.get(f"/tickets?state=open&base={row.id}", urgent.bea)
    assert "Save as a new view" in page
    assert "Save the changes" not in page
    # A list that was made from a view that is gone is a list like others.
    assert "Save as view" in urgent.get("/tickets?state=open&base=987654", urgent.bea)


def test_customers_have_no_views(desk: Desk) -> None:
    cleo = desk.world.browser("cleo")
    desk.get("/views", cleo, status=404)
    desk.get("/views/new?state=new", cleo, status=404)


def test_views_cost_one_query_however_many_there_are(
    urgent: Desk, count_queries: QueryCounter
) -> None:
    urgent.get("/tickets")
    count_queries.reset()
    urgent.get("/tickets")
    before = len(count_queries)
    for number in range(3):
        save(urgent, f"state=new&assignee=me&priority=high&q={number}", f"View {number}")
        save(urgent, "state=pending", f"Counted {number}")
    count_queries.reset()
    page = urgent.get("/tickets")
    assert len(count_queries) == before, str(count_queries)
    assert len(column(page)) == 8 + 6 + 1
