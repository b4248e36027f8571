"""An agent's day with a role of the tenant's making: what they find, and what is refused."""

from typing import Any

from sqlalchemy import update
from webtest import TestApp, TestResponse

from portal.bulk.models import BulkRun
from portal.bulk.runs import BATCH
from portal.people.models import User
from portal.people.preferences import choose
from portal.saved_views.models import SavedView, Scope
from portal.security.grants import EVERY, GRANTS, USUAL
from portal.security.permissions import Permission
from portal.tickets.mark_models import TicketStar
from tests.factories.jobs import JobRunner
from tests.functional.agent.conftest import Desk
from tests.functional.agent.many import many_tickets
from tests.queries import QueryCounter

WHO_CAN = "An admin can change that in the settings, under Roles."


def token(desk: Desk, by: TestApp) -> str:
    value: str = desk.get("/profile", by).html.select_one("[name=csrf_token]")["value"]
    return value


def post(
    desk: Desk, path: str, fields: dict[str, Any], status: int = 303, by: TestApp | None = None
) -> TestResponse:
    browser = by or desk.ben
    sent = {"csrf_token": token(desk, browser), **fields}
    return browser.post(desk.world.url(path), sent, status=status)


def said(page: TestResponse) -> str:
    return " ".join(page.html.select_one("main").text.split())


def actions(page: TestResponse) -> set[str]:
    """The last words of the addresses that the page's forms post to."""
    return {
        (each.get("action") or "").partition("?")[0].rpartition("/")[2]
        for each in page.html.select("main form[method=post]")
    }


class TestALightAgent:
    def test_finds_only_what_they_can_do(self, desk: Desk) -> None:
        number = desk.ticket()
        desk.world.give_role("ben")
        queue = desk.get("/tickets")
        assert actions(queue) == {"columns", "rows"}
        assert "New ticket" not in queue
        assert not queue.html.select("[name=snooze], [data-select-page], [name=number]")
        assert queue.html.select("[name=star]")
        assert "New ticket" not in desk.get("/")
        rail = {link["href"].rpartition("/")[2] for link in queue.html.select(".rail a.rail-link")}
        assert rail.isdisjoint({"people", "integration", "settings"})
        page = desk.get(f"/tickets/{number}")
        assert actions(page) == {"star", "follow"}
        assert not page.html.select("main select")
        assert "Reply to customer" not in page
        assert "it does not include replies to customers" in page
        assert {"Print"} == {each.text.strip() for each in page.html.select("#ticket-menu a")}
        assert "/people/" not in "".join(link["href"] for link in page.html.select("main a"))
        for path in ("print", "next", "previous"):
            desk.get(f"/tickets/{number}/{path}")

    def test_writes_notes_and_stars(self, desk: Desk) -> None:
        number = desk.ticket()
        desk.world.give_role("ben")
        note = desk.composer(number, "note")
        note["body"] = "The hinge is from the first batch."
        assert "become" not in {
            each["name"]
            for each in desk.get(f"/tickets/{number}?compose=note").html.select(
                "#composer button[name]"
            )
        }
        note.submit().follow()
        post(desk, f"/tickets/{number}/draft?kind=note", {"body": "More"}, 200)
        post(desk, f"/tickets/{number}/star", {"on": "1"})
        assert [each.kind for each in desk.messages(number)] == ["reply", "note"]
        assert len(desk.rows(TicketStar)) == 1
        # Nor does the address of the reply open one: it is the draft of the note.
        composer = desk.get(f"/tickets/{number}?compose=reply").forms["composer"]
        assert composer.action.partition("?")[0].endswith("/note")

    def test_reads_what_their_role_is(self, desk: Desk) -> None:
        assert "Light agent" not in desk.get("/profile")
        desk.world.give_role("ben")
        assert "Light agent" in desk.get("/profile")

    def test_asks_the_database_no_more_than_others(
        self, desk: Desk, count_queries: QueryCounter
    ) -> None:
        number, asked = desk.ticket(), []
        for has_role in (False, True):
            if has_role:
                desk.world.give_role("ben")
            for path in ("/tickets", f"/tickets/{number}", "/"):
                desk.get(path)
                count_queries.reset()
                desk.get(path)
                asked.append(len(count_queries.statements))
        assert asked[3:] == asked[:3]

    def test_is_told_who_can_change_what_is_refused(self, desk: Desk) -> None:
        """Every door that a role can shut, knocked at by hand."""
        number, other = desk.ticket(), desk.ticket("Another")
        cleo, dora = (desk.world.seed.users[first].id for first in ("cleo", "dora"))
        desk.world.give_role("ben")
        key, ticket = {"body": "Hello"}, f"/tickets/{number}"
        doors: list[tuple[Permission, str, dict[str, Any] | None]] = [
            (Permission.REPLY, f"{ticket}/reply", key),
            (Permission.REPLY, f"{ticket}/note", {"become": "reply"}),
            (Permission.REPLY, f"{ticket}/note", {**key, "become": "reply-sure"}),
            (Permission.REPLY, f"{ticket}/draft?kind=reply", key),
            (Permission.OPEN_FOR_CUSTOMER, "/tickets/new", key),
            (Permission.OPEN_FOR_CUSTOMER, "/tickets/new", None),
            (Permission.WORK_TICKET, f"{ticket}/fields", {"state": "solved"}),
            (Permission.WORK_TICKET, f"{ticket}/custom", {"key": "x", "value": "y"}),
            (Permission.WORK_TICKET, f"{ticket}/tags", {"tag": "vip"}),
            (Permission.WORK_TICKET, f"{ticket}/subject", {"subject": "Mine"}),
            (Permission.WORK_TICKET, f"{ticket}/cc", {"person": "ben@acme.test"}),
            (Permission.WORK_TICKET, f"{ticket}/requester", {"person": "ben@acme.test"}),
            (Permission.WORK_TICKET, f"{ticket}/snooze", {"until": "tomorrow"}),
            (Permission.WORK_TICKET, f"{ticket}/link", {"other": str(other)}),
            (Permission.WORK_TICKET, f"{ticket}/unlink", {"other": str(other)}),
            (Permission.WORK_TICKET, "/tickets/rows", {"snooze": str(number)}),
            (Permission.MERGE_TICKETS, f"{ticket}/merge", {"with": str(other)}),
            (Permission.MERGE_TICKETS, f"{ticket}/merge", None),
            (Permission.MERGE_TICKETS, f"{ticket}/unmerge", {}),
            (Permission.MERGE_TICKETS, f"{ticket}/split", {"message": "1", "subject": "New"}),
            (Permission.CHANGE_MANY, "/bulk", {"number": str(number), "do": "state:solved"}),
            (Permission.CHANGE_MANY, "/bulk", None),
            (Permission.VIEW_PEOPLE, "/people", None),
            (Permission.VIEW_PEOPLE, "/people/suggest?q=cle", None),
            (Permission.VIEW_PEOPLE, f"/people/{cleo}", None),
            (Permission.VIEW_PEOPLE, f"/organisations/{desk.world.seed.organisation.id}", None),
            (Permission.EDIT_PEOPLE, f"/people/{cleo}/edit", {"name": "Me"}),
            (Permission.EDIT_PEOPLE, f"/people/{cleo}/notes", key),
            (Permission.MERGE_PEOPLE, f"/people/{cleo}/merge", {"kept": str(dora)}),
            (Permission.VIEW_INTEGRATION, "/integration", None),
            (Permission.VIEW_SIGN_IN_LOG, "/settings/sign-in/log", None),
        ]
        assert {door[0] for door in doors} == EVERY - {
            Permission.SHARE_WITH_ALL,
            Permission.CHANGE_UNLIMITED,
        }
        csrf = token(desk, desk.ben)
        before = desk.stored(number).version
        for permission, path, fields in doors:
            url = desk.world.url(path)
            page = (
                desk.ben.get(url, status=403)
                if fields is None
                else desk.ben.post(url, {"csrf_token": csrf, **fields}, status=403)
            )
            label = GRANTS[permission].label
            assert f"Your role, “Light agent”, does not include “{label}”. {WHO_CAN}" in said(
                page
            ), path
        assert desk.stored(number).version == before
        assert len(desk.messages(number)) == 1
        # What nobody but admins may do is refused in the usual words.
        assert WHO_CAN not in said(desk.get("/settings/roles", status=403))

    def test_does_not_find_people_by_searching(self, desk: Desk) -> None:
        desk.ticket()
        assert "person" in [each["kind"] for each in desk.get("/tickets/suggest?q=cleo").json]
        desk.world.give_role("ben")
        assert "person" not in [each["kind"] for each in desk.get("/tickets/suggest?q=cleo").json]
        assert "/people/" not in desk.get("/tickets/search?q=cleo").text


def test_a_change_counts_from_the_next_request(desk: Desk) -> None:
    number = desk.ticket()
    desk.world.give_role("ben")
    post(desk, f"/tickets/{number}/fields", {"priority": "high"}, 403)
    desk.world.give_role("ben", Permission.WORK_TICKET)
    post(desk, f"/tickets/{number}/fields", {"priority": "high"})
    assert desk.stored(number).priority == "high"


def test_nobody_lets_themselves_in(desk: Desk) -> None:
    """Who may change tickets makes themselves requester and copy, and still cannot reply."""
    number = desk.ticket()
    desk.world.give_role("ben", Permission.WORK_TICKET)
    post(desk, f"/tickets/{number}/cc", {"person": "ben@acme.test"})
    post(desk, f"/tickets/{number}/reply", {"body": "Hello"}, 403)
    post(desk, f"/tickets/{number}/requester", {"person": "ben@acme.test"})
    assert desk.stored(number).requester_id == desk.world.seed.users["ben"].id
    post(desk, f"/tickets/{number}/reply", {"body": "Hello"}, 403)


def test_a_membership_of_a_company_lets_no_agent_reply(desk: Desk) -> None:
    number = desk.ticket()
    seed = desk.world.seed
    with desk.world.factory.session(seed.tenant.id) as db:
        organisation = type(seed.organisation)
        db.execute(update(organisation).values(members_reply=True))
        db.execute(
            update(User)
            .where(User.id == seed.users["ben"].id)
            .values(organisation_id=seed.organisation.id)
        )
    desk.world.give_role("ben")
    post(desk, f"/tickets/{number}/reply", {"body": "Hello"}, 403)


class TestManyAtOnce:
    LIMITED = (Permission.WORK_TICKET, Permission.CHANGE_MANY)

    def everything(self, desk: Desk, status: int) -> TestResponse:
        fields = {"all": "1", "query": "state=new", "sure": "1", "do": "priority:high"}
        return post(desk, "/bulk", fields, status)

    def test_up_to_a_page_of_them(self, desk: Desk) -> None:
        many_tickets(desk, BATCH)
        desk.world.give_role("ben", *self.LIMITED)
        page = desk.get("/tickets")
        assert page.html.select("[name=number]")
        assert not page.html.select("[name=all]")
        self.everything(desk, 303)
        desk.ticket("One more")
        assert "“Change more than 50 tickets at once”" in said(self.everything(desk, 403))

    def test_a_run_ends_when_its_actor_may_no_longer_do_it(
        self, desk: Desk, run_jobs: JobRunner
    ) -> None:
        many_tickets(desk, BATCH + 1)
        place = self.everything(desk, 303).location
        desk.world.give_role("ben", *self.LIMITED)
        run_jobs()
        (run,) = desk.rows(BulkRun)
        assert (run.state, run.changed) == ("stopped", 0)
        assert desk.stored(1).priority != "high"
        desk.ben.get(place)
        post(desk, f"/bulk/{run.id}/undo", {}, 403)
        desk.world.give_role("ben")
        desk.ben.get(place, status=403)
        desk.world.browser("bea").get(place, status=404)


def test_a_held_reply_stays_with_who_may_no_longer_reply(desk: Desk, run_jobs: JobRunner) -> None:
    number, seed = desk.ticket(), desk.world.seed
    with desk.world.factory.session(seed.tenant.id) as db:
        choose(db.get_one(User, (seed.tenant.id, seed.users["ben"].id)), undo_seconds=30)
    form = desk.composer(number)
    form["body"] = "It is on its way."
    form.submit("then", value="pending")
    desk.world.give_role("ben")
    run_jobs(later=True)
    assert len(desk.messages(number)) == 1
    page = desk.get(f"/tickets/{number}")
    assert "your role does not include replies to customers any more" in page
    composer = page.forms["composer"]
    assert composer["body"].value == "It is on its way."
    assert composer.action.partition("?")[0].endswith("/note")


def test_views_for_everybody_are_of_those_who_may_share(desk: Desk) -> None:
    fields = {"name": "Open", "query": "state=open", "scope": "all", "sort": "updated"}
    post(desk, "/views/new", fields)
    (view,) = desk.rows(SavedView)
    desk.world.give_role("ben", *(USUAL - {Permission.SHARE_WITH_ALL}))
    page = post(desk, "/views/new", fields, 422)
    assert not page.html.select("[name=scope][value=all]")
    page = post(desk, f"/views/{view.id}", {**fields, "name": "Mine now"}, 422)
    assert "Your role does not include views that everybody sees" in page
    for path in ("filters", "move"):
        assert "“Share with everybody”" in said(post(desk, f"/views/{view.id}/{path}", {}, 403))
    post(desk, f"/views/{view.id}", {**fields, "scope": "mine"})
    assert [each.scope for each in desk.rows(SavedView)] == [Scope.MINE]


def test_the_sign_in_log_can_be_given(desk: Desk) -> None:
    desk.world.give_role("ben", *EVERY, name="Second line")
    hub = desk.get("/integration")
    log = hub.click("Sign-in log")
    assert log.html.select_one("h1").text == "Sign-in log"
    assert not log.html.select("[name=log_days], nav.tabs")
    assert "/settings/people" not in log.text
    post(desk, "/settings/sign-in/log", {"log_days": "1"}, 403)
    desk.get("/settings/sign-in", status=403)
    assert "Sign-in log" in desk.get("/palette")


def test_an_admin_has_everything_whatever_they_held(desk: Desk) -> None:
    number, ada = desk.ticket(), desk.world.browser("ada")
    desk.world.give_role("ada")
    form = desk.composer(number, by=ada)
    form["body"] = "Hello"
    form.submit("then", value="solved")
    assert desk.stored(number).state == "solved"
