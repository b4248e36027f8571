"""The table [[views]] of a tenant file: the views that a team, or everybody, sees."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from pyramid.config import Configurator
from sqlalchemy import select
from webob.multidict import MultiDict

from portal.people.models import Role, Team, User
from portal.people.preferences import COLUMNS
from portal.people.settings_rules import email
from portal.saved_views.forms import MAX_NAME
from portal.saved_views.models import SavedView, Scope
from portal.saved_views.service import SavedViews, Saving
from portal.saved_views.told import told
from portal.search.understanding import Understanding
from portal.security.actors import identity_of
from portal.tenants import rules
from portal.tenants.audit import assign, record_shared
from portal.tenants.files import Around, Choice, Field, Record, Section, Text, Texts, Work
from portal.tickets.filters import MAX_QUERY, Filters
from portal.tickets.ordering import Sort, sorts_for
from portal.tickets.queue_columns import in_order
from portal.tickets.tallies import narrowing
from portal.web.i18n import N_


class ViewSection(Section):
    """`[[views]]`; those that somebody keeps for themselves are in no file."""

    table = "views"
    many = True
    #: After people, teams and topics, which a search can name.
    order = 28
    key = "name"

    def fields(self, around: Around) -> Mapping[str, Field]:
        """The name tells shared views apart."""
        return {
            "name": Text(rule=_name),
            "search": Text(rule=_search, empty=True),
            "team": Text(rule=rules.one_line, empty=True),
            "sort": Choice(words=[sort.value for sort in Sort]),
            "columns": Texts(rule=_column),
            "owner": Text(rule=email),
        }

    def apply(self, work: Work, records: Sequence[Record]) -> None:
        """Make or change views."""
        for record in records:
            self._apply(work, record)

    def _apply(self, work: Work, record: Record) -> None:
        name = record.values["name"]
        row = work.db.scalars(
            select(SavedView)
            .where(
                SavedView.tenant_id == work.tenant.id,
                SavedView.name == name,
                SavedView.scope != Scope.MINE,
            )
            .order_by(SavedView.id)
        ).first()
        owner = self._owner(work, record, row)
        if owner is None or (row is None and not work.require(record, "search")):
            return
        filters = self._filters(work, record, owner, row)
        sort = Sort(record.values.get("sort", row.sort if row else Sort.UPDATED))
        if sort not in sorts_for(filters):
            work.wrong(record, "sort", f'"{sort}" is for views of unsolved tickets alone')
            return
        values = {
            "query": filters.query_string(),
            "sort": sort.value,
            **self._seen_by(work, record),
            **self._columns(record),
        }
        who = identity_of(owner, False, None, "file")
        if row is not None:
            before = told(work.db, work.tenant, row, who)
            assign(row, {**values, "owner_id": owner.id})
            row.narrows = narrowing(filters)
            record_shared(work.audit, "view", before, told(work.db, work.tenant, row, who))
            return
        made = SavedViews(work.db, work.tenant, who).create(
            filters, Saving(name, Scope.MINE, sort=sort)
        )
        # Who writes the file may share; whose view it is then need not.
        for column, value in ({"scope": Scope.ALL.value} | values).items():
            setattr(made, column, value)
        work.audit.record("view.created", name)

    def _owner(self, work: Work, record: Record, row: SavedView | None) -> User | None:
        """Whose view it is: who may change it beside admins. At first the first admin's."""
        staff = select(User).where(
            User.tenant_id == work.tenant.id, User.role.in_((Role.AGENT, Role.ADMIN))
        )
        if "owner" in record.values:
            found = work.db.scalar(staff.where(User.email == record.values["owner"]))
            if found is None:
                work.wrong(
                    record, "owner", f'"{record.values["owner"]}" is no agent of this tenant'
                )
            return found
        if row is not None:
            return work.db.get(User, (work.tenant.id, row.owner_id))
        first = work.db.scalars(staff.where(User.role == Role.ADMIN).order_by(User.id)).first()
        if first is None:
            work.wrong(record, "owner", "is missing, and this tenant has no admin yet")
        return first

    def _filters(self, work: Work, record: Record, owner: User, row: SavedView | None) -> Filters:
        if "search" not in record.values:
            return _stored(row) if row else Filters()
        who = identity_of(owner, False, None, "file")
        understood = Understanding(work.db, work.tenant, who).read(record.values["search"])
        for fault in understood.faults:
            said = fault % fault.variables if fault.variables else str(fault)
            work.wrong(record, "search", said.removesuffix("."))
        return understood.filters

    def _seen_by(self, work: Work, record: Record) -> dict[str, Any]:
        if "team" not in record.values:
            return {}
        wanted = record.values["team"]
        if not wanted:
            return {"scope": Scope.ALL.value, "team_id": None}
        found = work.db.scalar(
            select(Team.id).where(Team.tenant_id == work.tenant.id, Team.name == wanted)
        )
        if found is None:
            work.wrong(record, "team", f'"{wanted}" is no team of this tenant')
            return {}
        return {"scope": Scope.TEAM.value, "team_id": found}

    def _columns(self, record: Record) -> dict[str, Any]:
        if "columns" not in record.values:
            return {}
        return {"columns": list(in_order(record.values["columns"])) or None}

    def show(self, work: Work) -> Sequence[Mapping[str, Any]]:
        """All shared views, in their order."""
        rows = work.db.execute(
            select(SavedView, User, Team.name)
            .join(User, (User.tenant_id == SavedView.tenant_id) & (User.id == SavedView.owner_id))
            .outerjoin(
                Team, (Team.tenant_id == SavedView.tenant_id) & (Team.id == SavedView.team_id)
            )
            .where(SavedView.tenant_id == work.tenant.id, SavedView.scope != Scope.MINE)
            .order_by(SavedView.position, SavedView.id)
        )
        return [
            {
                "name": row.name,
                "search": Understanding(
                    work.db, work.tenant, identity_of(owner, False, None, "file")
                ).write(_stored(row)),
                "team": team,
                "sort": row.sort,
                "columns": row.columns,
                "owner": owner.email,
            }
            for row, owner, team in rows.all()
        ]


def _stored(row: SavedView) -> Filters:
    return Filters.parse(MultiDict(parse_qsl(row.query))) or Filters()


def _name(text: str) -> str:
    return rules.one_line(text, MAX_NAME)


def _search(text: str) -> str:
    return rules.one_line(text, MAX_QUERY)


def _column(text: str) -> str:
    if text not in COLUMNS:
        raise ValueError(N_("Choose among: %(columns)s.", columns=", ".join(COLUMNS)))
    return text


def includeme(config: Configurator) -> None:
    """Register the table."""
    config.add_tenant_file_section(ViewSection())
