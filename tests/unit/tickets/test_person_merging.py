"""Two accounts of one human become one, against the real database."""

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db import import_models
from portal.people.models import Identity, User, UserNote
from portal.people.service import PeopleService
from portal.security.models import Session as SignIn
from portal.security.sessions import Lifetime, SessionService
from portal.tenants.audit import AuditLog
from portal.tenants.models import AuditEntry
from portal.tickets.mark_models import TicketFollower, TicketStar
from portal.tickets.models import Event, Message, Ticket, TicketRead
from portal.tickets.person_merging import ENDED, MergeRefused, PersonMerging, references
from portal.tickets.service import Draft, TicketService
from tests.factories import TenantFactory, TenantSeed

#: What moves with the person. A new column that names a user is decided here or in `ENDED`.
MOVED = {
    "attachments.uploader_id",
    "bulk_runs.actor_id",
    "drafts.user_id",
    "events.actor_id",
    "held_replies.author_id",
    "identities.user_id",
    "macros.owner_id",
    "messages.author_id",
    "notifications.actor_id",
    "notifications.user_id",
    "saved_views.owner_id",
    "ticket_followers.user_id",
    "ticket_reads.user_id",
    "ticket_stars.user_id",
    "tickets.assignee_id",
    "tickets.requester_id",
    "user_notes.author_id",
    "user_notes.user_id",
    "user_projects.user_id",
    "users.merged_into_id",
}


def test_of_every_column_that_names_a_user_it_is_decided_what_becomes_of_it() -> None:
    import_models()
    assert {f"{table.name}.{column.name}" for table, column in references()} == MOVED | ENDED


def merge(factory: TenantFactory, seed: TenantSeed, source: User, kept: User) -> None:
    with factory.session(seed.tenant.id) as db:
        people = [db.get_one(User, (user.tenant_id, user.id)) for user in (source, kept)]
        PersonMerging(db, seed.tenant, AuditLog(db, seed.tenant)).merge(*people)


def count(db: Session, column: Any, user: User) -> int:
    return db.scalar(select(func.count()).where(column == user.id)) or 0


def test_everything_moves_and_the_other_account_ends(tenants: TenantFactory) -> None:
    seed = tenants.create()
    dora, cleo, ben = (seed.users[first] for first in ("dora", "cleo", "ben"))
    key = {"tenant_id": seed.tenant.id}
    theirs, hers = tenants.ticket(seed, by="cleo"), tenants.ticket(seed, by="dora")
    with tenants.session(seed.tenant.id) as db:
        service = TicketService(db, seed.tenant, tenants.identity(seed, "cleo"))
        service.reply(service.get(theirs.number), Draft("More."), seen=2**62)
        db.add_all(
            [
                Identity(**key, namespace="acme", external_id="d", user_id=dora.id),
                Identity(**key, namespace="acme", external_id="c", user_id=cleo.id),
                UserNote(**key, user_id=dora.id, author_id=ben.id, body="x", html="x"),
                # Of the other one's ticket each has a copy: it becomes nobody's own.
                TicketFollower(**key, ticket_number=theirs.number, user_id=dora.id, kind="cc"),
                TicketFollower(**key, ticket_number=hers.number, user_id=cleo.id, kind="cc"),
                TicketStar(**key, ticket_number=hers.number, user_id=dora.id),
                TicketStar(**key, ticket_number=hers.number, user_id=cleo.id),
            ]
        )
        SessionService(db, seed.tenant).create(
            dora, "x" * 43, Lifetime(3600, 3600), authenticator="local_password"
        )
    merge(tenants, seed, dora, cleo)
    with tenants.session(seed.tenant.id) as db:
        for column in (
            Ticket.requester_id,
            Message.author_id,
            Event.actor_id,
            TicketRead.user_id,
            UserNote.user_id,
            Identity.user_id,
            TicketStar.user_id,
            TicketFollower.user_id,
            SignIn.user_id,
        ):
            assert count(db, column, dora) == 0, column
        assert count(db, Ticket.requester_id, cleo) == 2
        assert count(db, Message.author_id, cleo) == 3
        assert count(db, Identity.user_id, cleo) == 2
        assert count(db, TicketStar.user_id, cleo) == 1
        assert count(db, TicketFollower.user_id, cleo) == 0
        gone = db.get_one(User, (seed.tenant.id, dora.id))
        assert gone.merged_into_id == cleo.id
        assert gone.disabled_at is not None
        assert gone.password_hash is None
        found = PeopleService(db, seed.tenant).by_email(dora.email)
        assert found is not None
        assert found.id == cleo.id
        entry = db.scalars(select(AuditEntry)).one()
        assert (entry.action, entry.target) == ("person.merged", dora.email)
        assert entry.details["into"] == [None, cleo.email]
        assert entry.details["tickets"] == [None, 1]


def test_who_was_merged_before_comes_along(tenants: TenantFactory) -> None:
    seed = tenants.create()
    dora, cleo, carl = (seed.users[first] for first in ("dora", "cleo", "carl"))
    merge(tenants, seed, dora, cleo)
    merge(tenants, seed, cleo, carl)
    with tenants.session(seed.tenant.id) as db:
        found = PeopleService(db, seed.tenant).by_email(dora.email)
        assert found is not None
        assert found.id == carl.id
    with pytest.raises(MergeRefused, match="merged"):
        merge(tenants, seed, dora, carl)


@pytest.mark.parametrize(
    ("source", "kept", "code"),
    [
        ("cleo", "cleo", "same"),
        ("cleo", "ben", "staff"),
        ("ada", "cleo", "staff"),
        ("ben", "bea", "staff"),
    ],
)
def test_only_two_customers_can_be_merged(
    tenants: TenantFactory, source: str, kept: str, code: str
) -> None:
    seed = tenants.create()
    with pytest.raises(MergeRefused, match=code):
        merge(tenants, seed, seed.users[source], seed.users[kept])
