"""`POST api/v2/tickets`: the tenant's backend opens a ticket for one of its people."""

from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from portal.api.bodies import JSON_TYPE, read_body
from portal.api.fields import Fields
from portal.api.idempotency import once
from portal.api.requesters import Person, Requesters
from portal.api.resources import ApiTicketsResource
from portal.api.tickets import JSON, TicketReader, ticket_json
from portal.api.topics import read_custom, read_topic
from portal.people.models import User
from portal.security.identity import ApiClient
from portal.security.permissions import Permission
from portal.signin.claims import NAME_LIMIT
from portal.tickets.forms import MAX_CHARACTERS, MAX_SUBJECT
from portal.tickets.markdown import MAX_BODY
from portal.tickets.models import Priority
from portal.tickets.service import Draft, TicketService
from portal.topics.catalogue import TopicCatalogue
from portal.web.i18n import N_

#: Our own words, and those that other help desks have for the same.
PRIORITIES = {
    **{priority.value: priority for priority in Priority},
    "medium": Priority.NORMAL,
    "critical": Priority.URGENT,
}
#: What the samples tell their readers to replace. A token that still holds one is refused.
PLACEHOLDERS = {
    "iat": "(current unix timestamp)",
    "exp": "(current unix timestamp + 120)",
    "jti": "(unique id)",
}
_INSTRUCTIONS = (
    "Generate a JWT with the payload below, replace the three values in parentheses, and sign it "
    "with your secret (HS256). Then send the user's browser to {callback_url}?token={jwt}."
)


@view_config(
    context=ApiTicketsResource,
    request_method="POST",
    permission=Permission.API_WRITE_TICKETS,
    require_csrf=False,
)
def open_ticket(context: ApiTicketsResource, request: Request) -> Response:
    """A new ticket, with what is needed to send its requester there, signed in."""
    client = request.identity
    if not isinstance(client, ApiClient):
        raise TypeError("only API keys hold the permission")
    body = read_body(request, JSON_TYPE)
    response = once(request, client, lambda: (201, NewTicket(request, body).open()))
    response.location = response.json_body["data"]["ticket_url"]
    return response


class NewTicket:
    """One ticket that is being opened."""

    def __init__(self, request: Request, body: dict[str, Any]) -> None:
        self.request = request
        self.fields = Fields(body)
        self.requesters = Requesters(request.db, request.tenant)
        self.catalogue = TopicCatalogue(request.db, request.tenant)

    def open(self) -> JSON:
        """Open it; the body of the answer. Raises ``ApiError``."""
        fields = self.fields
        person = Person(
            fields.email("email", required=True),
            fields.identifier("external_user_id"),
            fields.line("name", limit=NAME_LIMIT),
        )
        title = fields.line("title", limit=MAX_SUBJECT, required=True)
        text = fields.text("description", limit=MAX_CHARACTERS, required=True)
        if len((text or "").encode("utf-8", "replace")) > MAX_BODY:
            fields.missing("description", N_("This text is too long."))
        priority = fields.choice("priority", PRIORITIES)
        topic = read_topic(fields, self.catalogue)
        custom = read_custom(fields, self.catalogue, topic)
        fields.check()
        settings = self.request.sign_in_configuration.settings
        user = self.requesters.find_or_make(person, may_make=settings.provisioning == "create")
        service = TicketService(self.request.db, self.request.tenant, self.requesters.acting(user))
        ticket = service.open(
            title or "", Draft(text or ""), priority=priority, topic=topic, custom=custom
        )
        return self._answer(ticket.number, user)

    def _answer(self, number: int, user: User) -> JSON:
        request, tenant = self.request, self.request.context_tenant
        row = TicketReader(request.db, request.tenant).one(number)
        if row is None:
            raise LookupError(number)
        ticket_url = request.absolute(tenant, "tickets", number)
        return {
            "success": True,
            "data": {
                "ticket": ticket_json(row, ticket_url),
                "ticket_url": ticket_url,
                "user": {
                    "id": user.id,
                    "name": user.name,
                    "email": user.email,
                    "external_user_id": self.requesters.external_id(user),
                },
                "sso_redirect": {
                    "callback_url": request.absolute(tenant, "auth", "callback"),
                    "instructions": _INSTRUCTIONS,
                    "jwt_payload": {
                        "email": user.email,
                        "name": user.name,
                        "role": "user",
                        "redirect_url": f"/tickets/{number}",
                        **PLACEHOLDERS,
                    },
                },
            },
        }
