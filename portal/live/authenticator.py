"""Who polls: known by the same statement that takes the pulse."""

from pyramid.request import Request

from portal.live.models import Activity
from portal.live.pulse import Pulse, reader_of
from portal.security import cookies
from portal.security.authenticators import Authenticator
from portal.security.identity import Identity

#: What a page says when it is closed.
LEFT = "left"
_KNOWN = {*Activity, LEFT}


class PulseSession(Authenticator):
    """Knows a browser by its cookie at the places that take the pulse, and nowhere else.

    Unlike others it writes while it asks: that the reader is there. A statement more for that, on
    every page that is open anywhere, is what this saves.
    """

    name = "live"
    required = True

    def identify(self, request: Request) -> Identity | None:
        """The user of the browser's live session, if the place is one for polls."""
        pulse = take_pulse(request)
        return pulse.reader if pulse else None


def take_pulse(request: Request) -> Pulse | None:
    """The pulse for the place of the request, taken once; None for nobody."""
    if not hasattr(request, "pulse"):
        # A poll is no page: it shows no message that waits for one, and asks for no session.
        request.found_session = None
        value = cookies.read(request)
        activity = request.GET.get("activity", Activity.VIEWING)
        request.pulse = value and reader_of(request).take(
            request.db,
            request.tenant,
            cookies.value_hash(value),
            getattr(request.context, "number", None),
            activity if activity in _KNOWN else Activity.VIEWING,
        )
    pulse: Pulse | None = request.pulse or None
    return pulse
