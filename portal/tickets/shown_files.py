"""Attached files as the macros of a thread show them."""

from collections.abc import Iterable
from typing import NamedTuple

from pyramid.request import Request

from portal.tickets.resources import TicketResource
from portal.tickets.thread_files import FileEntry


class ShownFile(NamedTuple):
    """A file with its addresses."""

    name: str
    url: str
    size: int
    #: For a picture: it as it is, and small.
    preview_url: str | None
    thumbnail_url: str | None
    width: int | None
    height: int | None


def shown_files(
    request: Request, ticket: TicketResource, files: Iterable[FileEntry]
) -> list[ShownFile]:
    """The files of a ticket; images that can be shown inline have a preview."""
    return [_shown(request, ticket, file) for file in files]


def _shown(request: Request, ticket: TicketResource, file: FileEntry) -> ShownFile:
    place = (ticket, "attachments", file.id)
    return ShownFile(
        name=file.filename,
        url=request.place(*place),
        size=file.size,
        preview_url=request.place(*place, "preview") if file.is_image else None,
        thumbnail_url=request.place(*place, "thumbnail") if file.is_image else None,
        width=file.width,
        height=file.height,
    )
