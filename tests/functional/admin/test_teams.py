"""Settings: teams."""

from sqlalchemy import select

from portal.people.models import Role, Team, TeamMember
from portal.people.service import PeopleService
from portal.people.settings_service import PeopleAdministration
from portal.tenants.audit import AuditLog
from tests.factories import TenantFactory
from tests.functional.admin.conftest import Admin, errors


def only_team(admin: Admin) -> Team:
    team: Team = admin.look(lambda db, _t: db.scalars(select(Team)).one())
    return team


def members(admin: Admin) -> set[int]:
    return set(admin.look(lambda db, _t: db.scalars(select(TeamMember.user_id)).all()))


def add(admin: Admin, *firsts: str, name: str = "Repairs", assignment: str = "round_robin") -> Team:
    form = admin.form("/teams/new")
    form["name"] = name
    form["assignment"] = assignment
    tick(admin, form, *firsts)
    form.submit(status=303)
    return only_team(admin)


def tick(admin: Admin, form: object, *firsts: str) -> None:
    ids = {str(admin.user(first).id) for first in firsts}
    for box in form.fields["members"]:  # type: ignore[attr-defined]  # WebTest's forms are untyped
        box.checked = box._value in ids


def test_a_team_is_added_and_changed(admin: Admin) -> None:
    assert "No teams yet" in admin.get("/teams").text
    team = add(admin, "ben", "bea")
    assert (team.name, team.assignment) == ("Repairs", "round_robin")
    assert members(admin) == {admin.user("ben").id, admin.user("bea").id}
    page = admin.get("/teams")
    assert "Everybody in turn" in page.text
    assert "Bea Agent, Ben Agent" in page.text
    form = admin.form(f"/teams/{team.id}")
    assert form["assignment"].value == "round_robin"
    tick(admin, form, "ada", "bea")
    form["name"] = "Workshop"
    form.submit(status=303)
    assert members(admin) == {admin.user("ada").id, admin.user("bea").id}
    assert [(entry.action, entry.target, entry.details) for entry in admin.audit()] == [
        ("team.created", "Repairs", {"assignment": [None, "round_robin"]}),
        ("team.changed", "Repairs", {"members": [[], ["bea@acme.test", "ben@acme.test"]]}),
        ("team.changed", "Workshop", {"name": ["Repairs", "Workshop"]}),
        (
            "team.changed",
            "Workshop",
            {
                "members": [
                    ["bea@acme.test", "ben@acme.test"],
                    ["ada@acme.test", "bea@acme.test"],
                ]
            },
        ),
    ]
    admin.form(f"/teams/{team.id}").submit(status=303)
    assert len(admin.audit()) == 4


def test_what_cannot_be_is_said_and_nothing_typed_is_lost(admin: Admin) -> None:
    add(admin, "ben")
    form = admin.form("/teams/new")
    form["name"] = "Repairs"
    tick(admin, form, "bea")
    page = form.submit(status=422)
    assert errors(page) == ["There is a team of this name already."]
    boxes = page.html.select("input[name=members][checked]")
    assert [box["value"] for box in boxes] == [str(admin.user("bea").id)]


def test_a_customer_or_a_stranger_cannot_be_a_member(admin: Admin, tenants: TenantFactory) -> None:
    foreign = tenants.create().users["ben"].id
    form = admin.form("/teams/new")
    page = admin.browser.post(
        admin.url("/teams/new"),
        {
            "csrf_token": form["csrf_token"].value,
            "name": "Repairs",
            "assignment": "by_hand",
            "members": [str(admin.user("cleo").id), str(foreign), str(admin.user("ben").id)],
        },
        status=303,
    )
    assert page.status_int == 303
    assert members(admin) == {admin.user("ben").id}


def test_an_archived_team_is_no_longer_offered(admin: Admin) -> None:
    team = add(admin, "ben")
    admin.press("/teams", f"/teams/{team.id}/archive")
    assert only_team(admin).archived_at is not None
    number = admin.world.ticket().number
    agent = admin.world.browser("ben")
    assert "Repairs" not in agent.get(admin.world.url(f"/tickets/{number}")).text
    admin.press("/teams", f"/teams/{team.id}/restore")
    assert "Repairs" in agent.get(admin.world.url(f"/tickets/{number}")).text


def test_who_is_no_agent_any_more_leaves_the_teams(admin: Admin) -> None:
    add(admin, "ben", "bea")
    with admin.world.factory.session(admin.world.seed.tenant.id) as db:
        tenant = admin.world.seed.tenant
        people = PeopleAdministration(db, tenant, AuditLog(db, tenant))
        ben = PeopleService(db, tenant).by_email("ben@acme.test")
        assert ben is not None
        people.set_role(ben, Role.CUSTOMER)
    assert members(admin) == {admin.user("bea").id}
