"""The list of people in the settings: searched, filtered, paged by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.orm import Session

from portal.people.directory import person_matches
from portal.people.models import AgentRole, Organisation, Role, User
from portal.tenants.models import Tenant
from portal.web.paging import PAGE_ROWS

#: What the list may be narrowed to, beside a single role.
TEAM, DISABLED = "team", "disabled"
FILTERS = ("", TEAM, *(role.value for role in Role), DISABLED)


class PersonRow(NamedTuple):
    """One line of the list."""

    id: int
    name: str
    email: str
    role: str
    disabled_at: datetime | None
    last_seen_at: datetime | None
    organisation: str | None
    #: The tenant's own role of an agent.
    agent_role: str | None


_ROW = (
    select(
        User.id,
        User.name,
        User.email,
        User.role,
        User.disabled_at,
        User.last_seen_at,
        Organisation.name,
        AgentRole.name,
    )
    .select_from(User)
    .outerjoin(
        AgentRole,
        (AgentRole.tenant_id == User.tenant_id) & (AgentRole.id == User.agent_role_id),
    )
    .outerjoin(
        Organisation,
        (Organisation.tenant_id == User.tenant_id) & (Organisation.id == User.organisation_id),
    )
)


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """Some rows by name, and the ids beside which the neighbouring pages begin."""

    rows: Sequence[PersonRow]
    before: int | None = None
    after: int | None = None


class PeopleList:
    """The people of one tenant."""

    def __init__(self, db: Session, tenant: Tenant) -> None:
        self.db = db
        self.tenant = tenant

    def page(
        self,
        *,
        words: str = "",
        narrowed: str = "",
        before: int | None = None,
        after: int | None = None,
        size: int = PAGE_ROWS,
    ) -> PeoplePage:
        """The page after the person `after`, the one before `before`, or the first."""
        where = self._where(words, narrowed)
        if before is not None:
            rows = self._fetch(where, before, size + 1, backwards=True)
            if len(rows) > size:
                shown = [*reversed(rows[:size])]
                return PeoplePage(shown, before=shown[0].id, after=shown[-1].id)
            after = None
        rows = self._fetch(where, after, size + 1)
        shown = [*rows[:size]]
        return PeoplePage(
            shown,
            before=shown[0].id if after is not None and shown else None,
            after=shown[-1].id if len(rows) > size else None,
        )

    def _where(self, words: str, narrowed: str) -> list[ColumnElement[bool]]:
        where: list[ColumnElement[bool]] = [User.tenant_id == self.tenant.id]
        if words.strip():
            where.append(person_matches(words.strip()))
        if narrowed == TEAM:
            where.append(User.role.in_((Role.AGENT, Role.ADMIN)))
        elif narrowed == DISABLED:
            where.append(User.disabled_at.is_not(None))
        elif narrowed in FILTERS and narrowed:
            where.append(User.role == narrowed)
        return where

    def _fetch(
        self,
        where: list[ColumnElement[bool]],
        neighbour: int | None,
        limit: int,
        *,
        backwards: bool = False,
    ) -> Sequence[PersonRow]:
        key = tuple_(User.name, User.id)
        if neighbour is not None:
            place = (
                select(User.name, User.id)
                .where(User.tenant_id == self.tenant.id, User.id == neighbour)
                .scalar_subquery()
            )
            where = [*where, key < place if backwards else key > place]
        order = (User.name.desc(), User.id.desc()) if backwards else (User.name, User.id)
        rows = self.db.execute(_ROW.where(*where).order_by(*order).limit(limit))
        return [PersonRow(*row) for row in rows]
