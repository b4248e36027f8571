"""Filters as agents handle them: a form for all of them, and a chip for each that is on."""

from typing import NamedTuple

from pyramid.request import Request
from wtforms import Form, SearchField, SelectField, StringField

from portal.people.models import Organisation
from portal.tickets.agent_words import PRIORITY_WORDS, STATE_WORDS
from portal.tickets.filters import ANY, FIELD, ME, NOBODY, UNSOLVED, Filters, Having, Mark
from portal.tickets.options import Choices, Options
from portal.topics.catalogue import TopicCatalogue
from portal.web.forms import CheckboxesField
from portal.web.i18n import N_

MARK_WORDS = {
    Mark.UNREAD: N_("Unread"),
    Mark.STARRED: N_("Starred"),
    Mark.FOLLOWING: N_("Followed by me"),
    Mark.SNOOZED: N_("Snoozed"),
}
HAVING_WORDS = {Having.ATTACHMENT: N_("A file")}


class FilterForm(Form):
    """The usual filters at once. It is sent as a GET: its answers are the address of the list."""

    q = SearchField(N_("Words in the ticket"))
    requester = SearchField(N_("Requester"))
    assignee = SelectField(N_("Assignee"))
    team = SelectField(N_("Team"))
    project = SelectField(N_("Project"))
    topic = SelectField(N_("Topic"))
    state = CheckboxesField(N_("State"))
    priority = CheckboxesField(N_("Priority"))
    tag = StringField(N_("Tags"))
    marks = CheckboxesField(N_("Only those that are"), name="is")

    def __init__(self, filters: Filters, options: Options) -> None:
        super().__init__(
            q=filters.text,
            requester=filters.requester,
            assignee=filters.assignee,
            team=filters.team,
            project=filters.project,
            topic=filters.topic,
            state=filters.states,
            priority=filters.priorities,
            tag=" ".join(filters.tags),
            marks=filters.marks,
        )
        people = [("", N_("Anyone")), (ME, N_("Me")), (NOBODY, N_("Nobody"))]
        teams = [("", N_("Any team")), (NOBODY, N_("No team"))]
        projects = [("", N_("Any project")), (NOBODY, N_("No project"))]
        topics = [("", N_("Any topic")), (NOBODY, N_("No topic"))]
        self.assignee.choices = [*people, *_choices(options.agents)]
        self.team.choices = [*teams, *_choices(options.teams)]
        self.project.choices = [*projects, *_choices(options.projects)]
        self.topic.choices = [*topics, *_choices(options.topics)]
        self.state.choices = list(STATE_WORDS.items())
        self.priority.choices = list(PRIORITY_WORDS.items())
        self.marks.choices = list(MARK_WORDS.items())
        if not (options.teams or filters.team):
            del self.team
        if not (options.topics or filters.topic):
            del self.topic


#: What the form has no control for: it is kept when the form is sent.
UNASKED = ("organisation", "has", "before", "after", "created", "updated")


class Chip(NamedTuple):
    """A filter that is on. `name` is its field in Filters."""

    name: str
    label: str
    value: str


def chips(request: Request, filters: Filters, options: Options) -> list[Chip]:
    """What the filters say, in the reader's language."""
    _ = request.gettext
    states = ", ".join(_(STATE_WORDS[state]) for state in filters.states)
    priorities = ", ".join(_(PRIORITY_WORDS[priority]) for priority in filters.priorities)
    every = [
        Chip("states", N_("State"), _(N_("Unsolved")) if filters.states == UNSOLVED else states),
        Chip(
            "assignee",
            N_("Assignee"),
            _one(request, filters.assignee, options.agents, N_("Nobody")),
        ),
        Chip("team", N_("Team"), _one(request, filters.team, options.teams, N_("No team"))),
        Chip("priorities", N_("Priority"), priorities),
        Chip(
            "project",
            N_("Project"),
            _one(request, filters.project, options.projects, N_("No project")),
        ),
        Chip("topic", N_("Topic"), _one(request, filters.topic, options.topics, N_("No topic"))),
        Chip("organisation", N_("Organisation"), _organisation(request, filters.organisation)),
        Chip("requester", N_("Requester"), filters.requester),
        Chip("tags", N_("Tags"), ", ".join(filters.tags)),
        Chip("marks", N_("Only"), ", ".join(_(MARK_WORDS[mark]) for mark in filters.marks)),
        Chip("having", N_("With"), ", ".join(_(HAVING_WORDS[each]) for each in filters.having)),
        Chip("before", N_("Opened before"), filters.before),
        Chip("after", N_("Opened since"), filters.after),
        Chip("created", N_("Opened"), filters.created),
        Chip("updated", N_("Changed"), filters.updated),
        *_field_chips(request, filters),
        Chip("text", N_("Words"), filters.text),
    ]
    return [chip for chip in every if chip.value]


def is_unasked(parameter: str) -> bool:
    """Whether a parameter of a list is one that the form has no control for."""
    return parameter in UNASKED or parameter.startswith(FIELD)


def _field_chips(request: Request, filters: Filters) -> list[Chip]:
    """Custom fields under their labels: one query, where a list is filtered by some."""
    if not filters.fields:
        return []
    known = {
        each.key: each
        for each in TopicCatalogue(request.db, request.tenant).all_fields(archived=True)
    }
    words = {NOBODY: N_("None"), ANY: N_("Any")}
    return [
        Chip(
            FIELD + key,
            known[key].label if key in known else key,
            request.gettext(words[value]) if value in words else value,
        )
        for key, value in filters.fields
    ]


def _one(request: Request, key: str, names: Choices, nobody: str) -> str:
    """The name that a filter's value stands for; `nobody` is the word for none of them."""
    words: dict[str, str] = {"": "", ME: N_("Me"), NOBODY: nobody}
    if key in words:
        return str(request.gettext(words[key]))
    # Somebody who left, or a project that was archived: the list still works.
    return names.get(int(key), f"#{key}")


def _organisation(request: Request, key: str) -> str:
    """An organisation's name. There are too many for a select: one query, where it is filtered."""
    names: Choices = {}
    if key not in ("", NOBODY):
        found = request.db.get(Organisation, (request.tenant.id, int(key)))
        names = {found.id: found.name} if found else {}
    return _one(request, key, names, N_("None"))


def _choices(names: Choices) -> list[tuple[str, str]]:
    return [(str(key), name) for key, name in names.items()]
