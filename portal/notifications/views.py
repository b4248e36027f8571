"""The list of notifications, and which kinds one wants."""

import re
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config, view_defaults

from portal.notifications.models import Kind
from portal.notifications.resources import NotificationSettings, NotificationsResource
from portal.notifications.service import ROWS, NotificationService
from portal.notifications.words import FOR_CUSTOMERS, FOR_STAFF, words
from portal.people.models import User
from portal.people.preferences import choose
from portal.security.permissions import Permission
from portal.security.sessions import flash
from portal.web.redirects import page, see_other

_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


def _number(text: Any) -> int | None:
    return int(text) if isinstance(text, str) and _NUMBER.fullmatch(text) else None


@view_defaults(context=NotificationsResource, permission=Permission.USE_PORTAL)
class NotificationViews:
    """Everybody's own."""

    def __init__(self, context: NotificationsResource, request: Request) -> None:
        self.context = context
        self.request = request
        self.service = NotificationService(request.db, request.tenant, request.identity)

    @view_config(
        request_method="GET", renderer="portal:templates/notifications/notifications.jinja2"
    )
    def show(self) -> dict[str, Any]:
        """The newest first."""
        before = _number(self.request.GET.get("before"))
        rows = self.service.latest(before=before)
        older = {"before": rows[ROWS - 1].id} if len(rows) > ROWS else None
        return {
            "rows": rows[:ROWS],
            "words": words,
            "newer": self.request.place(self.context) if before else None,
            "older": older and self.request.place(self.context, query=older),
            # Also those of tickets that the reader no longer sees: the bell counts them.
            "has_unread": self.request.unread_notifications > 0,
        }

    @view_config(name="open", request_method="GET")
    def open(self) -> HTTPSeeOther:
        """Where it happened; who goes there has read of it."""
        key = _number(self.request.GET.get("n"))
        told = self.service.find(key) if key is not None else None
        if told is None:
            return see_other(self.request, page(self.request, self.context))
        if self.request.method != "HEAD":
            self.service.mark_read(told.id)
        anchor = f"m{told.message_id}" if told.message_id else None
        query = {}
        if told.kind is Kind.UNSENT:
            # What they wrote waits there, in a field that has the focus.
            anchor, query = "body", {"compose": "reply"}
        ticket = (self.request.context_tenant, "tickets", told.ticket_number)
        return see_other(self.request, page(self.request, *ticket, anchor=anchor, query=query))

    @view_config(name="read", request_method="POST")
    def read(self) -> HTTPSeeOther:
        """All of them are read, or the one that the form names."""
        self.service.mark_read(_number(self.request.POST.get("n")))
        return see_other(self.request, page(self.request, self.context))


@view_defaults(context=NotificationSettings, permission=Permission.USE_PORTAL)
class NotificationSettingsViews:
    """Which kinds one hears of."""

    def __init__(self, context: NotificationSettings, request: Request) -> None:
        self.context = context
        self.request = request
        self.choices = FOR_STAFF if request.identity.is_staff else FOR_CUSTOMERS

    @view_config(request_method="GET", renderer="portal:templates/notifications/settings.jinja2")
    def show(self) -> dict[str, Any]:
        """A box for each kind."""
        return {"choices": self.choices, "muted": self.request.identity.preferences.muted}

    @view_config(request_method="POST")
    def save(self) -> HTTPSeeOther:
        """Keep what was chosen."""
        wanted = set(self.request.POST.getall("kind"))
        request = self.request
        user = request.db.get(User, (request.tenant.id, request.identity.user_id))
        choose(user, muted=tuple(c.kind.value for c in self.choices if c.kind not in wanted))
        flash(request, request.gettext("Your choice is saved."))
        return see_other(request, page(request, self.context))
