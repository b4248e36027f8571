"""Files that wait with something that was not sent yet: they are kept as long as it is."""

from typing import Any

from sqlalchemy import Select, func, select

from portal.composer.models import Draft, HeldReply


def claimed_by_drafts(tenant_id: int | None) -> Select[Any]:
    """The ids of a tenant's files that drafts carry."""
    return select(func.unnest(Draft.attachment_ids)).where(Draft.tenant_id == tenant_id)


def claimed_by_held_replies(tenant_id: int | None) -> Select[Any]:
    """The ids of a tenant's files that replies carry which are about to go."""
    return select(func.unnest(HeldReply.attachment_ids)).where(HeldReply.tenant_id == tenant_id)
