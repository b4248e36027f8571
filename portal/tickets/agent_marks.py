"""What agents put on a ticket: tags, a star, themselves as followers, people in copy, sleep."""

from typing import Any

from pyramid.httpexceptions import HTTPBadRequest, HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config, view_defaults

from portal.people.service import PeopleService
from portal.security.permissions import Permission
from portal.tickets.agent_change import TicketChange
from portal.tickets.followers import MAX_CC, FollowerService
from portal.tickets.forms import MAX_SUBJECT
from portal.tickets.known_people import REFUSED, known_person
from portal.tickets.resources import TicketResource
from portal.tickets.service import TicketService
from portal.tickets.snooze import SnoozeService
from portal.tickets.snooze_times import snooze_until
from portal.tickets.stars import StarService
from portal.tickets.tags import MAX_LENGTH, MAX_TAGS, TagService, parse_tags
from portal.tickets.writer import TicketRuleError
from portal.web.clock import now, request_zone
from portal.web.forms import one_line
from portal.web.i18n import N_

#: The page of the ticket, for what cannot be taken as it was typed.
TEMPLATE = "portal:templates/tickets/agent_ticket.jinja2"

_CC_REFUSED = REFUSED | {
    "requester": N_("This is the requester’s own ticket: they read everything already."),
    "too_many": N_("At most %(limit)s people can be in copy.", limit=MAX_CC),
    "follower": N_("This account is disabled."),
}
_SNOOZE_REFUSED = {
    "closed": N_("A closed ticket needs no sleep."),
    "merged": N_("This ticket was merged into another one. Nothing was changed."),
    "not_unsolved": N_("A solved ticket is in no queue already."),
    "past": N_("Choose a moment that is still to come."),
    "too_far": N_("Choose a moment within a year."),
}


@view_defaults(
    context=TicketResource,
    permission=Permission.WORK_TICKET,
    staff=True,
    request_method="POST",
    renderer=TEMPLATE,
)
class AgentMarks(TicketChange):
    """The small forms around a ticket: each changes one thing."""

    def __init__(self, context: TicketResource, request: Request) -> None:
        super().__init__(context, request)
        self.scope = (request.db, request.tenant, request.identity)

    @view_config(name="cc", request_method="GET")
    @view_config(name="follow", request_method="GET", permission=Permission.VIEW_TICKET)
    @view_config(name="snooze", request_method="GET")
    @view_config(name="star", request_method="GET", permission=Permission.VIEW_TICKET)
    @view_config(name="subject", request_method="GET")
    @view_config(name="tags", request_method="GET")
    def opened(self) -> HTTPSeeOther:
        """The address that a form was sent to, opened: the ticket."""
        return self.to_ticket(self.context)

    @view_config(name="tags")
    def tags(self) -> dict[str, Any] | HTTPSeeOther:
        """Add the tags of a line, or take one off."""
        typed = one_line(self.request.POST.get("tag"))
        off = one_line(self.request.POST.get("remove"))
        try:
            tags = parse_tags(typed)
            TagService(*self.scope).add_and_remove(self.ticket, add=tags, remove=[off])
        except ValueError as error:
            message = N_(
                "“%(word)s” can be no tag: use letters and digits, at most %(limit)s of them.",
                word=error.args[0],
                limit=MAX_LENGTH,
            )
            return self.refuse("tag", message, typed)
        except TicketRuleError:
            return self.refuse("tag", N_("At most %(limit)s tags.", limit=MAX_TAGS), typed)
        return self.done(N_("Saved."))

    @view_config(name="subject")
    def subject(self) -> dict[str, Any] | HTTPSeeOther:
        """Call the ticket something else."""
        typed = one_line(self.request.POST.get("subject"))
        if not typed:
            return self.refuse("subject", N_("Say in a few words what this is about."), typed)
        if len(typed) > MAX_SUBJECT:
            message = N_(
                "Use at most %(limit)s characters: this has %(surplus)s more.",
                limit=MAX_SUBJECT,
                surplus=len(typed) - MAX_SUBJECT,
            )
            return self.refuse("subject", message, typed)
        TicketService(*self.scope).set_subject(self.ticket, typed)
        return self.done(N_("Saved."))

    @view_config(name="star", permission=Permission.WRITE_NOTE)
    def star(self) -> HTTPSeeOther:
        """Mark the ticket for oneself, or take the mark away."""
        service = StarService(*self.scope)
        if self.wants("on"):
            service.star(self.ticket)
        else:
            service.unstar(self.ticket)
        return self.done(N_("Saved."))

    @view_config(name="follow", permission=Permission.WRITE_NOTE)
    def follow(self) -> HTTPSeeOther:
        """Hear of the ticket, or no longer."""
        service = FollowerService(*self.scope)
        me = PeopleService(self.request.db, self.request.tenant).by_id(self.scope[2].user_id)
        if self.wants("on") and me is not None:
            service.follow(self.ticket, me)
            return self.done(N_("You follow this ticket: you hear of every reply and note."))
        service.unfollow(self.ticket, self.scope[2].user_id)
        return self.done(N_("You no longer follow this ticket."))

    @view_config(name="cc")
    def copy(self) -> dict[str, Any] | HTTPSeeOther:
        """Put somebody in copy, or take them out."""
        service = FollowerService(*self.scope)
        if "remove" in self.request.POST:
            service.take_from_copy(self.ticket, self.number("remove"))
            return self.done(N_("Saved."))
        typed = one_line(self.request.POST.get("person"))
        try:
            person = known_person(self.request.db, self.request.tenant, typed)
            service.put_in_copy(self.ticket, person)
        except TicketRuleError as refused:
            return self.refuse("person", _CC_REFUSED[refused.code], typed)
        return self.done(N_("%(name)s can read the replies now, and reply.", name=person.name))

    @view_config(name="snooze")
    def snooze(self) -> dict[str, Any] | HTTPSeeOther:
        """Out of the queues for a while, or back into them."""
        service = SnoozeService(*self.scope)
        if self.wants("wake"):
            service.wake(self.ticket)
            return self.done(N_("The ticket is back in its queues."))
        own = one_line(self.request.POST.get("own"))
        try:
            wanted = one_line(self.request.POST.get("until"))
            until = snooze_until(wanted, own, request_zone(self.request), now())
            service.snooze(self.ticket, until)
        except ValueError:
            return self.refuse("own", N_("Choose a day and a time."), own)
        except TicketRuleError as refused:
            return self.refuse("own", _SNOOZE_REFUSED[refused.code], own)
        return self.done(N_("Snoozed. It comes back by itself, or when the customer writes."))

    def wants(self, name: str) -> bool:
        """Whether a button with two meanings was pressed for the first of them."""
        return bool(self.request.POST.get(name) == "1")

    def number(self, name: str) -> int:
        """An id that the form holds. Raises HTTPBadRequest for anything else."""
        value = one_line(self.request.POST.get(name))
        if not (value.isascii() and value.isdigit() and len(value) < 19):
            raise HTTPBadRequest
        return int(value)
