"""The kept counters: how many tickets lists have, without counting the tickets.

One statement reads the saved views that somebody sees and sums the counters for all lists that
a page names. It goes once over the counters for each list, and there are as many counters as
there are combinations of state, assignee, priority, project, topic and team, however many
tickets there are.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, Final, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.tickets.filters import ME, NOBODY, Filters, Mark

#: What counters have in the place of an id: nobody, and whoever looks.
_NONE, _READER = 0, -1
#: The state under which snoozed tickets are counted.
_SNOOZED = "snoozed"
_KNOWN = {"states", "assignee", "priorities", "project", "topic", "team", "marks"}


class SavedRow(NamedTuple):
    """A saved view as it is stored, and its count; None where no counter knows it."""

    id: int
    name: str
    scope: str
    query: str
    sort: str
    columns: list[str] | None
    tickets: int | None


class Counts(NamedTuple):
    """What one agent's column of views says."""

    tickets: Mapping[Filters, int]
    saved: Sequence[SavedRow]
    #: What the agent has begun to write.
    drafts: int


def narrowing(filters: Filters) -> dict[str, list[Any]] | None:
    """What the counters are narrowed to, by column; None when they do not know.

    An empty one means all tickets.
    """
    others = [each.name for each in fields(filters) if each.name not in _KNOWN]
    snoozed = filters.marks == (Mark.SNOOZED,)
    if any(getattr(filters, name) for name in others) or (filters.marks and not snoozed):
        return None
    if snoozed and filters.states:
        # The counters no longer know in which state a snoozed ticket is.
        return None
    columns: dict[str, list[Any]] = {
        "state": [_SNOOZED] if snoozed else [str(state) for state in filters.states],
        "assignee": _ids(filters.assignee),
        "priority": [str(priority) for priority in filters.priorities],
        "project": _ids(filters.project),
        "topic": _ids(filters.topic),
        "team": _ids(filters.team),
    }
    return {column: values for column, values in columns.items() if values}


def _ids(value: str) -> list[int]:
    words = {NOBODY: _NONE, ME: _READER}
    if not value:
        return []
    return [words[value] if value in words else int(value)]


#: Views of one's own come first, then those of teams, then everybody's.
COUNTING: Final = text("""
with wanted as (
  select 0::bigint as id, 0 as scope_order, place as position, '' as name, '' as scope,
         '' as query, '' as sort, null::text[] as columns, narrows
  from jsonb_array_elements(cast(:asked as jsonb)) with ordinality as asked (narrows, place)
  union all
  select id, case scope when 'mine' then 1 when 'team' then 2 else 3 end, position, name, scope,
         query, sort, columns, narrows
  from saved_views as saved
  where tenant_id = :tenant_id
    and (owner_id = :me or scope = 'all' or scope = 'team' and exists (
      select from team_members as member
      where member.tenant_id = saved.tenant_id and member.team_id = saved.team_id
        and member.user_id = :me
    ))
), tally as materialized (
  select state, assignee_id, priority, project_id, topic_id, team_id, tickets
  from ticket_tallies where tenant_id = :tenant_id and tickets <> 0
)
select wanted.id, wanted.name, wanted.scope, wanted.query, wanted.sort, wanted.columns,
       counted.tickets,
       (select count(*) from drafts where tenant_id = :tenant_id and user_id = :me) as drafts
from wanted
left join lateral jsonb_to_record(wanted.narrows) as narrow (
  state text[], assignee bigint[], priority text[], project bigint[], topic bigint[],
  team bigint[]
) on true
left join lateral (
  select coalesce(sum(tally.tickets), 0)::bigint as tickets
  from tally
  where (narrow.state is null or tally.state = any(narrow.state))
    and (narrow.assignee is null
         or tally.assignee_id = any(array_replace(narrow.assignee, -1, :me)))
    and (narrow.priority is null or tally.priority = any(narrow.priority))
    and (narrow.project is null or tally.project_id = any(narrow.project))
    and (narrow.topic is null or tally.topic_id = any(narrow.topic))
    and (narrow.team is null or tally.team_id = any(narrow.team))
) as counted on wanted.narrows is not null
order by wanted.scope_order, wanted.position, wanted.id
""")


def read_counts(db: Session, tenant_id: int, user_id: int, asked: Sequence[Filters]) -> Counts:
    """How many tickets the lists have that were asked for and that counters know, the saved views
    that the person sees, and how many drafts they have. One query."""
    known = [(filters, found) for filters in asked if (found := narrowing(filters)) is not None]
    values = {
        "asked": json.dumps([found for _, found in known]),
        "tenant_id": tenant_id,
        "me": user_id,
    }
    read = db.execute(COUNTING, values).all()
    rows = [SavedRow._make(row[:-1]) for row in read]
    counts = {filters: row.tickets or 0 for (filters, _), row in zip(known, rows, strict=False)}
    return Counts(counts, rows[len(known) :], read[0].drafts if read else 0)
