"""Places that are polled: `live` for lists, `live/42` for a ticket. They ask nothing on the way:
who asks, and whether they may, is known with the pulse."""

import re

from pyramid.authorization import DENY_ALL

from portal.live.authenticator import take_pulse
from portal.resources import Acl, Resource
from portal.tickets.resources import ticket_acl

_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


class LiveResource(Resource):
    """What changed in the lists, and what waits for the reader."""

    accepts = frozenset({"live"})
    private = True
    speaks_json = True

    def __getitem__(self, name: str) -> "LiveTicketResource":
        if not _NUMBER.fullmatch(name):
            raise KeyError(name)
        return LiveTicketResource(self, int(name))


class LiveTicketResource(Resource):
    """What changed at one ticket, and who is there. Whoever may not see it finds nothing."""

    hidden = True

    def __init__(self, parent: LiveResource, number: int) -> None:
        super().__init__(parent.request, parent, str(number))
        self.number = number

    def __acl__(self) -> Acl:
        """The ticket's own."""
        pulse = take_pulse(self.request)
        if pulse is None or pulse.ticket is None:
            return [DENY_ALL]
        return ticket_acl(pulse.ticket, pulse.copied)
