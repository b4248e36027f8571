"""What members of an organisation may do with each other's tickets."""

import pytest
from sqlalchemy import select, update

from portal.people.models import Organisation, Sharing
from portal.tickets.models import Message
from tests.factories import World


def share(world: World, level: Sharing) -> None:
    with world.factory.session(world.seed.tenant.id) as db:
        db.execute(
            update(Organisation).values(
                shared=level is not Sharing.NOTHING, members_reply=level is not Sharing.SEE
            )
        )


@pytest.mark.parametrize(
    ("level", "seen", "answered"),
    [(Sharing.NOTHING, 404, 404), (Sharing.SEE, 200, 404), (Sharing.REPLY, 200, 303)],
)
def test_a_colleague_may_do_what_the_level_says(
    world: World, level: Sharing, seen: int, answered: int
) -> None:
    ticket = world.ticket(by="cleo")
    path = world.url(f"/tickets/{ticket.number}")
    share(world, level)
    carl, dora = world.browser("carl"), world.browser("dora")
    page = carl.get(path, status=seen)
    assert ("Send reply" in page.text) == (level is Sharing.REPLY)
    for browser, status in ((carl, answered), (dora, 404)):
        home = browser.get(world.url("/profile"))
        token = home.html.select_one("input[name=csrf_token]")["value"]
        sent = {"csrf_token": token, "body": "Me too.", "seen": str(ticket.last_reply_id)}
        browser.post(f"{path}/reply", sent, status=status)
        browser.post(f"{path}/solve", {"csrf_token": token}, status=404)
    with world.factory.session(world.seed.tenant.id) as db:
        authors = db.scalars(select(Message.author_id).order_by(Message.id)).all()
    people = world.seed.users
    expected = [people["cleo"].id] + [people["carl"].id] * (level is Sharing.REPLY)
    assert authors == expected


def test_the_writer_is_told_who_will_read(world: World) -> None:
    path = world.url(f"/tickets/{world.ticket(by='cleo').number}")
    cleo = world.browser("cleo")
    for level, words in (
        (Sharing.NOTHING, "Goes to Acme Audio."),
        (Sharing.SEE, "Your colleagues at Customer Ltd can read it, too."),
        (Sharing.REPLY, "Your colleagues at Customer Ltd can read it and reply, too."),
    ):
        share(world, level)
        assert words in cleo.get(path).text
