"""Tickets in the tree: `tickets`, `tickets/42`, `tickets/42/attachments/7`."""

import re
from collections.abc import Iterable

from pyramid.authorization import DENY_ALL, Allow

from portal.attachments.resources import AttachmentResource
from portal.resources import AGENT, Acl, Resource
from portal.security.grants import by_role
from portal.security.permissions import Permission
from portal.tickets.models import MessageKind, Ticket
from portal.tickets.thread import TicketHead, ticket_head
from portal.tickets.thread_files import ticket_file

#: One spelling for each number: ASCII digits, no leading zero, within a bigint.
_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


def ticket_acl(ticket: Ticket, copied: Iterable[int]) -> Acl:
    """Who may do what on a ticket: the requester, people in copy (by their ids), members of the
    organisation where it shares, and the team by their roles."""
    see = (Permission.VIEW_TICKET, Permission.VIEW_ATTACHMENT)
    acl: Acl = [
        (Allow, AGENT, (*see, Permission.WRITE_NOTE)),
        *by_role(Permission.REPLY, Permission.WORK_TICKET, Permission.MERGE_TICKETS),
        (Allow, f"user:{ticket.requester_id}", Permission.SOLVE),
        (Allow, f"customer:{ticket.requester_id}", (*see, Permission.REPLY)),
    ]
    if ticket.organisation_id is not None:
        acl.append((Allow, f"organisation:{ticket.organisation_id}", see))
        # Nobody has this principal where members only see.
        acl.append((Allow, f"organisation:{ticket.organisation_id}:reply", Permission.REPLY))
    acl += [(Allow, f"customer:{each}", (*see, Permission.REPLY)) for each in copied]
    return [*acl, DENY_ALL]


class TicketsResource(Resource):
    """The list of tickets, and the parent of each."""

    private = True

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
    __parent__: TicketsResource

    def __init__(self, parent: TicketsResource, head: TicketHead) -> None:
        super().__init__(parent.request, parent, str(head.ticket.number))
        self.head = head

    def __getitem__(self, name: str) -> Resource:
        if name != "attachments":
            raise KeyError(name)
        return TicketAttachmentsResource(self.request, self, name)

    @property
    def ticket(self) -> Ticket:
        """The ticket itself."""
        return self.head.ticket

    def __acl__(self) -> Acl:
        """Of everybody who has to do with the ticket."""
        return ticket_acl(self.ticket, [each.id for each in self.head.copied])


class TicketAttachmentsResource(Resource):
    """The files of a ticket's messages."""

    __parent__: TicketResource

    def __getitem__(self, name: str) -> AttachmentResource:
        if not _NUMBER.fullmatch(name):
            raise KeyError(name)
        ticket = self.__parent__.ticket
        found = ticket_file(self.request.db, ticket, int(name))
        if found is None:
            raise KeyError(name)
        attachment, kind = found
        return AttachmentResource(self, attachment, internal=kind != MessageKind.REPLY)
