"""Colleagues to choose from while an `@` and a few letters of a name are typed."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from pyramid.request import Request
from pyramid.view import view_config

from portal.composer.mentions import names_to_write, team_of
from portal.people.away import away_words, is_away
from portal.people.models import User
from portal.security.permissions import Permission
from portal.tickets.resources import TicketsResource
from portal.web.forms import one_line

#: Colleagues that are offered, and letters that are looked at.
MOST, LONGEST = 8, 60
#: From how many letters on a typing mistake can be told from another name, and how alike the two
#: have to be: one letter of four may be wrong, or two be in each other's place.
_ENOUGH, _ALIKE = 3, 0.65


@view_config(
    context=TicketsResource,
    name="mention",
    request_method="GET",
    permission=Permission.LIST_TICKETS,
    staff=True,
    renderer="json",
)
def mention(_context: TicketsResource, request: Request) -> list[dict[str, str]]:
    """`GET tickets/mention?q=…`: a list of `{name, detail, text}`, the best first; `text` is what
    is written after the `@`. One query."""
    team = team_of(request.db, request.tenant)
    written = names_to_write(team)
    others = [user for user in team if user.id != request.identity.user_id and user.id in written]
    return [
        {"name": user.name, "detail": _detail(request, user), "text": written[user.id]}
        for user in matching(others, one_line(request.GET.get("q"))[:LONGEST])[:MOST]
    ]


def _detail(request: Request, user: User) -> str:
    if not is_away(user):
        return user.email
    said: str = request.gettext(away_words(user.name, user, request.locale, request.zone))
    return said


def matching(team: Sequence[User], text: str) -> list[User]:
    """Who may be meant by the first letters of a name or an address: those whom they begin, by
    name; without any, those whose name is nearly so."""
    wanted = text.casefold()
    by_name = sorted(team, key=lambda user: (user.name.casefold(), user.id))
    found = [user for user in by_name if any(name.startswith(wanted) for name in _names(user))]
    # Behind a space stands what somebody goes on to say, more often than a second name.
    if found or len(wanted) < _ENOUGH or " " in wanted:
        return found
    likeness = {user.id: max(_alike(wanted, name) for name in _names(user)) for user in by_name}
    near = [user for user in by_name if likeness[user.id] >= _ALIKE]
    return sorted(near, key=lambda user: -likeness[user.id])


def _names(user: User) -> Iterator[str]:
    name = user.name.casefold()
    yield name
    yield from name.split()
    yield user.email.partition("@")[0].casefold()


def _alike(wanted: str, name: str) -> float:
    # As much of the name as was typed, or a letter more or less.
    length = len(wanted)
    return max(
        SequenceMatcher(None, wanted, name[:end]).ratio()
        for end in (length - 1, length, length + 1)
    )
