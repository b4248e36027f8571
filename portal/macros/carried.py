"""What a message changes about its ticket when it goes: chosen with a macro, kept with the draft,
and with a reply that can still be undone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self

from portal.bulk.actions import Action, ActionError, Verb
from portal.tickets.models import State

#: The fields of the composer's form: one for each change, and one for each macro that was used.
CHANGE = "change"
MACRO = "macro"
#: More than anybody means.
_MOST = 30

_TAGS = (Verb.ADD_TAGS, Verb.REMOVE_TAGS)
_OPPOSITE = {Verb.ADD_TAGS: Verb.REMOVE_TAGS, Verb.REMOVE_TAGS: Verb.ADD_TAGS}
#: The order in which changes are made: whom a team gives a ticket to may be changed after it, and
#: a state may need what comes before, the topic's fields above all.
_ORDER = (
    Verb.TOPIC,
    Verb.TEAM,
    Verb.ASSIGNEE,
    Verb.PRIORITY,
    Verb.ADD_TAGS,
    Verb.REMOVE_TAGS,
    Verb.STATE,
)

#: Words of a macro for assignees that depend on who uses it, or are nobody.
ME, NOBODY = "me", "nobody"


class Posted(Protocol):
    """The fields of a form, each with all its values."""

    def getall(self, key: str) -> list[Any]:
        """The values of a field."""


@dataclass(frozen=True, slots=True)
class Carried:
    """Changes that go with a message, and the macros that they came from."""

    #: Of tags, one each.
    actions: tuple[Action, ...] = ()
    macros: tuple[int, ...] = ()

    @classmethod
    def read(cls, posted: Posted | None) -> Self:
        """What a form carries; what cannot be read is left out."""
        if posted is None:
            return cls()
        actions = [parse_word(word) for word in posted.getall(CHANGE)[:_MOST]]
        macros = [int(key) for key in posted.getall(MACRO)[:_MOST] if _is_key(key)]
        found = [action for action in actions if action is not None]
        return cls(_settled(found), tuple(dict.fromkeys(macros)))

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        """What a held reply keeps."""
        actions = tuple(Action.of(each) for each in kept.get("actions", ()))
        return cls(actions, tuple(kept.get("macros", ())))

    def kept(self) -> dict[str, Any]:
        """As JSON; empty where there is nothing."""
        if not self:
            return {}
        actions = [action.kept() for action in self.actions]
        return {"actions": actions, "macros": list(self.macros)}

    def fields(self) -> dict[str, list[str]]:
        """As the form's fields, for a draft."""
        words = [word_of(action) for action in self.actions]
        fields = {CHANGE: words, MACRO: [str(key) for key in self.macros]}
        return {name: values for name, values in fields.items() if values}

    def __bool__(self) -> bool:
        return bool(self.actions or self.macros)

    @property
    def state(self) -> State | None:
        """The state that the ticket gets; None: the one that follows by itself."""
        words = [action.word for action in self.actions if action.verb is Verb.STATE]
        return State(words[-1]) if words else None

    @property
    def assigns(self) -> bool:
        """Whether it says who has the ticket."""
        return any(action.verb in (Verb.ASSIGNEE, Verb.TEAM) for action in self.actions)

    @property
    def topic(self) -> tuple[Action, ...]:
        """The change of the topic, which says what a ticket needs before it can be solved."""
        return tuple(action for action in self.actions if action.verb is Verb.TOPIC)

    @property
    def beside_state(self) -> tuple[Action, ...]:
        """The changes but that of the state."""
        return tuple(action for action in self.actions if action.verb is not Verb.STATE)

    def with_macro(self, key: int, actions: Iterable[Action]) -> Self:
        """With those of one more macro: of two that contradict each other, the later counts."""
        macros = dict.fromkeys((*self.macros, key))
        return type(self)(_settled((*self.actions, *actions)), tuple(macros))

    def without(self, word: str) -> Self:
        """Without one of the changes. Its macro was used all the same."""
        left = tuple(action for action in self.actions if word_of(action) != word)
        return type(self)(left, self.macros)


def actions_of(stored: Mapping[str, Any], actor_id: int) -> list[Action]:
    """The changes of a macro, for whoever uses it."""
    actions = [
        Action(verb, stored[verb])
        for verb in (Verb.TOPIC, Verb.TEAM, Verb.PRIORITY, Verb.STATE)
        if stored.get(verb) is not None
    ]
    assignee = stored.get(Verb.ASSIGNEE)
    if assignee is not None:
        who = {ME: actor_id, NOBODY: None}.get(assignee, assignee)
        actions.append(Action(Verb.ASSIGNEE, who))
    for verb in _TAGS:
        actions += [Action(verb, (tag,)) for tag in stored.get(verb, ())]
    return list(_settled(actions))


def together(actions: Iterable[Action]) -> list[Action]:
    """The changes as they are made: tags all at once, so that the history tells of them once."""
    made: dict[Verb, Action] = {}
    for action in actions:
        tags = made[action.verb].tags if action.verb in _TAGS and action.verb in made else ()
        made[action.verb] = Action(action.verb, (*tags, *action.tags)) if tags else action
    return list(made.values())


def word_of(action: Action) -> str:
    """A change as the form's field says it: `state:pending`, `assignee:`, `add_tags:billing`."""
    value = action.tags[0] if action.verb in _TAGS else action.value
    return f"{action.verb}:{'' if value is None else value}"


def parse_word(word: object) -> Action | None:
    """The change that a field says; None for anything that is none."""
    if not isinstance(word, str):
        return None
    verb, _colon, value = word.partition(":")
    try:
        action = Action.parse(word, tags=value)
    except ActionError:
        return None
    return None if verb in _TAGS and len(action.tags) != 1 else action


def _is_key(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19


def _settled(actions: Iterable[Action]) -> tuple[Action, ...]:
    """One of each kind, the last; a tag is added or removed, as was said last."""
    settled: dict[tuple[Any, ...], Action] = {}
    for action in actions:
        if action.verb in _TAGS:
            settled.pop((_OPPOSITE[action.verb], *action.tags), None)
            settled[action.verb, *action.tags] = action
        elif action.verb in _ORDER:
            settled[action.verb,] = action
    return tuple(sorted(settled.values(), key=lambda action: _ORDER.index(action.verb)))
