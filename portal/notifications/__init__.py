"""Notifications: who hears of what happens, inside the portal."""

from datetime import timedelta

from pyramid.config import Configurator
from pyramid.events import BeforeRender, ContextFound
from sqlalchemy import ColumnElement, func, select

from portal.live.pulse import PulsePart
from portal.notifications.home import mentions_at_home
from portal.notifications.models import Notification
from portal.notifications.own_data import notifications
from portal.notifications.reading import UNREAD, add_unread, read_at_ticket, unread_notifications
from portal.notifications.resources import NotificationSettings, NotificationsResource
from portal.notifications.telling import tell
from portal.security.models import Session

#: How long one is kept.
KEPT = timedelta(days=90)


def unread_count() -> ColumnElement[int]:
    """How many somebody has not read: every page knows it with their session, and every open page
    is told with the pulse that it takes anyway."""
    return (
        select(func.count())
        .select_from(Notification)
        .where(
            Notification.tenant_id == Session.tenant_id,
            Notification.user_id == Session.user_id,
            Notification.read_at.is_(None),
        )
        .correlate(Session)
        .scalar_subquery()
    )


def includeme(config: Configurator) -> None:
    """Register all that this feature owns."""
    config.add_ticket_listener(tell)
    config.add_pulse_part(PulsePart(UNREAD, unread_count(), "notifications/_unread.jinja2"))
    config.add_session_column(UNREAD, unread_count())
    config.add_request_method(unread_notifications, reify=True)
    config.add_subscriber(read_at_ticket, ContextFound)
    config.add_subscriber(add_unread, BeforeRender)
    config.add_tenant_child(
        "notifications", lambda parent, name: NotificationsResource(parent.request, parent, name)
    )
    config.add_profile_child(
        "notifications", lambda parent, name: NotificationSettings(parent.request, parent, name)
    )
    config.add_home_section(mentions_at_home, 20)
    config.add_own_data(notifications)
    config.add_sweep(Notification, lambda now, _tenant_id: Notification.created_at < now - KEPT)
    config.scan("portal.notifications", ignore="portal.notifications.models")
