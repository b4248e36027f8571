"""Notifications: who hears of what happens, inside the portal."""

from datetime import timedelta

from pyramid.config import Configurator
from sqlalchemy import func, select

from portal.live.pulse import PulsePart
from portal.notifications.home import mentions_at_home
from portal.notifications.models import Notification
from portal.notifications.resources import NotificationSettings, NotificationsResource
from portal.notifications.telling import tell
from portal.security.models import Session

#: How long one is kept.
KEPT = timedelta(days=90)


def unread_part() -> PulsePart:
    """How many are unread: every open page is told with the pulse that it takes anyway."""
    unread = (
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
    return PulsePart("unread", unread, "notifications/_unread.jinja2")


def includeme(config: Configurator) -> None:
    """Register all that this feature owns."""
    config.add_ticket_listener(tell)
    config.add_pulse_part(unread_part())
    config.add_tenant_child(
        "notifications", lambda parent, name: NotificationsResource(parent.request, parent, name)
    )
    config.add_profile_child(
        "notifications", lambda parent, name: NotificationSettings(parent.request, parent, name)
    )
    config.add_home_section(mentions_at_home, 20)
    config.add_sweep(Notification, lambda now, _tenant_id: Notification.created_at < now - KEPT)
    config.scan("portal.notifications", ignore="portal.notifications.models")
