"""What filters demand of a ticket, for the lists of the queue and for the search alike."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from portal.people.directory import PeopleDirectory
from portal.security.identity import Identity
from portal.tenants.models import Tenant
from portal.tickets.filter_conditions import conditions_of
from portal.tickets.filters import ME, NOBODY, UNSOLVED, Filters, Mark
from portal.tickets.ordering import Sort
from portal.tickets.queue_statement import Shape, conditions


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A list: its shape, and the values of its conditions."""

    shape: Shape
    #: By the names under which the conditions bind them.
    values: dict[str, Any] = field(default_factory=dict)
    #: Conditions that no statement is kept for.
    others: Sequence[ColumnElement[bool]] = ()

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """All of them, on `Ticket`."""
        return [*conditions(self.shape), *self.others]


def narrow(
    db: Session, tenant: Tenant, reader: Identity, filters: Filters, sort: Sort = Sort.UPDATED
) -> Narrowed | None:
    """What all filters but the words demand; None when nobody has the requester's name. One query
    where a requester is named, else none."""
    shape, values = Shape(sort=sort), dict[str, Any](tenant_id=tenant.id)
    if filters.requester:
        people = PeopleDirectory(db, tenant).ids(filters.requester)
        if not people:
            return None
        shape, values["requesters"] = shape._replace(requesters=True), people
    if filters.states:
        # A snoozed ticket is in no queue; it is found under its own mark, and among all.
        awake = Mark.SNOOZED not in filters.marks
        shape = shape._replace(states=_kind_of_states(filters), awake=awake)
        values["states"] = filters.states
    if filters.assignee:
        nobody = filters.assignee == NOBODY
        shape = shape._replace(assignee="nobody" if nobody else "one")
        own = filters.assignee == ME
        values["assignee"] = reader.user_id if own or nobody else int(filters.assignee)
    if filters.priorities:
        shape = shape._replace(priorities=True)
        values["priorities"] = filters.priorities
    if filters.project:
        none = filters.project == NOBODY
        shape = shape._replace(project="none" if none else "one")
        values["project"] = 0 if none else int(filters.project)
    return Narrowed(shape, values, conditions_of(filters, tenant, reader))


def _kind_of_states(filters: Filters) -> Literal["unsolved", "within", "some"]:
    if filters.states == UNSOLVED:
        return "unsolved"
    return "within" if set(filters.states) <= set(UNSOLVED) else "some"
