"""Notifications in the tree: `notifications`, and `profile/notifications` for what one wants."""

from portal.resources import Resource


class NotificationsResource(Resource):
    """Everybody's own list."""


class NotificationSettings(Resource):
    """What somebody wants to hear of."""
