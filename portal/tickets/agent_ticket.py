"""A ticket as agents see it: the thread, the composer, the properties."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pyramid.request import Request
from pyramid.view import view_config, view_defaults

from portal.composer.beside import Beside, read_beside
from portal.composer.releasing import refresh
from portal.composer.restoring import restored
from portal.macros.carried import Carried
from portal.macros.chooser import ComposerMacros
from portal.macros.words import chips
from portal.security.authenticators import installed
from portal.security.permissions import Permission
from portal.tickets.absence import agent_choices
from portal.tickets.agent_composer import Composer
from portal.tickets.agent_history import event_words
from portal.tickets.agent_page import came_from, from_query, list_title, list_url, view_groups
from portal.tickets.agent_words import PRIORITY_WORDS, STATE_WORDS
from portal.tickets.catalogue import read_tallies
from portal.tickets.models import MessageKind, State
from portal.tickets.panel import Panel, read_panel
from portal.tickets.resources import TicketResource
from portal.tickets.shown_files import shown_files
from portal.tickets.snooze_times import SNOOZE_WORDS
from portal.tickets.thread import ThreadReader
from portal.tickets.timeline import Timeline, arrange, until_from
from portal.tickets.topic_panel import shown_fields
from portal.web.i18n import Message

TEMPLATE = "portal:templates/tickets/agent_ticket.jinja2"

#: The parameter that opens the composer.
COMPOSE = "compose"
CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Wrong:
    """What cannot be taken as it was typed: said beside its control, where it still stands."""

    #: The name of the control.
    name: str
    message: Message
    typed: str = ""


class TicketPage:
    """Everything that the page of one ticket shows to one agent."""

    def __init__(self, context: TicketResource, request: Request) -> None:
        self.context = context
        self.request = request
        self.ticket = context.ticket
        self.list = came_from(request, context.ticket)
        self.macros = ComposerMacros(context, request)
        #: What solving the ticket lacks, by the key of the field.
        self.missing: Mapping[str, Message] = {}

    def values(self, composer: Composer, wrong: Wrong | None = None) -> dict[str, Any]:
        """What the template reads; with something `wrong`, the answer is 422.

        Five queries at the most; whoever opens a ticket has read it.
        """
        request = self.request
        panel = read_panel(request.db, request.tenant, self.ticket, request.identity)
        timeline = self._timeline(panel, composer)
        beside = self._beside(panel, timeline)
        if beside.is_due and refresh(request, self.context):
            return self.values(composer, wrong)
        composer = restored(request, composer, self.ticket, beside)
        offered = self.macros.wanted(composer, panel.options)
        composer = replace(composer, chooser=offered)
        tallies = read_tallies(request.db, request.tenant, request.identity.user_id)
        tickets = self.context.__parent__
        request.response.status_int = 422 if wrong or self.missing else composer.status
        return {
            "head": self.context.head,
            "timeline": timeline,
            "history": [line for line in timeline.lines if not line.entry.is_message],
            "event_words": event_words,
            "shown": lambda files: shown_files(request, self.context, files),
            "composer": self._prepared(composer, timeline),
            "carried": chips(composer.form.carried.actions, panel.options),
            "held": beside.held,
            "goes_with": lambda held: chips(Carried.of(held.carried).actions, panel.options),
            "panel": panel,
            "fields": self._fields(panel),
            "topic_fields": shown_fields(request.db, request.tenant, self.ticket),
            "missing": self.missing,
            "wrong": wrong,
            "snooze_words": SNOOZE_WORDS,
            "proven_by": self._proven_by(panel),
            "tickets": tickets,
            "kept": from_query(self.list),
            "back": (list_title(self.list, tallies), list_url(request, tickets, self.list)),
            "view_groups": view_groups(request, tickets, tallies, self.list),
        }

    def url(self, *elements: str, anchor: str | None = None, **query: str) -> str:
        """An address of the ticket that keeps the way back to the list."""
        kept = from_query(self.list)
        url: str = self.request.place(self.context, *elements, query=query | kept, anchor=anchor)
        return url

    def _timeline(self, panel: Panel, composer: Composer) -> Timeline:
        request = self.request
        thread = ThreadReader(
            request.db, request.tenant, self.ticket, for_staff=True, until=until_from(request)
        )
        entries = thread.entries()
        return arrange(
            entries,
            thread.files(),
            reader_id=request.identity.user_id,
            read_up_to=(
                panel.read_up_to if composer.moved_on_from is None else composer.moved_on_from
            ),
            seen_count=composer.seen_count,
            earlier=thread.earlier,
        )

    def _beside(self, panel: Panel, timeline: Timeline) -> Beside:
        is_new = timeline.newest > (panel.read_up_to or 0) and self.request.method != "HEAD"
        return read_beside(
            self.request.db,
            self.request.tenant,
            self.ticket,
            self.request.identity,
            mark=timeline.newest if is_new else None,
        )

    def _prepared(self, composer: Composer, timeline: Timeline) -> Composer:
        # A form that comes back keeps what its writer had seen, so that the thread is compared
        # again when it is sent, unless it was the comparison that brought it back.
        form = composer.form
        if not form.seen_message or composer.moved_on_from is not None:
            form.seen.data = str(timeline.newest)
            form.seen_count.data = str(self.ticket.message_count)
        return composer

    def _fields(self, panel: Panel) -> dict[str, list[tuple[Any, str | Message]]]:
        """The choices of each select; what is chosen now is always among them."""
        ticket, head = self.ticket, self.context.head
        agents = dict(agent_choices(self.request, panel.options))
        projects = dict(panel.options.projects)
        if ticket.assignee_id is not None:
            agents.setdefault(ticket.assignee_id, head.assignee_name or "")
        if ticket.project_id is not None:
            projects.setdefault(ticket.project_id, head.project_name or "")
        topics = dict(panel.options.topics)
        if ticket.topic_id is not None:
            topics.setdefault(ticket.topic_id, head.topic_name or "")
        teams = dict(panel.options.teams)
        if ticket.team_id is not None:
            teams.setdefault(ticket.team_id, head.team_name or "")
        return {
            "assignee": [("", "–"), *agents.items()],
            "state": list(STATE_WORDS.items()),
            "priority": list(PRIORITY_WORDS.items()),
            "project": [("", "–"), *projects.items()],
            "team": [("", "–"), *teams.items()],
            "topic": [("", "–"), *topics.items()],
        }

    def _proven_by(self, panel: Panel) -> str | None:
        if panel.proof is None:
            return None
        authenticator = installed(self.request).get(panel.proof.authenticator)
        return authenticator.label if authenticator else panel.proof.authenticator


@view_defaults(
    context=TicketResource,
    permission=Permission.VIEW_TICKET,
    staff=True,
    request_method="GET",
)
class AgentTicket:
    """The page of a ticket."""

    def __init__(self, context: TicketResource, request: Request) -> None:
        self.request = request
        self.ticket_page = TicketPage(context, request)
        self.ticket = context.ticket

    @view_config(renderer=TEMPLATE)
    def show(self) -> dict[str, Any]:
        """The thread; `?compose=reply` and `?compose=note` open the composer, and so does a draft
        unless `?compose=closed`."""
        wanted = self.request.GET.get(COMPOSE)
        if wanted == MessageKind.REPLY and self._takes_replies():
            return self.ticket_page.values(Composer(MessageKind.REPLY, is_fresh=True))
        if wanted == MessageKind.NOTE:
            return self.ticket_page.values(Composer(MessageKind.NOTE, is_fresh=True))
        return self.ticket_page.values(Composer(is_fresh=wanted != CLOSED))

    def _takes_replies(self) -> bool:
        """Whether the reader may write one, and the ticket is not closed."""
        may_reply = self.request.has_permission(Permission.REPLY, self.ticket_page.context)
        return bool(may_reply) and self.ticket.state != State.CLOSED
