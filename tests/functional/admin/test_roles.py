"""Settings: roles, who has them, and what the audit log tells."""

from contextlib import AbstractContextManager
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError
from webtest import Form

from portal.db import TenantSession
from portal.people.agent_roles import AgentRoles
from portal.people.models import AgentRole, Role, User
from portal.people.settings_service import PeopleAdministration
from portal.security.grants import EVERY, USUAL
from portal.security.permissions import Permission
from portal.tenants.audit import AuditLog
from tests.functional.admin.conftest import Admin, errors, form_of


def tick(form: Form, *permissions: Permission) -> Form:
    """Exactly these permissions."""
    for box in form.fields["permissions"]:
        box.checked = box._value in permissions
    return form


def ticked(form: Form) -> set[str]:
    return {box._value for box in form.fields["permissions"] if box.checked}


def add(admin: Admin, name: str, *permissions: Permission) -> AgentRole:
    form = admin.form("/roles/new")
    form["name"] = name
    tick(form, *permissions).submit(status=303)
    row: AgentRole = admin.look(
        lambda db, _t: db.scalars(select(AgentRole).where(AgentRole.name == name)).one()
    )
    return row


def held_by(admin: Admin, first: str) -> int | None:
    key = admin.user(first).id
    held: int | None = admin.look(
        lambda db, _t: db.scalar(select(User.agent_role_id).where(User.id == key))
    )
    return held


def test_a_role_is_made_changed_given_and_deleted(admin: Admin) -> None:
    page = admin.get("/roles")
    assert "No roles of your own" in page
    assert [each.text for each in page.html.select("main .card li > .small")] == [
        "2 people",
        "1 person",
    ]
    assert ticked(admin.form("/roles/new")) == USUAL
    row = add(admin, "Light agent", Permission.VIEW_PEOPLE)
    assert admin.last() == (
        "role.created",
        "Light agent",
        {"may.view_people": [False, True]},
    )
    form = admin.form(f"/people/{admin.user('ben').id}")
    assert form["role"].value == "agent"
    form["role"] = f"agent:{row.id}"
    form.submit(status=303)
    assert admin.last() == (
        "person.role_changed",
        "ben@acme.test",
        {"agent_role": [None, "Light agent"]},
    )
    page = admin.get("/roles")
    assert "1 of 12 permissions" in page
    assert "Ben Agent" in admin.get(f"/roles/{row.id}")
    assert "Light agent" in admin.get("/people?q=ben")
    form = admin.form(f"/roles/{row.id}")
    assert ticked(form) == {"view_people"}
    form["name"] = "Notes and customers"
    tick(form, Permission.VIEW_PEOPLE, Permission.EDIT_PEOPLE).submit(status=303)
    assert admin.last()[2] == {
        "name": ["Light agent", "Notes and customers"],
        "may.edit_people": [False, True],
    }
    assert "Change customers" in admin.get("/audit")
    before = len(admin.audit())
    admin.form(f"/roles/{row.id}").submit(status=303)
    assert len(admin.audit()) == before
    admin.fill(f"/roles/{row.id}/delete", role="agent")
    assert admin.last() == (
        "role.deleted",
        "Notes and customers",
        {"members": [["ben@acme.test"], []], "agent_role": ["Notes and customers", None]},
    )
    assert held_by(admin, "ben") is None
    admin.get(f"/roles/{row.id}", status=404)


def test_before_a_role_is_deleted_it_is_asked_which_one_they_get(admin: Admin) -> None:
    row, other = add(admin, "Light agent"), add(admin, "Orders", Permission.REPLY)
    admin.world.give_role("ben")
    page = admin.get(f"/roles/{row.id}").click("Delete the role")
    assert "Ben Agent" in page
    form = form_of(page, admin.url(f"/roles/{row.id}/delete"))
    assert form["role"].value is None
    assert [value for value, *_ in form["role"].options] == ["agent", f"agent:{other.id}"]
    # Without an answer nothing happens, nor with one that is none: it, another tenant's, an admin.
    assert errors(form.submit(status=422)) == ["Choose one of the list."]
    for wrong in (f"agent:{row.id}", "agent:999999", "admin"):
        form["role"].force_value(wrong)
        form.submit(status=422)
    assert held_by(admin, "ben") == row.id
    form["role"].force_value(f"agent:{other.id}")
    form.submit(status=303)
    assert held_by(admin, "ben") == other.id
    assert admin.last() == (
        "role.deleted",
        "Light agent",
        {"members": [["ben@acme.test"], []], "agent_role": ["Light agent", "Orders"]},
    )
    form.submit(status=404)


def test_a_role_that_nobody_has_is_deleted_without_a_question(admin: Admin) -> None:
    row = add(admin, "Light agent")
    path = f"/roles/{row.id}"
    assert not admin.get(f"{path}/delete").html.select("main [type=radio]")
    form = admin.form(path, f"{path}/delete")
    # Somebody got it while the page was open.
    admin.world.give_role("ben")
    assert "Role that they get instead" in form.submit(status=422)
    # There is no other to choose from.
    assert admin.form(f"{path}/delete")["role"].value == "agent"
    assert held_by(admin, "ben") == row.id
    admin.fill(f"/people/{admin.user('ben').id}", role="agent")
    form.submit(status=303)
    assert admin.last() == ("role.deleted", "Light agent", {})


def test_who_gives_a_role_and_who_deletes_one_wait_for_each_other(admin: Admin) -> None:
    row, other = add(admin, "Light agent"), add(admin, "Orders")
    seed, ben, bea = admin.world.seed, admin.user("ben").id, admin.user("bea").id

    def roles(db: TenantSession) -> AgentRoles:
        return AgentRoles(db, seed.tenant, AuditLog(db, seed.tenant))

    with admin.world.factory.session(seed.tenant.id) as giving:
        given = next(each for each in roles(giving).all(hold=True) if each.id == row.id)
        PeopleAdministration(giving, seed.tenant, AuditLog(giving, seed.tenant)).set_agent_role(
            giving.get_one(User, (seed.tenant.id, bea)), given
        )
        with refused_a_lock(), admin.world.factory.session(seed.tenant.id) as deleting:
            wait_for_nobody(deleting)
            roles(deleting).held_for_deletion(one(deleting, row))
    with admin.world.factory.session(seed.tenant.id) as deleting:
        service, doomed = roles(deleting), one(deleting, row)
        (instead,) = service.held_for_deletion(doomed)
        for key in (row.id, other.id):
            with refused_a_lock(), admin.world.factory.session(seed.tenant.id) as giving:
                wait_for_nobody(giving)
                giving.execute(update(User).where(User.id == ben).values(agent_role_id=key))
        service.delete(doomed, instead)
    assert (held_by(admin, "ben"), held_by(admin, "bea")) == (None, other.id)


def wait_for_nobody(db: TenantSession) -> None:
    """Who would have to wait in this transaction is told so at once."""
    db.execute(text("set local lock_timeout = '1ms'"))


def one(db: TenantSession, row: AgentRole) -> AgentRole:
    found: AgentRole = db.get_one(AgentRole, (row.tenant_id, row.id))
    return found


def refused_a_lock() -> AbstractContextManager[Any]:
    return pytest.raises(OperationalError, match="lock timeout")


def test_what_cannot_be_is_said_beside_its_field(admin: Admin) -> None:
    add(admin, "Light agent")
    form = tick(admin.form("/roles/new"), Permission.MERGE_PEOPLE, Permission.VIEW_PEOPLE)
    form["name"] = "Merger"
    page = form.submit(status=422)
    assert errors(page) == ["“Merge customers” needs “Change customers” as well."]
    boxes = page.html.select("input[name=permissions][checked]")
    assert [box["value"] for box in boxes] == ["view_people", "merge_people"]
    for taken in ("light AGENT", "Admin"):
        form["name"] = taken
        tick(form)
        assert errors(form.submit(status=422)) == ["There is a role of this name already."]


def test_what_is_not_offered_is_not_given(admin: Admin) -> None:
    form = admin.form("/roles/new")
    token = form["csrf_token"].value
    fields = [("csrf_token", token), ("name", "Root")]
    fields += [("permissions", word) for word in ("administer", "nobody", "reply", "x")]
    admin.browser.post(admin.url("/roles/new"), fields, status=303)
    row = admin.look(lambda db, _t: db.scalars(select(AgentRole)).one())
    assert row.permissions == ["reply"]


@pytest.mark.parametrize(("role", "has"), [("agent", USUAL), ("admin", EVERY)])
def test_the_built_in_ones_are_only_read(admin: Admin, role: str, has: set[str]) -> None:
    page = admin.get(f"/roles/{role}")
    boxes = page.html.select("input[name=permissions]")
    assert {box["value"] for box in boxes if box.has_attr("checked")} == has
    assert all(box.has_attr("disabled") for box in boxes)
    token = admin.form("/roles/new")["csrf_token"].value
    admin.browser.post(admin.url(f"/roles/{role}"), {"csrf_token": token}, status=405)


def test_somebody_is_invited_into_a_role(admin: Admin) -> None:
    row = add(admin, "Light agent")
    form = admin.form("/people/invite")
    form["email"], form["role"] = "lia@acme.test", f"agent:{row.id}"
    form.submit(status=200)
    user = admin.look(
        lambda db, _t: db.scalars(select(User).where(User.email == "lia@acme.test")).one()
    )
    assert (user.role, user.agent_role_id) == (Role.AGENT, row.id)


def test_only_agents_have_one(admin: Admin) -> None:
    row = add(admin, "Light agent")
    path = f"/people/{admin.user('ben').id}"
    admin.fill(path, role=f"agent:{row.id}")
    admin.fill(path, role="admin")
    assert held_by(admin, "ben") is None
