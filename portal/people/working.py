"""How somebody of the team likes to work: the time to undo a reply, and where to go after it."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config

from portal.people.models import User
from portal.people.preferences import AfterSend, choose
from portal.people.profile import ProfileResource
from portal.security.permissions import Permission
from portal.security.sessions import flash
from portal.web.redirects import page, see_other

#: Seconds for which a reply can be undone, as they are offered; 0: it goes at once.
UNDO_SECONDS = (0, 5, 10, 20, 30)


@view_config(
    context=ProfileResource,
    name="working",
    request_method="POST",
    permission=Permission.USE_PORTAL,
)
def save_working(context: ProfileResource, request: Request) -> HTTPSeeOther:
    """Keep what was chosen; what is not on offer changes nothing."""
    if not request.identity.is_staff:
        raise HTTPNotFound
    user: User = request.db.get(User, (request.tenant.id, request.identity.user_id))
    choices: dict[str, Any] = {}
    seconds, after = request.POST.get("undo_seconds"), request.POST.get("after_send")
    if seconds in {str(each) for each in UNDO_SECONDS}:
        choices["undo_seconds"] = int(seconds)
    if after in set(AfterSend):
        choices["after_send"] = AfterSend(after)
    choose(user, **choices)
    flash(request, request.gettext("Saved."))
    return see_other(request, page(request, context, anchor="working"))


def includeme(config: Configurator) -> None:
    """Register the view."""
    config.scan("portal.people.working")
