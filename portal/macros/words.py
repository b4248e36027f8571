"""What a macro changes, in a few words: for chips and lists."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from portal.bulk.actions import Action, Verb
from portal.macros.carried import actions_of, word_of
from portal.macros.models import Macro
from portal.tickets.agent_words import PRIORITY_WORDS, STATE_WORDS
from portal.tickets.models import Priority, State
from portal.tickets.options import Options
from portal.web.i18n import N_, Message


class Chip(NamedTuple):
    """One change: “State → Pending”, “Tag + billing”."""

    #: As the form's field says it.
    word: str
    label: Message
    sign: str
    value: str


class Offer(NamedTuple):
    """A macro that can be chosen in a composer."""

    macro: Macro
    #: The first words of its text.
    start: str
    chips: list[Chip]


class Chooser(NamedTuple):
    """What a composer offers."""

    #: What the composer is for: a macro of the other kind makes it one for that.
    kind: str
    #: What one looked for.
    text: str
    offers: list[Offer]


_LABELS = {
    Verb.TOPIC: N_("Topic"),
    Verb.STATE: N_("State"),
    Verb.PRIORITY: N_("Priority"),
    Verb.TEAM: N_("Team"),
    Verb.ASSIGNEE: N_("Assignee"),
    Verb.ADD_TAGS: N_("Tag"),
    Verb.REMOVE_TAGS: N_("Tag"),
}
_SIGNS = {Verb.ADD_TAGS: "+", Verb.REMOVE_TAGS: "\N{MINUS SIGN}"}


def chips(actions: Iterable[Action], options: Options) -> list[Chip]:
    """Changes as chips, with the names that ids stand for."""
    return [
        Chip(
            word_of(action),
            _LABELS[action.verb],
            _SIGNS.get(action.verb, "→"),
            _value(action, options),
        )
        for action in actions
    ]


def macro_chips(stored: Mapping[str, Any], actor_id: int, options: Options) -> list[Chip]:
    """The changes of a macro, as they are for whoever uses it."""
    return chips(actions_of(stored, actor_id), options)


def _value(action: Action, options: Options) -> str:
    match action.verb:
        case Verb.STATE:
            return STATE_WORDS[State(action.word)]
        case Verb.PRIORITY:
            return PRIORITY_WORDS[Priority(action.word)]
        case Verb.TEAM | Verb.ASSIGNEE if action.key is None:
            return N_("Nobody")
        case Verb.TOPIC if action.key is None:
            return N_("No topic")
        case Verb.TOPIC:
            return options.topics.get(action.key or 0, f"#{action.key}")
        case Verb.TEAM:
            return options.teams.get(action.key or 0, f"#{action.key}")
        case Verb.ASSIGNEE:
            return options.agents.get(action.key or 0, f"#{action.key}")
        case _:
            return action.tags[0]
