"""A desk with as many tickets as wanted, made by the database itself.

Statements instead of services: a hundred thousand tickets by the services take an hour. What
triggers keep (counters, the index of search, what was done each day) they keep here, too.
"""

from typing import Any

from sqlalchemy import text

from portal.db import TenantSession
from portal.tenants.models import Tenant

#: Tickets of one transaction: each changes the same few counters, and the versions of a row that
#: one transaction makes are walked over until it ends.
BATCH = 500

AGENTS = 20
ORGANISATIONS = 50
TEAMS = 4
TOPICS = 6
PROJECTS = 4
#: As many of the newest tickets are unsolved, and one in so many of all others.
UNSOLVED, ONE_UNSOLVED_IN = 60, 20
#: Messages of the newest ticket.
LONG = 40
#: A word in every ticket, and one in few of them: in one of so many, and the first
#: customer has one of these.
COMMON, RARE, ONE_OF = "question", "zebra", 250

_PLACES = (
    """
    insert into organisations (tenant_id, name, shared)
    select :tenant, 'Organisation ' || n, true from generate_series(1, :organisations) as n
    """,
    """
    insert into users (tenant_id, email, name, role, organisation_id)
    select o.tenant_id, 'customer-' || n || '@bench.test', 'Customer ' || n, 'customer', o.id
    from generate_series(0, :customers - 1) as n
    join organisations o
      on o.tenant_id = :tenant and o.name = 'Organisation ' || 1 + n % :organisations
    """,
    """
    insert into users (tenant_id, email, name, role)
    select :tenant, 'agent-' || n || '@bench.test', 'Agent ' || n, 'agent'
    from generate_series(0, :agents - 1) as n
    """,
    """
    insert into teams (tenant_id, name)
    select :tenant, 'Team ' || n from generate_series(1, :teams) as n
    """,
    """
    insert into team_members (tenant_id, team_id, user_id)
    select u.tenant_id, t.id, u.id from users u join teams t using (tenant_id)
    where u.tenant_id = :tenant and u.role = 'agent' and t.id % :teams = u.id % :teams
    """,
    """
    insert into projects (tenant_id, key, name)
    select :tenant, 'p' || n, 'Project ' || n from generate_series(1, :projects) as n
    """,
    """
    insert into topics (tenant_id, name, position)
    select :tenant, 'Topic ' || n, n from generate_series(1, :topics) as n
    """,
    """
    insert into custom_fields (tenant_id, key, label, kind, choices)
    values (:tenant, 'model', 'Model', 'choice', '{Studio,Halo,Nova}')
    """,
    """
    insert into topic_fields (tenant_id, topic_id, field_id)
    select t.tenant_id, t.id, f.id from topics t join custom_fields f using (tenant_id)
    where t.tenant_id = :tenant
    """,
)

# A ticket's messages are numbered before they are written, so that the ticket can name its last
# one and is written once. Keys are checked at the end of the statement.
_TICKETS = text("""
with known as (
  select array(select id from users
               where tenant_id = :tenant and role = 'customer' order by id) as customers,
         array(select organisation_id from users
               where tenant_id = :tenant and role = 'customer' order by id) as organisations,
         array(select id from users
               where tenant_id = :tenant and role = 'agent' order by id) as agents,
         array(select id from teams where tenant_id = :tenant order by id) as teams,
         array(select id from topics where tenant_id = :tenant order by id) as topics,
         array(select id from projects where tenant_id = :tenant order by id) as projects
), numbered as (
  select n, :count - n as age,
         case when n > :count - :of_one then 1 else 2 + n % (:customers - 1) end as who,
         case when n = :count then :long else 1 + n % 2 end as messages
  from generate_series(cast(:first as bigint), cast(:last as bigint)) as n
), made as materialized (
  select n, age, who, messages,
         now() - age * interval '10 minutes' as moment,
         case
           when age < :unsolved or n % :one_in = 0
             then (array['new', 'open', 'pending', 'on_hold'])[1 + n % 4]
           when n % 20 = 1 then 'solved' else 'closed'
         end as state,
         'It does not play any more, in room ' || n % 977 || '.'
           || case when age % :one_of = 10 then ' Its cover shows a zebra.' else '' end as body
  from numbered
), told as materialized (
  select made.n, m as place, nextval(pg_get_serial_sequence('messages', 'id')) as id
  from made cross join lateral generate_series(1, made.messages) as m
), last as (
  select n, max(id) as id from told group by n
), tickets_made as (
  insert into tickets (
    tenant_id, number, subject, snippet, reply_snippet, state, priority, requester_id,
    organisation_id, assignee_id, project_id, topic_id, team_id, custom, last_message_id,
    last_reply_id, reply_count, message_count, created_at, updated_at, replied_at, solved_at
  )
  select :tenant, n, 'Question number ' || n, body, body, state,
         (array['normal', 'normal', 'normal', 'low', 'high', 'urgent'])[1 + n % 6],
         customers[who], organisations[who],
         case when n % 5 <> 0 then agents[1 + n % cardinality(agents)] end,
         case when n % 3 = 0 then projects[1 + n % cardinality(projects)] end,
         topics[1 + n % cardinality(topics)],
         case when n % 4 <> 0 then teams[1 + n % cardinality(teams)] end,
         jsonb_build_object('model', (array['Studio', 'Halo', 'Nova'])[1 + n % 3]),
         last.id, last.id, messages, messages, moment, moment, moment,
         case when state in ('solved', 'closed') then moment end
  from made join last using (n) cross join known
)
insert into messages (tenant_id, id, ticket_number, author_id, kind, body, html, created_at)
select :tenant, told.id, n,
       case when place % 2 = 1 then customers[who] else agents[1 + n % cardinality(agents)] end,
       'reply', body, '<p>' || body || '</p>', moment
from told join made using (n) cross join known
""")

_AFTERWARDS = (
    """
    insert into ticket_tags (tenant_id, ticket_number, tag)
    select :tenant, n, 'tag-' || n % 30
    from generate_series(cast(:first as bigint), cast(:last as bigint)) as n where n % 3 = 0
    """,
    """
    insert into ticket_counters (tenant_id, last_number) values (:tenant, :last)
    on conflict (tenant_id) do update set last_number = excluded.last_number
    """,
)


def people_and_places(db: TenantSession, tenant: Tenant, customers: int) -> None:
    """Customers in organisations that share, agents in teams, projects, topics with a field."""
    values = {
        "tenant": tenant.id,
        "customers": customers,
        "agents": AGENTS,
        "organisations": ORGANISATIONS,
        "teams": TEAMS,
        "projects": PROJECTS,
        "topics": TOPICS,
    }
    for statement in _PLACES:
        db.execute(text(statement), values)


def tickets(db: TenantSession, tenant: Tenant, customers: int, count: int, of_one: int) -> None:
    """As many tickets, the last one the newest; the newest `of_one` are the first customer's.

    Commits each batch; the session is bound to the tenant.
    """
    for first in range(1, count + 1, BATCH):
        values: dict[str, Any] = {
            "tenant": tenant.id,
            "customers": customers,
            "count": count,
            "first": first,
            "last": min(first + BATCH - 1, count),
            "of_one": of_one,
            "long": LONG,
            "unsolved": UNSOLVED,
            "one_in": ONE_UNSOLVED_IN,
            "one_of": ONE_OF,
        }
        with db.begin():
            db.execute(_TICKETS, values)
            for statement in _AFTERWARDS:
                db.execute(text(statement), values)
