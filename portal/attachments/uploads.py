"""Files of a form: those sent now, and those that an earlier try of the same form left waiting.

A form with files has the field `files`, and for each file that waits a hidden field
`attachment` with its id, so that a form which comes back with an error keeps its files. A button
`name="discard"` with an id as its value takes a waiting file off.
"""

import re
from typing import Any, NamedTuple

from pyramid.request import Request

from portal.attachments.models import Attachment
from portal.attachments.service import (
    AttachmentError,
    AttachmentService,
    Limits,
    StoreUnavailable,
    Upload,
)
from portal.web.i18n import N_, Message

FILES = "files"
WAITING = "attachment"
DISCARD = "discard"

_ID = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


class Received(NamedTuple):
    """What a form carries, and what is to be said beside its file field."""

    attachments: list[Attachment]
    errors: list[Message]


def attachment_service(request: Request) -> AttachmentService:
    """The service of the request's tenant and person, with the store and the limits."""
    settings = request.portal
    return AttachmentService(
        request.db,
        request.tenant,
        request.identity,
        request.registry["attachments.store"],
        Limits(settings.attachments_max_bytes, settings.attachments_max_per_message),
    )


def uploads_from(request: Request, field: str = FILES) -> list[Upload]:
    """The files that were sent in a field; a file control left empty sends none."""
    values: list[Any] = request.POST.getall(field)
    return [value for value in values if getattr(value, "filename", None)]


def receive(request: Request, service: AttachmentService) -> Received:
    """Everything that the form's message would carry, in the order of sending.

    Each new file is stored, so that none is lost when something else in the form is wrong.
    Those that cannot be taken are left out, each with a sentence that says why.
    """
    for number in _ids(request, DISCARD):
        service.discard(number)
    taken = service.waiting(_ids(request, WAITING))
    errors: list[Message] = []
    for upload in uploads_from(request):
        if len(taken) >= service.limits.max_files:
            errors.append(
                N_(
                    "A message can carry %(limit)s files. Send the others in a second message.",
                    limit=service.limits.max_files,
                )
            )
            break
        try:
            taken.append(service.store(upload))
        except StoreUnavailable as error:
            errors.append(error.message)
            break
        except AttachmentError as error:
            errors.append(error.message)
    return Received(taken, errors)


def _ids(request: Request, field: str) -> list[int]:
    return [int(value) for value in request.POST.getall(field) if _is_id(value)]


def _is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None
