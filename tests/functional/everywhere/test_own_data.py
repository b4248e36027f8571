"""Downloading everything that is kept about oneself."""

import json
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from webtest import TestApp, Upload
from webtest.response import TestResponse

from portal.db.session import LISTENERS
from portal.notifications.telling import tell
from portal.tickets.models import Ticket
from portal.tickets.service import Draft, TicketService
from portal.tickets.stars import StarService
from tests.factories import World


def download(browser: TestApp, world: World) -> TestResponse:
    page = browser.get(world.url("/profile"))
    form = next(form for form in page.forms.values() if form.action.endswith("/download"))
    return form.submit()


def parts(answer: TestResponse) -> tuple[ZipFile, dict[str, Any]]:
    """The archive, and its JSON by name."""
    archive = ZipFile(BytesIO(answer.body))
    assert archive.testzip() is None
    texts = {name: archive.read(name) for name in archive.namelist() if name.endswith(".json")}
    return archive, {name.removesuffix(".json"): json.loads(text) for name, text in texts.items()}


def test_it_holds_the_persons_tickets_replies_and_files(world: World) -> None:
    cleo = world.browser("cleo")
    form = next(
        form
        for form in cleo.get(world.url("/tickets/new")).forms.values()
        if "subject" in form.fields
    )
    form["subject"], form["body"] = "Left hinge cracked", "Look at the picture: جميل."
    form["files"] = [Upload("hinge.txt", b"It cracked here.", "text/plain")]
    number = int(form.submit().follow().request.path.rpartition("/")[2])
    write(world, "ben", number, "It is on its way.")
    write(world, "ben", number, "She bought it second-hand, I think.", note=True)
    answer = download(cleo, world)
    assert answer.content_type == "application/zip"
    assert answer.headers["Cache-Control"] == "no-store"
    archive, data = parts(answer)
    (ticket,) = data["tickets"]["opened_by_you"]
    assert (ticket["number"], ticket["subject"]) == (number, "Left hinge cracked")
    assert [message["text"] for message in ticket["messages"]] == [
        "Look at the picture: جميل.",
        "It is on its way.",
    ]
    (path,) = ticket["messages"][0]["files"]
    assert archive.read(path) == b"It cracked here."
    assert data["person"]["email"] == "cleo@customer.test"
    assert len(data["sessions"]) == 1
    assert "second-hand" not in str(data)


def test_it_holds_nothing_of_others(world: World) -> None:
    of_carl = world.ticket(by="carl", subject="Only carl opened this").number
    write(world, "ben", of_carl, "A reply of the team.")
    _, data = parts(download(world.browser("cleo"), world))
    assert data["tickets"] == {"opened_by_you": [], "your_replies_to_others": []}
    # What an agent writes to customers is the company's.
    _, data = parts(download(world.browser("ben"), world))
    assert data["tickets"] == {"opened_by_you": [], "your_replies_to_others": []}


def test_it_holds_what_was_begun_told_and_marked(world: World) -> None:
    ben, number = world.browser("ben"), world.ticket(by="cleo").number
    url = world.url(f"/tickets/{number}")
    token = ben.get(url).html.select_one("[name=csrf_token]")["value"]
    ben.post(f"{url}/draft?kind=note", {"csrf_token": token, "body": "Half a thought."})
    with world.factory.session(world.seed.tenant.id) as db:
        db.info[LISTENERS] = [tell]
        identity = world.factory.identity(world.seed, "bea")
        service = TicketService(db, world.seed.tenant, identity)
        service.set_assignee(service.get(number), world.seed.users["ben"].id)
        ticket = service.get(number)
        StarService(db, world.seed.tenant, world.factory.identity(world.seed, "ben")).star(ticket)
    _, data = parts(download(ben, world))
    (draft,) = data["drafts"]["begun"]
    assert (draft["ticket"], draft["kind"], draft["text"]) == (number, "note", "Half a thought.")
    (told,) = data["notifications"]
    assert (told["of"], told["ticket"], told["read_at"]) == ("assigned", number, None)
    assert data["marks"] == {"starred": [number], "followed": [], "in_copy_of": []}
    _, data = parts(download(world.browser("bea"), world))
    assert (data["drafts"]["begun"], data["notifications"]) == ([], [])


def test_secrets_stay(world: World) -> None:
    _, data = parts(download(world.browser("cleo"), world))
    assert data["person"]["has_password"] is True
    assert "hash" not in str(data)
    assert "argon2" not in str(data)


def test_it_is_noted_and_limited(world: World) -> None:
    cleo = world.browser("cleo")
    for _ in range(5):
        assert download(cleo, world).content_type == "application/zip"
    assert "Try again later" in download(cleo, world).follow()
    log = world.browser("ada").get(world.url("/settings/audit"))
    assert log.text.count("Own data downloaded") >= 5
    assert download(world.browser("carl"), world).content_type == "application/zip"


def write(world: World, who: str, number: int, text: str, *, note: bool = False) -> None:
    """A reply, or a note, as one of the staff."""
    seed, factory = world.seed, world.factory
    with factory.session(seed.tenant.id) as db:
        service = TicketService(db, seed.tenant, factory.identity(seed, who))
        ticket = db.get_one(Ticket, (seed.tenant.id, number))
        add = service.note if note else service.reply
        add(ticket, Draft(text), seen=ticket.last_message_id)
