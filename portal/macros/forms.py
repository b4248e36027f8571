"""The form of a macro."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from wtforms import Field, Form, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import StopValidation

from portal.bulk.actions import STATES, Verb
from portal.macros.carried import ME, NOBODY
from portal.macros.models import Macro, MacroScope
from portal.macros.service import MAX_NAME, Saving
from portal.macros.variables import problem_of
from portal.people.models import Team
from portal.tickets.agent_words import PRIORITY_WORDS, STATE_WORDS
from portal.tickets.forms import MAX_CHARACTERS, fits_a_message
from portal.tickets.models import MessageKind
from portal.tickets.options import Choices, Options
from portal.tickets.tags import MAX_TAGS, parse_tags
from portal.web.forms import AtMost, Required, SelectChoice, one_line, plain_text
from portal.web.i18n import N_, Message

KIND_WORDS = {
    MessageKind.REPLY: N_("Reply to the customer"),
    MessageKind.NOTE: N_("Internal note"),
}
SCOPE_WORDS = {
    MacroScope.MINE: N_("Only me"),
    MacroScope.TEAM: N_("A team"),
    MacroScope.ALL: N_("Everybody who answers tickets"),
}
_AS_IT_IS = SelectChoice("", N_("As it is"))


def are_tags(form: Form, field: Field) -> None:
    """Raises StopValidation for what can be no tags, or too many of them."""
    try:
        tags = parse_tags(field.data)
    except ValueError as error:
        raise StopValidation(
            N_(
                "“%(word)s” cannot be a tag: use letters, digits, dots and dashes.",
                word=str(error.args[0])[:40],
            )
        ) from error
    if len(tags) > MAX_TAGS:
        raise StopValidation(N_("A ticket has at most %(limit)s tags.", limit=MAX_TAGS))


class MacroForm(Form):
    """Name and text, what goes with it, and who has it."""

    name = StringField(
        N_("Name"),
        [
            Required(N_("Enter a name.")),
            AtMost(MAX_NAME, N_("Use at most %(limit)s characters.")),
        ],
        filters=[one_line],
    )
    kind = RadioField(
        N_("Written as"),
        choices=[SelectChoice(kind, words) for kind, words in KIND_WORDS.items()],
        default=MessageKind.REPLY,
    )
    body = TextAreaField(
        N_("Text"),
        [
            AtMost(
                MAX_CHARACTERS, N_("Use at most %(limit)s characters: this has %(surplus)s more.")
            ),
            fits_a_message,
        ],
        filters=[plain_text],
    )
    set_state = SelectField(N_("State"))
    set_priority = SelectField(N_("Priority"))
    set_topic = SelectField(N_("Topic"))
    set_team = SelectField(N_("Team"))
    set_assignee = SelectField(N_("Assignee"))
    add_tags = StringField(N_("Add tags"), [are_tags], filters=[one_line])
    remove_tags = StringField(N_("Remove tags"), [are_tags], filters=[one_line])
    scope = RadioField(N_("Who can use it"), default=MacroScope.MINE)
    team = SelectField(N_("Team"))

    def __init__(
        self,
        formdata: Any = None,
        *,
        options: Options,
        teams: Sequence[Team],
        shares: bool,
        macro: Macro | None = None,
        is_copy: bool = False,
    ) -> None:
        super().__init__(formdata, **(_stored(macro) if macro is not None else {}))
        actions: Mapping[str, Any] = macro.actions if macro is not None else {}
        agents = _with_stored(options.agents, actions.get(Verb.ASSIGNEE))
        others = _with_stored(options.teams, actions.get(Verb.TEAM))
        topics = _with_stored(options.topics, actions.get(Verb.TOPIC))
        self.set_state.choices = [_AS_IT_IS, *_named(STATE_WORDS, STATES)]
        self.set_priority.choices = [_AS_IT_IS, *_named(PRIORITY_WORDS, PRIORITY_WORDS)]
        if topics:
            self.set_topic.choices = [_AS_IT_IS, *_chosen(topics)]
        else:
            del self.set_topic
        self.set_team.choices = [_AS_IT_IS, *_chosen(others)]
        self.set_assignee.choices = [
            _AS_IT_IS,
            SelectChoice(ME, N_("Whoever uses the macro")),
            SelectChoice(NOBODY, N_("Nobody")),
            *_chosen(agents),
        ]
        offered = self._offer_scopes(teams, shares, None if is_copy else macro)
        if is_copy and self.scope.data not in offered:
            self.scope.data = MacroScope.MINE

    def _offer_scopes(
        self, teams: Sequence[Team], shares: bool, macro: Macro | None
    ) -> Collection[str]:
        scopes = dict(SCOPE_WORDS)
        now = macro.scope if macro is not None else None
        if not shares and now != MacroScope.ALL:
            del scopes[MacroScope.ALL]
        if not teams and now != MacroScope.TEAM:
            del scopes[MacroScope.TEAM]
            del self.team
        else:
            known = {team.id: team.name for team in teams}
            known = _with_stored(known, macro.team_id if macro is not None else None)
            self.team.choices = [SelectChoice(str(key), name) for key, name in known.items()]
        self.scope.choices = [SelectChoice(scope, words) for scope, words in scopes.items()]
        return scopes

    def validate_body(self, field: Field) -> None:
        """Raises StopValidation for a variable that there is not, and where neither a text is
        written nor a change chosen."""
        problem = problem_of(field.data)
        if problem is not None:
            raise StopValidation(problem)
        if not field.data and not self.actions:
            raise StopValidation(N_("Write a text, or choose what the macro changes."))

    @property
    def actions(self) -> dict[str, Any]:
        """The changes, as the macro keeps them; of what is not offered, and of tags that are none,
        nothing."""
        chosen: dict[str, Any] = {
            Verb.STATE: _offered(self.set_state),
            Verb.PRIORITY: _offered(self.set_priority),
            # Where there is no topic, there is no field.
            Verb.TOPIC: _key(_offered(self.set_topic)) if "set_topic" in self else None,
            Verb.TEAM: _key(_offered(self.set_team)),
            Verb.ASSIGNEE: _key(_offered(self.set_assignee)),
            Verb.ADD_TAGS: _tags(self.add_tags.data),
            Verb.REMOVE_TAGS: _tags(self.remove_tags.data),
        }
        return {str(verb): value for verb, value in chosen.items() if value}

    @property
    def saving(self) -> Saving:
        """What a valid form says."""
        # Where there is no team, there is no field.
        team = _key(str(self.data.get("team") or ""))
        return Saving(
            name=self.name.data or "",
            scope=MacroScope(self.scope.data),
            team_id=team if isinstance(team, int) else None,
            kind=MessageKind(self.kind.data),
            body=self.body.data or "",
            actions=self.actions,
        )


def _stored(macro: Macro) -> dict[str, Any]:
    actions = macro.actions
    return {
        "name": macro.name,
        "kind": macro.kind,
        "body": macro.body,
        "set_state": actions.get(Verb.STATE, ""),
        "set_priority": actions.get(Verb.PRIORITY, ""),
        "set_topic": str(actions.get(Verb.TOPIC, "")),
        "set_team": str(actions.get(Verb.TEAM, "")),
        "set_assignee": str(actions.get(Verb.ASSIGNEE, "")),
        "add_tags": " ".join(actions.get(Verb.ADD_TAGS, ())),
        "remove_tags": " ".join(actions.get(Verb.REMOVE_TAGS, ())),
        "scope": macro.scope,
        "team": str(macro.team_id or ""),
    }


def _with_stored(choices: Choices, key: object) -> Choices:
    """What was chosen earlier stays a choice, also when it is no longer on offer."""
    if not isinstance(key, int) or key in choices:
        return choices
    return {**choices, key: f"#{key}"}


def _named(words: Mapping[Any, Message], values: Any) -> list[Any]:
    return [SelectChoice(str(value), words[value]) for value in values]


def _chosen(choices: Choices) -> list[Any]:
    return [SelectChoice(str(key), name) for key, name in choices.items()]


def _offered(field: SelectField) -> str:
    """What was chosen; "" for what is no choice, which the form refuses."""
    known = {each.value for each in field.choices or () if isinstance(each, SelectChoice)}
    return field.data if field.data in known else ""


def _key(text: str | None) -> int | str | None:
    """An id; a word that stands for somebody; or nothing."""
    return int(text) if text and text.isascii() and text.isdigit() else text or None


def _tags(text: str | None) -> list[str]:
    try:
        return parse_tags(text or "")
    except ValueError:
        return []
