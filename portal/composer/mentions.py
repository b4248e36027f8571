"""Mentions: `@name` in what an agent writes, for a colleague or a team that should look.

A colleague is named by the whole name (`@Ben Agent`), by its first word where only one of the team
is called so, or by what stands before the @ of their e-mail address; a team by its name. Whose name
is meant is found when it is written; the HTML carries the id and keeps the name of that day.
Customers read the plain name.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from html import escape

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from portal.people.models import Role, Team, TeamMember, User
from portal.tenants.models import Tenant

#: Whom a message mentions: a colleague, or a team.
Mentioned = User | Team
#: People and teams that one message mentions, at the most.
MOST = 20

_AT = re.compile(r"(?<![\w@.])@(?=[\w])")
_CHIP = re.compile(r'<span class="mention" data-(?:user|team)="[0-9]+">@(.*?)</span>', re.DOTALL)
#: Where nobody is mentioned: code, links, and the tags themselves.
_PIECES = re.compile(r"(<(a|code|pre)\b.*?</\2>|<[^>]*>)", re.DOTALL)


def mentions_of(db: Session, tenant: Tenant, body: str) -> list[Mentioned]:
    """The colleagues and the teams that a text names, each once, in the order in which they are
    named.

    A name that fits several of them, or nobody, mentions none. No query without an `@`.
    """
    if not _AT.search(body):
        return []
    names = _names([*team_of(db, tenant), *teams_of(db, tenant)])
    code = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
    text = code.sub(" ", body)
    found: dict[str, Mentioned] = {}
    for match in _AT.finditer(text):
        named = _named(text[match.end() :], names)
        if named is not None:
            found[mark_of(named[0])] = named[0]
    return list(found.values())[:MOST]


def with_mentions(html: str, mentioned: Sequence[Mentioned]) -> str:
    """A message's sanitised HTML in which the names of these people and teams are marked."""
    if not mentioned:
        return html
    names = _names(mentioned)
    pieces = _PIECES.split(html)
    # The pattern has two groups: text, tag, the tag's name, text, ...
    for place in range(0, len(pieces), 3):
        pieces[place] = _marked(pieces[place], names)
    return "".join(piece for place, piece in enumerate(pieces) if place % 3 != 2 and piece)


def _marked(text: str, names: Mapping[str, Mentioned]) -> str:
    marked, done = "", 0
    for match in _AT.finditer(text):
        named = _named(text[match.end() :], names, escaped=True)
        if match.start() < done or named is None:
            continue
        meant, length = named
        chip = f'<span class="mention" {mark_of(meant)}>@{escape(meant.name)}</span>'
        marked += text[done : match.start()] + chip
        done = match.end() + length
    return marked + text[done:]


def without_mentions(html: str) -> str:
    """A message's HTML in which mentioned colleagues are plain names: as customers read it."""
    return _CHIP.sub(r"\1", html)


def names_to_write(everybody: Sequence[Mentioned]) -> dict[str, str]:
    """How each colleague and each team is named so that nobody else is meant, by their marks: by
    the whole name, else by the address. Who has neither for themselves cannot be named."""
    names = _names(everybody)
    written: dict[str, str] = {}
    for each in everybody:
        for name in _whole_names(each):
            if names.get(name.casefold()) is each:
                written.setdefault(mark_of(each), name)
    return written


def mark_of(each: Mentioned) -> str:
    """What tells a colleague or a team from every other: an attribute of HTML."""
    kind = "team" if isinstance(each, Team) else "user"
    return f'data-{kind}="{each.id}"'


def team_of(db: Session, tenant: Tenant) -> list[User]:
    """Everybody who can be mentioned. One query."""
    return list(
        db.scalars(
            select(User)
            .where(
                User.tenant_id == tenant.id,
                User.role.in_([role.value for role in Role if role.is_staff]),
                User.disabled_at.is_(None),
            )
            .order_by(User.id)
        )
    )


def teams_of(db: Session, tenant: Tenant) -> dict[Team, int]:
    """Every team that can be mentioned, and how many hear of it then. One query."""
    rows = db.execute(
        select(Team, func.count())
        .join(
            TeamMember, and_(TeamMember.tenant_id == Team.tenant_id, TeamMember.team_id == Team.id)
        )
        .join(User, and_(User.tenant_id == TeamMember.tenant_id, User.id == TeamMember.user_id))
        .where(Team.tenant_id == tenant.id, Team.archived_at.is_(None), _is_available())
        .group_by(Team.tenant_id, Team.id)
        .order_by(Team.id)
    )
    return dict(rows.all())


def is_mentioned(mentioned: Sequence[Mentioned]) -> ColumnElement[bool]:
    """Whether somebody is one of these people, or of these teams' members who are there: for a
    query of users. It is one condition, however many they are."""
    people = [each.id for each in mentioned if isinstance(each, User)]
    teams = [each.id for each in mentioned if isinstance(each, Team)]
    is_member = exists().where(
        TeamMember.tenant_id == User.tenant_id,
        TeamMember.user_id == User.id,
        TeamMember.team_id.in_(teams),
    )
    return or_(User.id.in_(people), and_(is_member, _is_available()))


def _is_available() -> ColumnElement[bool]:
    """Of a team those hear of it who are in office."""
    return and_(
        User.disabled_at.is_(None),
        or_(User.away_from.is_(None), User.away_from > func.now(), User.away_until <= func.now()),
    )


def _names(everybody: Sequence[Mentioned]) -> dict[str, Mentioned]:
    """What each may be called, in lower case; names of several are nobody's. The first word of a
    colleague's name means nobody where it is somebody's address or whole name."""
    whole = _unique(everybody, _whole_names)
    first = _unique(everybody, _first_names)
    return {name: each for name, each in (first | whole).items() if each is not None and name}


def _whole_names(each: Mentioned) -> Sequence[str]:
    return (each.name,) if isinstance(each, Team) else (each.name, each.email.partition("@")[0])


def _first_names(each: Mentioned) -> Sequence[str]:
    return () if isinstance(each, Team) else (each.name.split(" ")[0],)


def _unique(
    everybody: Sequence[Mentioned], names: Callable[[Mentioned], Sequence[str]]
) -> dict[str, Mentioned | None]:
    """Who has a name, or None where several have it."""
    found: dict[str, Mentioned | None] = {}
    for each in everybody:
        for name in {name.casefold() for name in names(each)}:
            found[name] = None if name in found else each
    return found


def _named(
    text: str, names: Mapping[str, Mentioned], *, escaped: bool = False
) -> tuple[Mentioned, int] | None:
    """Who is named at the start of a text, the longest name first, and how long the name is."""
    start = text[:400].casefold()
    for name in sorted(names, key=len, reverse=True):
        wanted = escape(name, quote=False) if escaped else name
        if start.startswith(wanted) and not re.match(r"\w", start[len(wanted) :]):
            return names[name], len(wanted)
    return None
