"""GET of the API. Every answer has `success`; what was asked for is under `data`."""

import re

from pyramid.httpexceptions import HTTPNotFound, HTTPUnprocessableEntity
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config, view_defaults

from portal.api.resources import ApiTicketResource, ApiTicketsResource
from portal.api.tickets import JSON, TicketReader, reply_json, ticket_json
from portal.security.permissions import Permission

DEFAULT_LIMIT = 50
MAX_LIMIT = 100

_WHOLE = re.compile(r"[0-9]{1,18}", re.ASCII)


class Reading:
    """What both views share."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.reader = TicketReader(request.db, request.tenant)

    def _url(self, number: int) -> str:
        url: str = self.request.absolute(self.request.context_tenant, "tickets", number)
        return url


@view_defaults(
    context=ApiTicketsResource, request_method="GET", permission=Permission.API_READ_TICKETS
)
class TicketsApi(Reading):
    """The tickets of the tenant."""

    def __init__(self, context: ApiTicketsResource, request: Request) -> None:
        super().__init__(request)

    @view_config()
    def page(self) -> Response:
        """A page by number; `next` is the `after` of the following one, or null."""
        limit = self._number("limit", DEFAULT_LIMIT, lowest=1, highest=MAX_LIMIT)
        rows = self.reader.page(after=self._number("after", 0), limit=limit + 1)
        shown = rows[:limit]
        tickets = [ticket_json(row, self._url(row.number)) for row in shown]
        following = shown[-1].number if len(rows) > limit else None
        return answer({"tickets": tickets, "next": following})

    def _number(self, name: str, default: int, *, lowest: int = 0, highest: int = 10**18) -> int:
        values = self.request.GET.getall(name)
        if not values:
            return default
        if len(values) > 1 or not _WHOLE.fullmatch(values[0]):
            self._refuse(name, lowest, highest)
        value = int(values[0])
        if not lowest <= value <= highest:
            self._refuse(name, lowest, highest)
        return value

    def _refuse(self, name: str, lowest: int, highest: int) -> None:
        raise HTTPUnprocessableEntity(
            self.request.gettext(
                "“%(name)s” must be one whole number from %(lowest)s to %(highest)s.",
                name=name,
                lowest=lowest,
                highest=highest,
            )
        )


@view_defaults(
    context=ApiTicketResource, request_method="GET", permission=Permission.API_READ_TICKETS
)
class TicketApi(Reading):
    """One ticket with its replies."""

    def __init__(self, context: ApiTicketResource, request: Request) -> None:
        super().__init__(request)
        self.number = context.number

    @view_config()
    def show(self) -> Response:
        """The ticket. Notes are not in it: they are for the people who answer."""
        row = self.reader.one(self.number)
        if row is None:
            raise HTTPNotFound
        ticket = ticket_json(row, self._url(row.number))
        ticket["replies"] = [reply_json(entry) for entry in self.reader.replies(self.number)]
        return answer({"ticket": ticket})


def answer(data: JSON) -> Response:
    """The body of every success."""
    return Response(json_body={"success": True, "data": data})
