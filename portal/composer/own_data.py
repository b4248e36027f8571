"""What somebody has begun to write, for the download of their own data."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.composer.drafts import NEW_TICKET
from portal.composer.models import Draft, HeldReply
from portal.people.models import User
from portal.people.own_data import OwnData
from portal.tenants.models import Tenant


def drafts(db: Session, tenant: Tenant, user: User) -> OwnData:
    """Drafts, and replies that are about to go. Files go along once they are sent."""
    kept = db.scalars(
        select(Draft)
        .where(Draft.tenant_id == tenant.id, Draft.user_id == user.id)
        .order_by(Draft.ticket_number, Draft.kind)
    )
    held = db.scalars(
        select(HeldReply)
        .where(HeldReply.tenant_id == tenant.id, HeldReply.author_id == user.id)
        .order_by(HeldReply.id)
    )
    begun = [
        {
            "ticket": draft.ticket_number if draft.kind != NEW_TICKET else None,
            "kind": draft.kind,
            "subject": draft.fields.get("subject"),
            "text": draft.body,
            "saved_at": draft.updated_at,
        }
        for draft in kept
    ]
    going = [
        {"ticket": reply.ticket_number, "text": reply.body, "goes_at": reply.release_at}
        for reply in held
    ]
    return OwnData("drafts", {"begun": begun, "about_to_go": going})
