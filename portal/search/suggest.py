"""What a few letters may mean, for the command palette: answers while somebody types."""

from collections.abc import Iterator
from typing import Any

from pyramid.request import Request
from pyramid.view import view_config, view_defaults
from sqlalchemy import and_, or_, select

from portal.people.models import User
from portal.search.grammar import parse
from portal.search.people import NameSearch
from portal.search.ranking import best_first, ranked
from portal.search.words import Words
from portal.security.permissions import Permission
from portal.tickets.agent_words import STATE_WORDS
from portal.tickets.filters import MAX_QUERY
from portal.tickets.mark_models import FollowerKind, TicketFollower
from portal.tickets.models import State, Ticket
from portal.tickets.resources import TicketsResource
from portal.web.forms import one_line

#: Suggestions of each kind.
TICKETS, NAMES = 6, 3
#: Letters from which on there is something to suggest; a number may be shorter.
SHORTEST = 2

Suggestion = dict[str, str]


@view_defaults(
    context=TicketsResource,
    name="suggest",
    request_method="GET",
    permission=Permission.LIST_TICKETS,
    renderer="json",
)
class SuggestViews:
    """`GET tickets/suggest?q=…`: a list of `{kind, title, detail, url}`, the best first.

    `kind` is `ticket`, `person` or `organisation`. Operators are words here.
    """

    def __init__(self, context: TicketsResource, request: Request) -> None:
        self.context = context
        self.request = request
        text = one_line(request.GET.get("q"))[:MAX_QUERY]
        self.terms = parse(text, with_operators=False).terms
        self.words = Words.of(self.terms)
        self.is_enough = len(text) >= SHORTEST or self.words.number is not None

    @view_config(staff=True)
    def staff(self) -> list[Suggestion]:
        """Tickets, people and organisations."""
        if not self.is_enough:
            return []
        may_see_people = self.request.has_permission(Permission.VIEW_PEOPLE, self.context)
        return [*self._tickets(), *(self._names() if may_see_people else [])]

    @view_config()
    def customer(self) -> list[Suggestion]:
        """The tickets that the customer may see."""
        return list(self._tickets()) if self.is_enough else []

    def _tickets(self) -> Iterator[Suggestion]:
        request, identity = self.request, self.request.identity
        found = ranked(request.tenant, identity.user_id, self.words)
        statement = (
            select(Ticket.number, Ticket.subject, Ticket.state, User.name)
            .join(found, found.c.ticket_number == Ticket.number)
            .join(User, and_(User.tenant_id == Ticket.tenant_id, User.id == Ticket.requester_id))
            .where(Ticket.tenant_id == request.tenant.id)
            .order_by(*best_first(found))
            .limit(TICKETS)
        )
        if not identity.is_staff:
            statement = statement.where(visible_to(identity))
        for number, subject, state, requester in request.db.execute(statement):
            words = [f"#{number}"]
            if identity.is_staff:
                words += [request.gettext(STATE_WORDS[State(state)]), requester]
            yield self._suggestion("ticket", subject, " · ".join(words), "tickets", number)

    def _names(self) -> Iterator[Suggestion]:
        request = self.request
        search = NameSearch(request.db, request.tenant, request.identity.user_id)
        for found in search.find(self.terms, NAMES):
            words = " · ".join(filter(None, (found.email, found.organisation)))
            place = "people" if found.kind == "person" else "organisations"
            yield self._suggestion(found.kind, found.name, words, place, found.id)

    def _suggestion(self, kind: str, title: str, detail: str, *place: str | int) -> Suggestion:
        url: str = self.request.place(self.request.context_tenant, *place)
        return {"kind": kind, "title": title, "detail": detail, "url": url}


def visible_to(customer: Any) -> Any:
    """A condition on `Ticket`: the customer may see it. `customer` is an `Identity`."""
    in_copy = select(TicketFollower.ticket_number).where(
        TicketFollower.tenant_id == customer.tenant_id,
        TicketFollower.user_id == customer.user_id,
        TicketFollower.kind == FollowerKind.CC,
    )
    conditions = [Ticket.requester_id == customer.user_id, Ticket.number.in_(in_copy)]
    if customer.organisation_id is not None and customer.organisation_shared:
        conditions.append(Ticket.organisation_id == customer.organisation_id)
    return or_(*conditions)
