"""Mentions on an agent's first page."""

from pyramid.request import Request

from portal.notifications.models import Kind
from portal.notifications.service import NotificationService
from portal.notifications.words import words
from portal.people.sections import Section

#: Rows that are shown at the most.
_SHOWN = 5


def mentions_at_home(request: Request) -> Section | None:
    """The unread mentions of whoever looks; None without any. One query."""
    service = NotificationService(request.db, request.tenant, request.identity)
    mentions = service.unread(Kind.MENTION, _SHOWN)
    if not mentions:
        return None
    values = {"rows": mentions, "words": words}
    return Section("notifications/_home.jinja2", values)
