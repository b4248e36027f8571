"""Thousands of tickets, made by the database itself."""

from datetime import UTC, datetime

from sqlalchemy import text

from tests.functional.agent.conftest import Desk

_TICKETS = text("""
insert into tickets (tenant_id, number, subject, snippet, state, priority, requester_id,
                     organisation_id, assignee_id, project_id, updated_at, last_message_id)
select :tenant_id, n, 'Subject ' || n, 'What happened in case ' || n,
       (cast(:states as text[]))[1 + n % cast(:kinds as integer)],
       (array['normal', 'low', 'high', 'urgent'])[1 + n % 4],
       :requester_id, :organisation_id,
       case when n % 3 = 0 then :assignee_id end,
       case when n % 5 = 0 then :project_id end,
       cast(:now as timestamptz)
         - make_interval(mins => cast((:count - n) * :minutes_apart as integer)), n
from generate_series(cast(:first as integer), cast(:last as integer)) as n
""")

_LAST = text("""
insert into ticket_counters (tenant_id, last_number) values (:tenant_id, :count)
on conflict (tenant_id) do update set last_number = excluded.last_number
""")
#: In a transaction of its own: all of them change the same few counters, and each change walks
#: over the versions that its transaction has made of them.
TICKETS_AT_ONCE = 1000


def many_tickets(
    desk: Desk, count: int, *, states: tuple[str, ...] = ("new",), minutes_apart: int = 1
) -> None:
    """Tickets 1 to `count` of cleo's, the last one the newest; every third is ben's."""
    seed = desk.world.seed
    values = {
        "tenant_id": seed.tenant.id,
        "states": list(states),
        "kinds": len(states),
        "requester_id": seed.users["cleo"].id,
        "organisation_id": seed.organisation.id,
        "assignee_id": seed.users["ben"].id,
        "project_id": seed.project.id,
        "count": count,
        "minutes_apart": minutes_apart,
        "now": datetime.now(UTC),
    }
    for first in range(1, count + 1, TICKETS_AT_ONCE):
        last = min(first + TICKETS_AT_ONCE - 1, count)
        with desk.world.factory.session(seed.tenant.id) as db:
            db.execute(_TICKETS, {**values, "first": first, "last": last})
            db.execute(_LAST, {"tenant_id": seed.tenant.id, "count": last})


_MESSAGES = text("""
insert into messages (tenant_id, ticket_number, author_id, kind, body, html)
select tenant_id, number, requester_id, 'reply', snippet, snippet
from tickets where tenant_id = :tenant_id and number > :after and number <= :after + :at_once
""")
#: Each is also indexed for search: on a busy machine a statement for all of them takes too long.
AT_ONCE = 500


def many_messages(desk: Desk, count: int) -> None:
    """A message in each of the tickets 1 to `count`."""
    tenant_id = desk.world.seed.tenant.id
    with desk.world.factory.session(tenant_id) as db:
        for after in range(0, count, AT_ONCE):
            values = {"tenant_id": tenant_id, "after": after, "at_once": AT_ONCE}
            db.execute(_MESSAGES, values)
