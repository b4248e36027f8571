"""Attached files in the tree: those of a message, mounted below what carries it, and those that
wait for one, each below `files` for the person who uploaded it."""

import re

from pyramid.authorization import DENY_ALL, Allow
from sqlalchemy import select

from portal.attachments.models import Attachment
from portal.security.identity import AGENT
from portal.security.permissions import Permission
from portal.web.tree import Acl, Resource

#: One spelling for each number: ASCII digits, no leading zero, within a bigint.
_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


class AttachmentResource(Resource):
    """One file of a message. To those who may not see it, it does not exist."""

    hidden = True

    def __init__(self, parent: Resource, attachment: Attachment, *, internal: bool) -> None:
        super().__init__(parent.request, parent, str(attachment.id))
        self.attachment = attachment
        self.internal = internal

    def __acl__(self) -> Acl:
        """A note's file is for staff; any other is for those who may see what carries it."""
        return [(Allow, AGENT, Permission.VIEW_ATTACHMENT), DENY_ALL] if self.internal else []


class FilesResource(Resource):
    """Files on their way to a message: where they are uploaded, and the parent of each."""

    private = True

    def __getitem__(self, name: str) -> "WaitingFileResource":
        if not _NUMBER.fullmatch(name):
            raise KeyError(name)
        found = self.request.db.scalar(
            select(Attachment).where(
                Attachment.tenant_id == self.request.tenant.id,
                Attachment.id == int(name),
                Attachment.message_id.is_(None),
            )
        )
        if found is None:
            raise KeyError(name)
        return WaitingFileResource(self, found)


class WaitingFileResource(AttachmentResource):
    """One file that waits. It is its uploader's alone; staff do not see it either."""

    def __init__(self, parent: FilesResource, attachment: Attachment) -> None:
        super().__init__(parent, attachment, internal=False)

    def __acl__(self) -> Acl:
        """Whoever uploaded it sees it, and takes it off again."""
        uploader = f"user:{self.attachment.uploader_id}"
        allowed = (Permission.VIEW_ATTACHMENT, Permission.DISCARD_ATTACHMENT)
        return [(Allow, uploader, allowed), DENY_ALL]
