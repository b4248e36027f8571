"""An attached file in the tree. Who carries it, a ticket so far, mounts it below itself."""

from pyramid.authorization import DENY_ALL, Allow

from portal.attachments.models import Attachment
from portal.security.identity import AGENT
from portal.security.permissions import Permission
from portal.web.tree import Acl, Resource


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
