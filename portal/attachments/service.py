"""Files of messages: stored first, claimed by the message that they belong to."""

from collections.abc import Sequence

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.attachments.models import Attachment
from portal.security.identity import Identity
from portal.tenants.models import Tenant


class AttachmentService:
    """Attachments of one tenant, handled by one person."""

    def __init__(self, db: Session, tenant: Tenant, actor: Identity) -> None:
        self.db = db
        self.tenant = tenant
        self.actor = actor

    def claim(self, ids: Sequence[int], message_id: int) -> None:
        """Give the actor's own waiting files to a message; ids of any others do nothing."""
        if not ids:
            return
        self.db.execute(
            update(Attachment)
            .where(
                Attachment.tenant_id == self.tenant.id,
                Attachment.id.in_(ids),
                Attachment.uploader_id == self.actor.user_id,
                Attachment.message_id.is_(None),
            )
            .values(message_id=message_id)
        )
