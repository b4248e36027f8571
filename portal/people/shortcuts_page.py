"""The list of keyboard shortcuts, and the switch that turns single keys off."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config, view_defaults

from portal.people.models import User
from portal.people.preferences import Preferences, choose
from portal.people.profile import ProfileResource
from portal.security.permissions import Permission
from portal.security.sessions import flash
from portal.web.redirects import page, see_other
from portal.web.shortcuts import shortcut_groups


@view_defaults(context=ProfileResource, name="shortcuts", permission=Permission.USE_PORTAL)
class ShortcutViews:
    """`profile/shortcuts`: a page, whose list a script also shows over any other."""

    def __init__(self, context: ProfileResource, request: Request) -> None:
        self.context = context
        self.request = request

    @view_config(request_method="GET", renderer="portal:templates/people/shortcuts.jinja2")
    def show(self) -> dict[str, Any]:
        """The shortcuts of this person's role."""
        return {"shortcut_groups": shortcut_groups(staff=self.request.identity.is_staff)}

    @view_config(request_method="POST")
    def switch(self) -> HTTPSeeOther:
        """Turn single keys on or off. Those who use speech or a switch press them by accident."""
        request = self.request
        on = request.POST.get("on") == "1"
        user: User = request.db.get(User, (request.tenant.id, request.identity.user_id))
        choose(user, shortcuts=on)
        _ = request.gettext
        flash(request, _("Single keys are on.") if on else _("Single keys are off."))
        return see_other(request, page(request, self.context, "shortcuts"))


def add_to_page(event: Any) -> None:
    """Tell the pages of those who use single keys where the list of them is."""
    request: Request | None = event.get("request")
    if request is None or request.context_tenant is None:
        return
    preferences: Preferences | None = getattr(request.identity, "preferences", None)
    if preferences is not None and preferences.shortcuts:
        url = request.place(request.context_tenant, "profile", "shortcuts")
        event.setdefault("shortcuts_url", url)


def includeme(config: Configurator) -> None:
    """The page, and its address in every other."""
    config.add_subscriber(add_to_page, "pyramid.events.BeforeRender")
    config.scan("portal.people.shortcuts_page")
