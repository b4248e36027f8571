"""One ticket that is two: some of its messages become a new one. And whose ticket it is."""

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config, view_defaults

from portal.security.permissions import Permission
from portal.tickets.agent_change import TicketChange
from portal.tickets.agent_new import recent_requesters
from portal.tickets.agent_page import from_query, view_groups
from portal.tickets.catalogue import read_tallies
from portal.tickets.choosing import number_of
from portal.tickets.forms import MAX_SUBJECT
from portal.tickets.known_people import REFUSED, known_person
from portal.tickets.markdown import snippet
from portal.tickets.merging import MergeService
from portal.tickets.resources import TicketResource
from portal.tickets.service import TicketService
from portal.tickets.thread import ThreadReader, ticket_head
from portal.tickets.writer import TicketRuleError
from portal.web.forms import one_line
from portal.web.i18n import N_, Message

_SPLIT = "portal:templates/tickets/agent_split.jinja2"
_REQUESTER = "portal:templates/tickets/agent_requester.jinja2"

#: So many characters of a message tell it from the others.
_START = 240

_NO_SUBJECT = N_("Say in a few words what this is about.")
_SPLIT_REFUSED = {
    "nothing": N_("Choose the messages that belong to the new ticket."),
    "first": N_("The first message has to stay: choose among those after it."),
    "no_reply": N_("Choose at least one reply: a ticket begins with what its customer can read."),
    "merged": N_("This ticket was merged into another one. Nothing was changed."),
}


@view_defaults(context=TicketResource, permission=Permission.WORK_TICKET, staff=True)
class AgentSplit(TicketChange):
    """Pages that ask more than a small form can."""

    def __init__(self, context: TicketResource, request: Request) -> None:
        super().__init__(context, request)
        self.scope = (request.db, request.tenant, request.identity)

    @view_config(
        name="split",
        request_method="GET",
        permission=Permission.MERGE_TICKETS,
        renderer=_SPLIT,
    )
    def choose(self) -> dict[str, Any]:
        """The messages, to choose from, and the new ticket's subject."""
        return self._split_page(self.ticket.subject, set())

    @view_config(
        name="split",
        request_method="POST",
        permission=Permission.MERGE_TICKETS,
        renderer=_SPLIT,
    )
    def split(self) -> dict[str, Any] | HTTPSeeOther:
        """The new ticket, or the form as it was sent."""
        subject = one_line(self.request.POST.get("subject"))
        sent = (number_of(one_line(value)) for value in self.request.POST.getall("message"))
        chosen = {number for number in sent if number is not None}
        if not 0 < len(subject) <= MAX_SUBJECT:
            message = N_("Use at most %(limit)s characters.", limit=MAX_SUBJECT)
            return self._split_page(subject, chosen, message if subject else _NO_SUBJECT, "subject")
        try:
            new = MergeService(*self.scope).split(self.ticket, chosen, subject)
        except TicketRuleError as refused:
            return self._split_page(subject, chosen, _SPLIT_REFUSED[refused.code], "message")
        self.done(N_("This is the new ticket. It is linked to #%(number)s.", number=self.name))
        head = ticket_head(self.request.db, self.request.tenant.id, new.number)
        if head is None:
            raise KeyError(new.number)
        return self.to_ticket(TicketResource(self.context.__parent__, head))

    @view_config(name="requester", request_method="GET", renderer=_REQUESTER)
    def ask_whose(self) -> dict[str, Any]:
        """Whose ticket it is to be."""
        return self._requester_page("")

    @view_config(name="requester", request_method="POST", renderer=_REQUESTER)
    def set_requester(self) -> dict[str, Any] | HTTPSeeOther:
        """Another requester; who is in copy stays so."""
        typed = one_line(self.request.POST.get("person"))
        try:
            person = known_person(self.request.db, self.request.tenant, typed)
            TicketService(*self.scope).set_requester(self.ticket, person)
        except TicketRuleError as refused:
            message = REFUSED.get(refused.code, N_("This account is disabled."))
            return self._requester_page(typed, message)
        return self.done(N_("%(name)s is the requester now.", name=person.name))

    @property
    def name(self) -> str:
        """The ticket's number."""
        return str(self.ticket.number)

    def _split_page(
        self, subject: str, chosen: set[int], problem: Message | None = None, where: str = ""
    ) -> dict[str, Any]:
        reader = ThreadReader(*self.scope[:2], self.ticket, for_staff=True)
        messages = [entry for entry in reader.entries() if entry.is_message]
        # The first stays, unless the page begins after it.
        return self._page(problem) | {
            "start": lambda body: snippet(body, _START),
            "messages": messages if reader.earlier else messages[1:],
            "subject": subject,
            "chosen": chosen,
            "where": where,
        }

    def _requester_page(self, typed: str, problem: Message | None = None) -> dict[str, Any]:
        suggestions = recent_requesters(self.request.db, self.request.tenant)
        return self._page(problem) | {"typed": typed, "suggestions": suggestions}

    def _page(self, problem: Message | None) -> dict[str, Any]:
        request, tickets = self.request, self.context.__parent__
        tallies = read_tallies(request.db, request.tenant, request.identity.user_id)
        if problem is not None:
            request.response.status_int = 422
        return {
            "head": self.context.head,
            "problem": problem,
            "kept": from_query(self.ticket_page.list),
            "tickets": tickets,
            "view_groups": view_groups(request, tickets, tallies, self.ticket_page.list),
        }
