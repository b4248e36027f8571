"""A customer's page: notes, and what agents may change."""

from sqlalchemy import select

from portal.people.models import User, UserNote
from portal.tenants.models import AuditEntry
from tests.factories import World
from tests.functional.admin.conftest import form_of


def person_url(world: World, first: str, view: str = "") -> str:
    path = world.url(f"/people/{world.seed.users[first].id}")
    return f"{path}/{view}" if view else path


def notes(world: World) -> list[str]:
    with world.factory.session(world.seed.tenant.id) as db:
        return list(db.scalars(select(UserNote.body).order_by(UserNote.id)))


def test_a_note_is_added_read_by_colleagues_and_deleted_by_its_writer(world: World) -> None:
    ben, bea = world.browser("ben"), world.browser("bea")
    page = ben.get(person_url(world, "cleo"))
    form = form_of(page, person_url(world, "cleo", "notes"))
    form["body"] = "  "
    assert form.submit(status=422).html.select(".error")
    form["body"] = "Prefers **calls** <script>alert(1)</script>"
    page = form.submit(status=303).follow()
    assert "<strong>calls</strong>" in page.text
    assert "<script>alert" not in page.text
    page = bea.get(person_url(world, "cleo"))
    assert "Ben Agent" in page.html.select_one("#notes").text
    deletion = person_url(world, "cleo", "delete-note")
    assert not page.html.select(f'form[action="{deletion}"]')
    own = form_of(ben.get(person_url(world, "cleo")), deletion)
    token = page.html.select_one("input[name=csrf_token]")["value"]
    bea.post(deletion, {"csrf_token": token, "note": own["note"].value}, status=303)
    assert len(notes(world)) == 1
    own.submit(status=303)
    assert notes(world) == []


def test_customers_neither_read_nor_write_notes(world: World) -> None:
    cleo = world.browser("cleo")
    token = cleo.get(world.url("/profile")).html.select_one("input[name=csrf_token]")["value"]
    cleo.get(person_url(world, "cleo"), status=404)
    cleo.post(person_url(world, "cleo", "notes"), {"csrf_token": token, "body": "Mine"}, status=404)
    assert notes(world) == []


def test_name_and_organisation_are_changed_and_audited(world: World) -> None:
    ben = world.browser("ben")
    form = form_of(
        ben.get(person_url(world, "dora")).click("Edit"), person_url(world, "dora", "edit")
    )
    form["name"] = ""
    form["organisation"] = str(world.seed.organisation.id)
    page = form.submit(status=422)
    again = form_of(page, person_url(world, "dora", "edit"))
    assert again["organisation"].value == str(world.seed.organisation.id)
    again["name"] = "Dora Dent"
    again.submit(status=303)
    with world.factory.session(world.seed.tenant.id) as db:
        dora = db.get_one(User, (world.seed.tenant.id, world.seed.users["dora"].id))
        assert (dora.name, dora.organisation_id) == ("Dora Dent", world.seed.organisation.id)
        entries = db.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        assert [(entry.action, entry.actor_name) for entry in entries] == [
            ("person.changed", "Ben Agent")
        ] * 2


def test_agents_do_not_change_their_colleagues(world: World) -> None:
    ben = world.browser("ben")
    page = ben.get(person_url(world, "ada"))
    assert not page.html.select(f'a[href="{person_url(world, "ada", "edit")}"]')
    token = page.html.select_one("input[name=csrf_token]")["value"]
    sent = {"csrf_token": token, "name": "Nobody", "organisation": ""}
    ben.get(person_url(world, "ada", "edit"), status=404)
    ben.post(person_url(world, "ada", "edit"), sent, status=404)
