"""Merging two customers, and what somebody may try with it."""

from portal.people.models import User
from tests.factories import World
from tests.functional.admin.conftest import form_of
from tests.functional.agent.test_person import person_url


def merged_into(world: World, first: str) -> int | None:
    with world.factory.session(world.seed.tenant.id) as db:
        user = db.get_one(User, (world.seed.tenant.id, world.seed.users[first].id))
        return user.merged_into_id


def test_an_agent_sees_what_moves_and_merges(world: World) -> None:
    world.ticket(by="dora", subject="Loose hinge")
    dora, ben = world.browser("dora"), world.browser("ben")
    dora.get(world.url("/tickets"))
    page = ben.get(person_url(world, "dora")).click("Merge", index=0)
    form = form_of(page, person_url(world, "dora", "merge"))
    for wrong in ("nobody@customer.test", "dora@customer.test", "ben@acme.test"):
        form["into"] = wrong
        assert form.submit(status=422).html.select_one("#into")["value"] == wrong
    form["into"] = "cleo@customer.test"
    page = form.submit()
    assert merged_into(world, "dora") is None
    sure = next(form for form in page.forms.values() if "kept" in form.fields)
    answer = sure.submit(status=303)
    assert answer.location.endswith(person_url(world, "cleo"))
    assert "Loose hinge" in answer.follow().text
    assert merged_into(world, "dora") == world.seed.users["cleo"].id
    assert "Loose hinge" in world.browser("cleo").get(world.url("/tickets")).text
    dora.get(world.url("/tickets"), status=303)
    assert "was merged into" in ben.get(person_url(world, "dora")).text
    sure.submit(status=404)


def test_nobody_is_merged_who_may_not_be(world: World) -> None:
    other = world.factory.create()
    ben, cleo, ada = (world.browser(first) for first in ("ben", "cleo", "ada"))
    users = world.seed.users
    for browser, source, kept, status in (
        (ben, "cleo", other.users["cleo"].id, 422),
        (ben, "cleo", users["cleo"].id, 422),
        (ben, "cleo", users["ada"].id, 422),
        (ben, "cleo", "1 or 1=1", 422),
        (ben, "ada", users["cleo"].id, 404),
        (ada, "ben", users["cleo"].id, 404),
        (cleo, "dora", users["cleo"].id, 404),
    ):
        profile = browser.get(world.url("/profile"))
        token = profile.html.select_one("input[name=csrf_token]")["value"]
        sent = {"csrf_token": token, "kept": str(kept)}
        browser.post(person_url(world, source, "merge"), sent, status=status)
    ben.post(world.url(f"/people/{other.users['cleo'].id}/merge"), {"kept": "1"}, status=404)
    for first in users:
        assert merged_into(world, first) is None
