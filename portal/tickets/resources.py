"""Tickets in the tree: `tickets` and `tickets/42`."""

import re

from pyramid.authorization import DENY_ALL, Allow

from portal.resources import AGENT, Acl, Resource
from portal.security.permissions import Permission
from portal.tickets.models import Ticket
from portal.tickets.thread import TicketHead, ticket_head

#: One spelling for each ticket: ASCII digits, no leading zero, within a bigint.
_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


class TicketsResource(Resource):
    """The list of tickets, and the parent of each."""

    def __getitem__(self, name: str) -> "TicketResource":
        if not _NUMBER.fullmatch(name):
            raise KeyError(name)
        head = ticket_head(self.request.db, self.request.tenant.id, int(name))
        if head is None:
            raise KeyError(name)
        return TicketResource(self, head)


class TicketResource(Resource):
    """One ticket. To those who may not see it, it does not exist."""

    hidden = True

    def __init__(self, parent: TicketsResource, head: TicketHead) -> None:
        super().__init__(parent.request, parent, str(head.ticket.number))
        self.head = head

    @property
    def ticket(self) -> Ticket:
        """The ticket itself."""
        return self.head.ticket

    def __acl__(self) -> Acl:
        """The requester, members of the organisation where it shares, and staff."""
        ticket = self.ticket
        acl: Acl = [
            (
                Allow,
                f"user:{ticket.requester_id}",
                (
                    Permission.VIEW_TICKET,
                    Permission.VIEW_ATTACHMENT,
                    Permission.REPLY,
                    Permission.SOLVE,
                ),
            ),
            (
                Allow,
                AGENT,
                (
                    Permission.VIEW_TICKET,
                    Permission.VIEW_ATTACHMENT,
                    Permission.REPLY,
                    Permission.WORK_TICKET,
                ),
            ),
        ]
        if ticket.organisation_id is not None:
            members = f"organisation:{ticket.organisation_id}"
            acl.append((Allow, members, (Permission.VIEW_TICKET, Permission.VIEW_ATTACHMENT)))
        return [*acl, DENY_ALL]
