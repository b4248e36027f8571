"""The audit log as admins read it."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pyramid.config import Configurator
from pyramid.view import view_config, view_defaults
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal.people.models import Role, User
from portal.security.permissions import Permission
from portal.tenants.audit_words import AuditWords, audit_words
from portal.tenants.models import AuditEntry, Tenant
from portal.tenants.settings_pages import COMPANY, SettingsPage, SettingsViews
from portal.web.i18n import N_
from portal.web.paging import Cursor, Direction, Page, next_rows, read_page
from portal.web.tree import Resource

#: In the address, stands for what the operator did on the command line.
COMMAND_LINE = "0"
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)


class AuditResource(Resource):
    """`settings/audit`."""


class Entry(NamedTuple):
    """One line of the log."""

    id: int
    created_at: datetime
    actor_id: int | None
    actor_name: str
    action: str
    target: str
    details: dict[str, Any]
    ip: str | None


class Line(NamedTuple):
    """A changed field: its name, and its values before and after, in words."""

    field: str
    before: str
    after: str


class AuditReader:
    """Reads the audit log of a tenant, newest first."""

    def __init__(self, db: Session, tenant: Tenant) -> None:
        self.db = db
        self.tenant = tenant

    def page(
        self, *, person: str = "", action: str = "", older: str = "", newer: str = ""
    ) -> Page[Entry]:
        """Entries; those of one person (an id, or COMMAND_LINE) or of one action alone."""
        where: list[ColumnElement[bool]] = [AuditEntry.tenant_id == self.tenant.id]
        if person == COMMAND_LINE:
            where.append(AuditEntry.actor_id.is_(None))
        elif _NUMBER.fullmatch(person):
            where.append(AuditEntry.actor_id == int(person))
        if action:
            where.append(AuditEntry.action == action)

        def fetch(direction: Direction, cursor: Cursor | None, limit: int) -> Sequence[Entry]:
            rows = select(
                AuditEntry.id,
                AuditEntry.created_at,
                AuditEntry.actor_id,
                AuditEntry.actor_name,
                AuditEntry.action,
                AuditEntry.target,
                AuditEntry.details,
                AuditEntry.ip,
            ).where(*where)
            order = (AuditEntry.created_at, AuditEntry.id)
            statement = next_rows(rows, *order, direction, cursor, limit)
            return [Entry(*row) for row in self.db.execute(statement)]

        return read_page(
            fetch,
            lambda row: Cursor(row.created_at, row.id),
            older=Cursor.parse(older),
            newer=Cursor.parse(newer),
        )

    def staff(self) -> list[tuple[str, str]]:
        """The people to filter by, as pairs of id and name: agents, too, change what is shared."""
        rows = self.db.execute(
            select(User.id, User.name)
            .where(
                User.tenant_id == self.tenant.id,
                User.role.in_((Role.AGENT, Role.ADMIN)),
                User.merged_into_id.is_(None),
            )
            .order_by(User.name, User.id)
        )
        return [(str(user_id), name) for user_id, name in rows]


@view_defaults(context=AuditResource, permission=Permission.ADMINISTER)
class AuditViews(SettingsViews):
    """Who changed what."""

    @view_config(request_method="GET", renderer="portal:templates/settings/audit.jinja2")
    def show(self) -> dict[str, Any]:
        """The list, filtered as the address says."""
        given = self.request.GET
        person, action = given.get("person", ""), given.get("action", "")
        reader = AuditReader(self.request.db, self.request.tenant)
        words = audit_words(self.request.registry)
        entries = reader.page(
            person=person,
            action=action,
            older=given.get("older", ""),
            newer=given.get("newer", ""),
        )
        return {
            "entries": entries,
            "words": words,
            "lines": lambda details: list(_lines(details, words)),
            "person": person,
            "action": action,
            "people": [
                ("", N_("Everybody")),
                *reader.staff(),
                (COMMAND_LINE, N_("Command line")),
            ],
            "actions": [("", N_("Every action")), *self._actions(words)],
            "turn": lambda **cursor: self.request.place(
                self.context,
                query={"person": person or None, "action": action or None, **cursor},
            ),
        }

    def _actions(self, words: AuditWords) -> list[tuple[str, str]]:
        said = [(name, self.request.gettext(label)) for name, label in words.actions.items()]
        return sorted(said, key=lambda pair: pair[1])


def _lines(details: dict[str, Any], words: AuditWords) -> list[Line]:
    """The changed fields of an entry; what is no pair of old and new is no change."""
    return [
        Line(words.field(name), words.value(value[0], name), words.value(value[1], name))
        for name, value in details.items()
        if isinstance(value, list) and len(value) == 2
    ]


def includeme(config: Configurator) -> None:
    """Register the page."""
    config.add_settings_page(
        SettingsPage(
            "audit",
            N_("Audit log"),
            "history",
            COMPANY,
            90,
            lambda parent, name: AuditResource(parent.request, parent, name),
        )
    )
    config.scan("portal.tenants.audit_page")
