"""Mentions: `@name` in what an agent writes, for a colleague who should look.

A colleague is named by the whole name (`@Ben Agent`), by its first word where only one of the team
is called so, or by what stands before the @ of their e-mail address. Whose name is meant is found
when it is written; the HTML carries the person's id and keeps the name of that day. Customers read
the plain name.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from html import escape

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.people.models import Role, User
from portal.tenants.models import Tenant

#: People that one message mentions, at the most.
MOST = 20

_AT = re.compile(r"(?<![\w@.])@(?=[\w])")
_CHIP = re.compile(r'<span class="mention" data-user="[0-9]+">@(.*?)</span>', re.DOTALL)
#: Where nobody is mentioned: code, links, and the tags themselves.
_PIECES = re.compile(r"(<(a|code|pre)\b.*?</\2>|<[^>]*>)", re.DOTALL)


def mentions_of(db: Session, tenant: Tenant, body: str) -> list[User]:
    """The colleagues whom a text names, each once, in the order in which they are named.

    A name that fits several people, or nobody, mentions none. No query without an `@`.
    """
    if not _AT.search(body):
        return []
    team = team_of(db, tenant)
    names = _names(team)
    code = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
    text = code.sub(" ", body)
    found: dict[int, User] = {}
    for match in _AT.finditer(text):
        named = _named(text[match.end() :], names)
        if named is not None:
            found[named[0].id] = named[0]
    return list(found.values())[:MOST]


def with_mentions(html: str, users: Sequence[User], team: Sequence[User] | None = None) -> str:
    """A message's sanitised HTML in which the names of these people are marked."""
    if not users:
        return html
    names = {
        name: user
        for name, user in _names(team if team is not None else users).items()
        if user.id in {each.id for each in users}
    }
    pieces = _PIECES.split(html)
    # The pattern has two groups: text, tag, the tag's name, text, ...
    for place in range(0, len(pieces), 3):
        pieces[place] = _marked(pieces[place], names)
    return "".join(piece for place, piece in enumerate(pieces) if place % 3 != 2 and piece)


def _marked(text: str, names: Mapping[str, User]) -> str:
    marked, done = "", 0
    for match in _AT.finditer(text):
        named = _named(text[match.end() :], names, escaped=True)
        if match.start() < done or named is None:
            continue
        user, length = named
        chip = f'<span class="mention" data-user="{user.id}">@{escape(user.name)}</span>'
        marked += text[done : match.start()] + chip
        done = match.end() + length
    return marked + text[done:]


def without_mentions(html: str) -> str:
    """A message's HTML in which mentioned colleagues are plain names: as customers read it."""
    return _CHIP.sub(r"\1", html)


def names_to_write(team: Sequence[User]) -> dict[int, str]:
    """How each colleague is named so that nobody else is meant, by their ids: by the whole name,
    else by the address. Who has neither for themselves cannot be named."""
    names = _names(team)
    written: dict[int, str] = {}
    for user in team:
        for name in (user.name, user.email.partition("@")[0]):
            named = names.get(name.casefold())
            if named is not None and named.id == user.id:
                written.setdefault(user.id, name)
    return written


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


def _names(team: Sequence[User]) -> dict[str, User]:
    """What each colleague may be called, in lower case; names of several people are nobody's. The
    first word of a name means nobody where it is somebody's address or whole name."""
    whole = _unique(team, lambda user: {user.name, user.email.partition("@")[0]})
    first = _unique(team, lambda user: {user.name.split(" ")[0]})
    return {name: user for name, user in (first | whole).items() if user is not None and name}


def _unique(team: Sequence[User], names: Callable[[User], set[str]]) -> dict[str, User | None]:
    """Who has a name, or None where several have it."""
    found: dict[str, User | None] = {}
    for user in team:
        for name in {name.casefold() for name in names(user)}:
            found[name] = None if name in found else user
    return found


def _named(
    text: str, names: Mapping[str, User], *, escaped: bool = False
) -> tuple[User, int] | None:
    """Who is named at the start of a text, the longest name first, and how long the name is."""
    start = text[:400].casefold()
    for name in sorted(names, key=len, reverse=True):
        wanted = escape(name, quote=False) if escaped else name
        if start.startswith(wanted) and not re.match(r"\w", start[len(wanted) :]):
            return names[name], len(wanted)
    return None
