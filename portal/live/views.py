"""What polls are answered: 304 as long as nothing changed."""

from pyramid.renderers import render
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config, view_defaults

from portal.live.authenticator import take_pulse
from portal.live.pulse import Pulse, reader_of
from portal.live.resources import LiveResource, LiveTicketResource
from portal.live.versions import digest, list_version, ticket_version
from portal.security.permissions import Permission


@view_defaults(request_method="GET")
class PulseViews:
    """The pulse as HTML: parts that the page takes as they are, in its reader's words."""

    def __init__(self, context: LiveResource | LiveTicketResource, request: Request) -> None:
        self.request = request
        pulse = take_pulse(request)
        if pulse is None:
            raise LookupError("nobody is let in without a pulse")
        self.pulse: Pulse = pulse

    @view_config(context=LiveTicketResource, permission=Permission.VIEW_TICKET)
    def of_ticket(self) -> Response:
        """At a ticket: its version, and who else is there."""
        pulse = self.pulse
        if pulse.ticket is None:
            raise LookupError("nobody may see a ticket that there is not")
        for_staff = pulse.reader.is_staff
        return self._answer(ticket_version(pulse.ticket, pulse.copied, for_staff=for_staff))

    @view_config(context=LiveResource, permission=Permission.LIST_TICKETS)
    def of_lists(self) -> Response:
        """Elsewhere: when something changed last that lists show."""
        return self._answer(list_version(self.pulse.changed_at))

    def _answer(self, version: str) -> Response:
        request, pulse = self.request, self.pulse
        style = request.registry["static_files"].hash
        tag = digest(version, pulse.here, dict(pulse.parts), str(request.locale), style)
        if tag in request.if_none_match:
            response = Response(status=304)
        else:
            shown = [(part, pulse.parts[part.name]) for part in reader_of(request).parts]
            values = {"version": version, "here": pulse.here, "parts": shown}
            response = Response(
                render("portal:templates/live/pulse.jinja2", values, request=request)
            )
        response.etag = tag
        return response
