"""Files that a page's script sends before their message: each by itself, with its progress.

The form then carries their ids, as it does for files that an earlier try of it left waiting (see
`portal.attachments.uploads`). Without script nothing here is asked for.
"""

from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from portal.attachments.models import Attachment
from portal.attachments.resources import FilesResource, WaitingFileResource
from portal.attachments.service import AttachmentError, StoreUnavailable
from portal.attachments.uploads import attachment_service, uploads_from
from portal.security.permissions import Permission
from portal.web.i18n import N_, Message

#: The field of the one file.
FILE = "file"

_NO_FILE = N_("The file did not arrive. Try again.")
_NO_ROOM = N_("Files cannot be stored right now. Try again in a few minutes.")


@view_config(
    context=FilesResource,
    request_method="POST",
    permission=Permission.OPEN_TICKET,
    renderer="json",
)
def upload(context: FilesResource, request: Request) -> dict[str, Any]:
    """Keep one file. 201 with its id; 422 or 503 with a sentence that says why not."""
    uploads = uploads_from(request, FILE)
    if not uploads:
        return _refused(request, 422, _NO_FILE)
    try:
        attachment = attachment_service(request).store(uploads[0])
    except StoreUnavailable:
        return _refused(request, 503, _NO_ROOM)
    except AttachmentError as error:
        return _refused(request, 422, error.message)
    request.response.status_int = 201
    return _stored(request, context, attachment)


def _refused(request: Request, status: int, message: Message) -> dict[str, Any]:
    request.response.status_int = status
    return {"message": request.gettext(message)}


def _stored(request: Request, context: FilesResource, file: Attachment) -> dict[str, Any]:
    return {
        "id": file.id,
        "name": file.filename,
        "size": file.size,
        "url": request.place(context, file.id),
    }


@view_config(
    context=WaitingFileResource,
    name="discard",
    request_method="POST",
    permission=Permission.DISCARD_ATTACHMENT,
)
def discard(context: WaitingFileResource, request: Request) -> Response:
    """Take a waiting file off again."""
    attachment_service(request).discard(context.attachment.id)
    return Response(status=204)
