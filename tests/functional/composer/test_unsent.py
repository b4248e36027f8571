"""A reply that was held and could not go: its author hears of it, and finds what they wrote."""

from typing import Any

import pytest
from sqlalchemy import update

from portal.composer.models import HeldReply
from portal.notifications.models import Kind, Notification
from portal.people.models import Role, User
from portal.tickets.models import State
from tests.factories.jobs import JobRunner
from tests.functional.composer.conftest import Composing


def close(desk: Composing, number: int) -> int:
    desk.act(number, "bea", lambda service, ticket: service.set_state(ticket, State.CLOSED))
    return number


def merge(desk: Composing, number: int) -> int:
    target = desk.ticket("The same thing")
    with desk.merging() as service:
        service.merge(service.get(number), service.get(target))
    return target


def take_the_right(desk: Composing, number: int) -> int:
    desk.world.give_role("ben")
    return number


@pytest.mark.parametrize("meanwhile", [close, merge, take_the_right])
def test_the_author_is_told_and_led_to_what_they_wrote(
    desk: Composing, run_jobs: JobRunner, meanwhile: Any
) -> None:
    number = desk.ticket()
    desk.send(number, "Not past this.")
    place = meanwhile(desk, number)
    run_jobs(later=True)
    told = desk.rows(Notification, Notification.kind == Kind.UNSENT)
    ben = desk.world.seed.users["ben"].id
    assert [(each.user_id, each.ticket_number) for each in told] == [(ben, place)]

    page = desk.get("/notifications")
    assert "Your reply was not sent" in page
    arrived = page.click(href=f"n={told[0].id}$").follow()
    assert f"/tickets/{place}" in arrived.request.url
    assert arrived.forms["composer"]["body"].value == "Not past this."


def test_whoever_may_no_longer_reply_keeps_their_text(desk: Composing, run_jobs: JobRunner) -> None:
    number = desk.ticket()
    desk.send(number, "Not past this.")
    ben = desk.world.seed.users["ben"].id
    with desk.world.factory.session(desk.world.seed.tenant.id) as db:
        db.execute(update(User).where(User.id == ben).values(role=Role.CUSTOMER))
    run_jobs(later=True)
    assert desk.rows(HeldReply) == []
    assert "Not past this." in desk.get("/tickets/drafts")
