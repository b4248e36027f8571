"""Filters as agents handle them: a form for all of them, and a chip for each that is on."""

from typing import NamedTuple

from pyramid.request import Request
from wtforms import Form, SearchField, SelectField

from portal.tickets.agent_words import PRIORITY_WORDS, STATE_WORDS
from portal.tickets.filters import ME, NOBODY, UNSOLVED, Filters
from portal.tickets.options import Choices, Options
from portal.web.forms import CheckboxesField
from portal.web.i18n import N_


class FilterForm(Form):
    """All filters at once. It is sent as a GET: its answers are the address of the list."""

    q = SearchField(N_("Words in the ticket"))
    requester = SearchField(N_("Requester"))
    assignee = SelectField(N_("Assignee"))
    project = SelectField(N_("Project"))
    state = CheckboxesField(N_("State"))
    priority = CheckboxesField(N_("Priority"))

    def __init__(self, filters: Filters, options: Options) -> None:
        super().__init__(
            q=filters.text,
            requester=filters.requester,
            assignee=filters.assignee,
            project=filters.project,
            state=filters.states,
            priority=filters.priorities,
        )
        people = [("", N_("Anyone")), (ME, N_("Me")), (NOBODY, N_("Nobody"))]
        projects = [("", N_("Any project")), (NOBODY, N_("No project"))]
        self.assignee.choices = [*people, *_choices(options.agents)]
        self.project.choices = [*projects, *_choices(options.projects)]
        self.state.choices = list(STATE_WORDS.items())
        self.priority.choices = list(PRIORITY_WORDS.items())


class Chip(NamedTuple):
    """A filter that is on. `name` is its field in Filters."""

    name: str
    label: str
    value: str


def chips(request: Request, filters: Filters, options: Options) -> list[Chip]:
    """What the filters say, in the reader's language."""
    _ = request.gettext
    states = [_(STATE_WORDS[state]) for state in filters.states]
    assignee = _one(request, filters.assignee, options.agents, N_("Nobody"))
    project = _one(request, filters.project, options.projects, N_("No project"))
    every = [
        Chip(
            "states",
            N_("State"),
            _(N_("Unsolved")) if filters.states == UNSOLVED else ", ".join(states),
        ),
        Chip("assignee", N_("Assignee"), assignee),
        Chip(
            "priorities",
            N_("Priority"),
            ", ".join(_(PRIORITY_WORDS[priority]) for priority in filters.priorities),
        ),
        Chip("project", N_("Project"), project),
        Chip("requester", N_("Requester"), filters.requester),
        Chip("text", N_("Words"), filters.text),
    ]
    return [chip for chip in every if chip.value]


def _one(request: Request, key: str, names: Choices, nobody: str) -> str:
    """The name that a filter's value stands for; `nobody` is the word for none of them."""
    words: dict[str, str] = {"": "", ME: N_("Me"), NOBODY: nobody}
    if key in words:
        return str(request.gettext(words[key]))
    # Somebody who left, or a project that was archived: the list still works.
    return names.get(int(key), f"#{key}")


def _choices(names: Choices) -> list[tuple[str, str]]:
    return [(str(key), name) for key, name in names.items()]
