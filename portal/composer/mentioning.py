"""Colleagues and teams to choose from while an `@` and a few letters of a name are typed."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from pyramid.request import Request
from pyramid.view import view_config

from portal.composer.mentions import Mentioned, mark_of, names_to_write, team_of, teams_of
from portal.people.away import away_words, is_away
from portal.people.models import Team, User
from portal.security.permissions import Permission
from portal.tickets.resources import TicketsResource
from portal.web.forms import one_line

#: Colleagues and teams that are offered, and letters that are looked at.
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
    is written after the `@`. Two queries."""
    teams = teams_of(request.db, request.tenant)
    everybody: list[Mentioned] = [*team_of(request.db, request.tenant), *teams]
    written = names_to_write(everybody)
    others = [
        each for each in everybody if mark_of(each) in written and not _is_self(request, each)
    ]
    return [
        {
            "name": each.name,
            "detail": _size(request, teams[each])
            if isinstance(each, Team)
            else _who(request, each),
            "text": written[mark_of(each)],
        }
        for each in matching(others, one_line(request.GET.get("q"))[:LONGEST])[:MOST]
    ]


def _is_self(request: Request, each: Mentioned) -> bool:
    return isinstance(each, User) and bool(each.id == request.identity.user_id)


def _size(request: Request, people: int) -> str:
    said: str = request.ngettext("Team of %(num)s person", "Team of %(num)s people", people)
    return said


def _who(request: Request, user: User) -> str:
    if not is_away(user):
        return user.email
    said: str = request.gettext(away_words(user.name, user, request.locale, request.zone))
    return said


def matching(everybody: Sequence[Mentioned], text: str) -> list[Mentioned]:
    """Who may be meant by the first letters of a name or an address: those whom they begin, by
    name; without any, those whose name is nearly so."""
    wanted = text.casefold()
    by_name = sorted(everybody, key=lambda each: (each.name.casefold(), mark_of(each)))
    found = [each for each in by_name if any(name.startswith(wanted) for name in _names(each))]
    # Behind a space stands what somebody goes on to say, more often than a second name.
    if found or len(wanted) < _ENOUGH or " " in wanted:
        return found
    likeness = {
        mark_of(each): max(_alike(wanted, name) for name in _names(each)) for each in by_name
    }
    near = [each for each in by_name if likeness[mark_of(each)] >= _ALIKE]
    return sorted(near, key=lambda each: -likeness[mark_of(each)])


def _names(each: Mentioned) -> Iterator[str]:
    name = each.name.casefold()
    yield name
    yield from name.split()
    if isinstance(each, User):
        yield each.email.partition("@")[0].casefold()


def _alike(wanted: str, name: str) -> float:
    # As much of the name as was typed, or a letter more or less.
    length = len(wanted)
    return max(
        SequenceMatcher(None, wanted, name[:end]).ratio()
        for end in (length - 1, length, length + 1)
    )
