"""The table [[macros]] of a tenant file: the macros that a team, or everybody, has."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pyramid.config import Configurator
from sqlalchemy import select

from portal.bulk.actions import STATES, Verb
from portal.macros.carried import ME, NOBODY
from portal.macros.models import Macro, MacroScope
from portal.macros.service import MAX_NAME
from portal.macros.told import told
from portal.macros.variables import problem_of
from portal.people.models import Role, Team, User
from portal.people.settings_rules import email
from portal.tenants import rules
from portal.tenants.audit import assign, record_shared
from portal.tenants.files import Around, Choice, Field, Flag, Record, Section, Text, Texts, Work
from portal.tickets.markdown import MAX_BODY
from portal.tickets.models import MessageKind, Priority
from portal.tickets.tags import parse_tags
from portal.topics.models import Topic
from portal.web.forms import plain_text
from portal.web.i18n import N_


class MacroSection(Section):
    """`[[macros]]`; those that somebody keeps for themselves are in no file."""

    table = "macros"
    many = True
    #: After people and teams, whom a macro can give tickets to.
    order = 29
    key = "name"

    def fields(self, around: Around) -> Mapping[str, Field]:
        """The name tells shared macros apart."""
        return {
            "name": Text(rule=_name),
            "kind": Choice(words=[kind.value for kind in MessageKind]),
            "text": Text(rule=_text, empty=True),
            "team": Text(rule=rules.one_line, empty=True),
            "set_state": Choice(words=[*(state.value for state in STATES), ""]),
            "set_priority": Choice(words=[*(each.value for each in Priority), ""]),
            "set_topic": Text(rule=rules.one_line, empty=True),
            "set_team": Text(rule=rules.one_line, empty=True),
            "set_assignee": Text(rule=_assignee, empty=True),
            "add_tags": Texts(rule=_tag),
            "remove_tags": Texts(rule=_tag),
            "archived": Flag(),
        }

    def apply(self, work: Work, records: Sequence[Record]) -> None:
        """Make or change macros."""
        for record in records:
            self._apply(work, record)

    def _apply(self, work: Work, record: Record) -> None:
        name = record.values["name"]
        row = work.db.scalars(
            select(Macro)
            .where(
                Macro.tenant_id == work.tenant.id,
                Macro.name == name,
                Macro.scope != MacroScope.MINE,
            )
            .order_by(Macro.id)
        ).first()
        actions = self._actions(work, record, row.actions if row is not None else {})
        values = {**self._whose(work, record), "actions": actions}
        values |= record.given("kind")
        if "text" in record.values:
            values["body"] = record.values["text"]
        if not (values.get("body", row.body if row is not None else "") or actions):
            work.wrong(record, "text", "is empty, and the macro changes nothing")
            return
        if row is None:
            values = {"scope": MacroScope.ALL.value} | values
            row = Macro(tenant_id=work.tenant.id, name=name, **values)
            row.archived_at = _archived(record, None)
            work.db.add(row)
            work.audit.record("macro.created", name)
            return
        values["archived_at"] = _archived(record, row.archived_at)
        before = told(work.db, row)
        assign(row, values)
        record_shared(work.audit, "macro", before, told(work.db, row))

    def _whose(self, work: Work, record: Record) -> dict[str, Any]:
        if "team" not in record.values:
            return {}
        if not record.values["team"]:
            return {"scope": MacroScope.ALL.value, "team_id": None}
        found = _team(work, record, "team")
        return {"scope": MacroScope.TEAM.value, "team_id": found} if found else {}

    def _actions(self, work: Work, record: Record, before: Mapping[str, Any]) -> dict[str, Any]:
        """What the macro changes: what the file leaves out stays."""
        given: dict[str, Any] = {}
        for key, verb in _VERBS.items():
            if key not in record.values:
                continue
            value = record.values[key]
            if value and verb is Verb.TEAM:
                value = _team(work, record, key)
            elif value and verb is Verb.TOPIC:
                value = _topic(work, record, key)
            elif value and verb is Verb.ASSIGNEE and value not in (ME, NOBODY):
                value = _agent(work, record, key)
            given[verb] = value
        return {str(key): value for key, value in {**before, **given}.items() if value}

    def show(self, work: Work) -> Sequence[Mapping[str, Any]]:
        """All shared macros, by name."""
        rows = work.db.scalars(
            select(Macro)
            .where(Macro.tenant_id == work.tenant.id, Macro.scope != MacroScope.MINE)
            .order_by(Macro.name, Macro.id)
        ).all()
        teams = select(Team.id, Team.name).where(Team.tenant_id == work.tenant.id)
        staff = select(User.id, User.email).where(
            User.tenant_id == work.tenant.id, User.role.in_((Role.AGENT, Role.ADMIN))
        )
        topics = select(Topic.id, Topic.name).where(Topic.tenant_id == work.tenant.id)
        names = dict(work.db.execute(teams).all())
        subjects = dict(work.db.execute(topics).all())
        emails = dict(work.db.execute(staff).all())
        return [_shown(row, names, emails, subjects) for row in rows]


#: The file's key of each change.
_VERBS = {
    "set_state": Verb.STATE,
    "set_priority": Verb.PRIORITY,
    "set_topic": Verb.TOPIC,
    "set_team": Verb.TEAM,
    "set_assignee": Verb.ASSIGNEE,
    "add_tags": Verb.ADD_TAGS,
    "remove_tags": Verb.REMOVE_TAGS,
}


def _shown(
    row: Macro,
    teams: Mapping[int, str],
    emails: Mapping[int, str],
    topics: Mapping[int, str],
) -> dict[str, Any]:
    actions = row.actions
    assignee = actions.get(Verb.ASSIGNEE)
    return {
        "name": row.name,
        "kind": row.kind,
        "text": row.body or None,
        "team": teams.get(row.team_id or 0),
        "set_state": actions.get(Verb.STATE),
        "set_priority": actions.get(Verb.PRIORITY),
        "set_topic": topics.get(actions.get(Verb.TOPIC, 0)),
        "set_team": teams.get(actions.get(Verb.TEAM, 0)),
        "set_assignee": emails.get(assignee) if isinstance(assignee, int) else assignee,
        "add_tags": actions.get(Verb.ADD_TAGS),
        "remove_tags": actions.get(Verb.REMOVE_TAGS),
        "archived": True if row.archived_at else None,
    }


def _team(work: Work, record: Record, key: str) -> int | None:
    wanted = record.values[key]
    found: int | None = work.db.scalar(
        select(Team.id).where(Team.tenant_id == work.tenant.id, Team.name == wanted)
    )
    if found is None:
        work.wrong(record, key, f'"{wanted}" is no team of this tenant')
    return found


def _topic(work: Work, record: Record, key: str) -> int | None:
    wanted = record.values[key]
    found: int | None = work.db.scalar(
        select(Topic.id).where(Topic.tenant_id == work.tenant.id, Topic.name == wanted)
    )
    if found is None:
        work.wrong(record, key, f'"{wanted}" is no topic of this tenant')
    return found


def _agent(work: Work, record: Record, key: str) -> int | None:
    wanted = record.values[key]
    found: int | None = work.db.scalar(
        select(User.id).where(
            User.tenant_id == work.tenant.id,
            User.email == wanted,
            User.role.in_((Role.AGENT, Role.ADMIN)),
        )
    )
    if found is None:
        work.wrong(record, key, f'"{wanted}" is no agent of this tenant')
    return found


def _archived(record: Record, before: datetime | None) -> datetime | None:
    if record.values.get("archived", before is not None):
        return before or datetime.now(UTC)
    return None


def _name(text: str) -> str:
    return rules.one_line(text, MAX_NAME)


def _text(text: str) -> str:
    plain = plain_text(text)
    problem = problem_of(plain)
    if problem is not None:
        raise ValueError(problem)
    if len(plain.encode("utf-8")) > MAX_BODY:
        raise ValueError(N_("This text is too long."))
    return plain


def _assignee(text: str) -> str:
    return text if text in (ME, NOBODY) else email(text)


def _tag(text: str) -> str:
    try:
        tags = parse_tags(text)
    except ValueError:
        tags = []
    if len(tags) != 1:
        raise ValueError(
            N_(
                "“%(word)s” cannot be a tag: use letters, digits, dots and dashes.",
                word=text[:40],
            )
        )
    return tags[0]


def includeme(config: Configurator) -> None:
    """Register the table."""
    config.add_tenant_file_section(MacroSection())
