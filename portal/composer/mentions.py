"""Mentions: `@name` in a note, for a colleague who should look.

A colleague is named by the whole name (`@Ben Agent`), by its first word where only one of the team
is called so, or by what stands before the @ of their e-mail address. Whose name is meant is found
when the note is written; its HTML carries the person's id and keeps the name of that day.
"""

import re
from collections.abc import Mapping, Sequence
from html import escape

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.people.models import Role, User
from portal.tenants.models import Tenant

#: People that one note mentions, at the most.
MOST = 20

_AT = re.compile(r"(?<![\w@.])@(?=[\w])")
#: Where nobody is mentioned: code, links, and the tags themselves.
_PIECES = re.compile(r"(<(a|code|pre)\b.*?</\2>|<[^>]*>)", re.DOTALL)


def mentions_of(db: Session, tenant: Tenant, body: str) -> list[User]:
    """The colleagues whom a text names, each once, in the order in which they are named.

    A name that fits several people, or nobody, mentions none. No query without an `@`.
    """
    if not _AT.search(body):
        return []
    team = _team(db, tenant)
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


def _team(db: Session, tenant: Tenant) -> list[User]:
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
    """What each colleague may be called, in lower case; names of several people are nobody's."""
    called: dict[str, set[int]] = {}
    people = {user.id: user for user in team}
    for user in team:
        for name in {user.name, user.name.split(" ")[0], user.email.partition("@")[0]}:
            called.setdefault(name.casefold(), set()).add(user.id)
    return {name: people[min(ids)] for name, ids in called.items() if len(ids) == 1 and name}


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
