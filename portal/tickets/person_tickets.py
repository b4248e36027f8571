"""The tickets of a person or of an organisation, on their page."""

from pyramid.request import Request

from portal.people.models import Organisation, User
from portal.people.sections import Section
from portal.tickets.queue import TicketLists
from portal.web.paging import Cursor


def tickets_about(request: Request, subject: User | Organisation) -> Section:
    """Every ticket of theirs, in every state, a page at a time."""
    lists = TicketLists(request.db, request.tenant, request.identity)
    read = lists.of_requester if isinstance(subject, User) else lists.of_organisation
    older, newer = (Cursor.parse(request.GET.get(name, "")) for name in ("older", "newer"))
    page = read(subject.id, older=older, newer=newer)

    def url(**cursor: Cursor) -> str:
        address: str = request.place(request.context, query=cursor, anchor="tickets")
        return address

    return Section(
        "tickets/_person_tickets.jinja2",
        {
            "rows": page.rows,
            "newer": page.newer and url(newer=page.newer),
            "older": page.older and url(older=page.older),
            "requester": subject.email if isinstance(subject, User) else None,
        },
    )
