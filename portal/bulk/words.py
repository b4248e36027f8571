"""Runs in words: what one does, how it stands, why a ticket was left as it was."""

from datetime import datetime
from typing import NamedTuple

from pyramid.request import Request

from portal.bulk.actions import Action, Verb
from portal.bulk.models import BulkRun
from portal.people.models import Team, User
from portal.tickets.agent_words import PRIORITY_WORDS, STATE_WORDS
from portal.tickets.models import Priority, State
from portal.tickets.options import Options
from portal.topics.models import Topic
from portal.web.clock import say_time
from portal.web.i18n import N_

#: Why a ticket could not be changed, by the rule's code.
REFUSALS = {
    "closed": N_("It is closed."),
    "assignee": N_("This person no longer takes tickets."),
    "team": N_("This team no longer takes tickets."),
    "tags": N_("It would have too many tags."),
    "not_unsolved": N_("It is solved already."),
    "past": N_("The moment is past."),
    "too_far": N_("The moment is too far away."),
    "merged": N_("It was merged into another ticket."),
    "topic": N_("This topic can no longer be chosen."),
    "field": N_("Its topic does not ask this field."),
    "value": N_("The field does not take this value any more."),
    "fields": N_("It lacks fields that are required to solve it."),
}
#: For codes that came later than this page.
REFUSED = N_("A rule of the desk forbids it.")


class StateWords(NamedTuple):
    """How a run stands."""

    icon: str
    tone: str
    words: str


STATES = {
    "waiting": StateWords("hourglass", "", N_("Waiting")),
    "running": StateWords("hourglass", "", N_("Running")),
    "done": StateWords("circle-check", "green", N_("Done")),
    "stopped": StateWords("circle-pause", "amber", N_("Stopped")),
    "undoing": StateWords("hourglass", "", N_("Undoing")),
    "undone": StateWords("rotate-ccw", "", N_("Undone")),
}


def action_words(request: Request, action: Action, options: Options | None = None) -> str:
    """What an action does to a ticket, as the beginning of a sentence without its end.

    Names are read from `options` where they are given, else from the database.
    """
    _ = request.gettext
    said: str
    match action.verb, action.value:
        case Verb.ASSIGNEE, None:
            said = _("Assign to nobody")
        case Verb.ASSIGNEE, _key:
            said = _("Assign to %(name)s", name=_name(request, User, action.key, options))
        case Verb.TEAM, None:
            said = _("Take from the team")
        case Verb.TEAM, _key:
            said = _("Give to the team %(name)s", name=_name(request, Team, action.key, options))
        case Verb.STATE, _word:
            said = _("Set the state to %(state)s", state=_(STATE_WORDS[State(action.word)]))
        case Verb.PRIORITY, _word:
            words = _(PRIORITY_WORDS[Priority(action.word)])
            said = _("Set the priority to %(priority)s", priority=words)
        case Verb.ADD_TAGS, _tags:
            said = _("Add the tags %(tags)s", tags=", ".join(action.tags))
        case Verb.REMOVE_TAGS, _tags:
            said = _("Remove the tags %(tags)s", tags=", ".join(action.tags))
        case Verb.TOPIC, None:
            said = _("Take the topic away")
        case Verb.TOPIC, _key:
            said = _("Set the topic to %(topic)s", topic=_name(request, Topic, action.key, options))
        case Verb.FIELD, _value:
            said = _field_words(request, action)
        case _:
            said = _("Snooze until %(when)s", when=_when(request, action.moment))
    return said


def _field_words(request: Request, action: Action) -> str:
    label = action.field[1] if action.field else ""
    if action.value is None:
        return str(request.gettext("Empty “%(field)s”", field=label))
    value = request.gettext("Yes") if action.value is True else str(action.value)
    return str(request.gettext("Set “%(field)s” to %(value)s", field=label, value=value))


def progress(run: BulkRun) -> int:
    """How far a run is, in per cent."""
    if run.state in ("done", "undone", "stopped"):
        return 100
    if run.state == "undoing":
        return 100 * run.undone // max(run.changed, 1)
    return 100 * (run.changed + run.unchanged + run.refused) // max(run.total or 0, 1)


def _name(
    request: Request, model: type[User | Team | Topic], key: int | None, options: Options | None
) -> str:
    if options is not None:
        names = {User: options.agents, Team: options.teams, Topic: options.topics}[model]
        if key in names:
            return names[key]
    row = request.db.get(model, (request.tenant.id, key))
    return row.name if row is not None else f"#{key}"


def _when(request: Request, moment: datetime) -> str:
    return say_time(moment, "full", request.locale.language, request.zone)
