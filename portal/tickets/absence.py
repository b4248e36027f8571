"""Whoever gives tickets to somebody who is out of office is told, and may do it all the same."""

from collections.abc import Iterable

from pyramid.request import Request

from portal.people.away import away_choice, away_words, is_away
from portal.people.models import User
from portal.security.sessions import flash
from portal.tickets.options import Options
from portal.web.i18n import Message

#: An agent's key, and their name or what else is said of them.
Choice = tuple[int, str | Message]


def agent_choices(request: Request, options: Options) -> list[Choice]:
    """The agents to choose from; of those who are out of office, until when."""
    return [
        (key, away_choice(name, options.away[key], request.locale, request.zone))
        if key in options.away
        else (key, name)
        for key, name in options.agents.items()
    ]


def staff_choices(request: Request, staff: Iterable[User]) -> list[Choice]:
    """The same, of users."""
    return [
        (each.id, away_choice(each.name, each.away_until, request.locale, request.zone))
        if is_away(each)
        else (each.id, each.name)
        for each in staff
    ]


def tell_absence(request: Request, user_id: int | None) -> None:
    """Say on the next page that somebody to whom tickets were given is out of office, if so."""
    if user_id is None or user_id == request.identity.user_id:
        return
    user = request.db.get(User, (request.tenant.id, user_id))
    if user is not None and is_away(user):
        words = away_words(user.name, user, request.locale, request.zone)
        flash(request, request.gettext(words), "amber")
