"""What somebody was told, for the download of their own data."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.notifications.models import Notification
from portal.people.models import User
from portal.people.own_data import OwnData
from portal.tenants.models import Tenant


def notifications(db: Session, tenant: Tenant, user: User) -> OwnData:
    """When somebody heard of what, and when they read it. Nothing of the tickets themselves: they
    may no longer see them."""
    rows = db.scalars(
        select(Notification)
        .where(Notification.tenant_id == tenant.id, Notification.user_id == user.id)
        .order_by(Notification.id)
    )
    told = [
        {"at": row.created_at, "of": row.kind, "ticket": row.ticket_number, "read_at": row.read_at}
        for row in rows
    ]
    return OwnData("notifications", told)
