"""Downloads, previews of images, and thumbnails.

Files come from strangers and are served from the portal's own origin, so nothing in them may
run: all but measured images are downloads, no type is guessed, and a sandbox without scripts is
around whatever a browser opens all the same.
"""

import re
from urllib.parse import quote

import structlog
from pyramid.httpexceptions import HTTPNotFound, HTTPServiceUnavailable
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config, view_defaults

from portal.attachments.models import Thumbnail
from portal.attachments.resources import AttachmentResource
from portal.attachments.store import Store, StoredFile, StoreError, StoreMissing
from portal.attachments.thumbnails import CONTENT_TYPE, SIDE
from portal.security.permissions import Permission

log = structlog.get_logger("portal.attachments")

#: What a quoted string of RFC 9110 holds without escapes and without surprises.
_NOT_PLAIN = re.compile(r"[^ !#$&+,.0-9;=@A-Z^_`a-z{}~()'-]")


@view_defaults(
    context=AttachmentResource, request_method="GET", permission=Permission.VIEW_ATTACHMENT
)
class AttachmentViews:
    """The bytes of a file."""

    def __init__(self, context: AttachmentResource, request: Request) -> None:
        self.request = request
        self.attachment = context.attachment

    @view_config()
    def download(self) -> Response:
        """The file, to be saved."""
        return self._send("attachment")

    @view_config(name="preview")
    def preview(self) -> Response:
        """An image, shown in the page. Any other file has no preview."""
        if self.attachment.width is None:
            raise HTTPNotFound
        return self._send("inline")

    @view_config(name="thumbnail")
    def thumbnail(self) -> Response:
        """The image small; as it is, until there is a thumbnail."""
        file = self.attachment
        if not file.is_shown:
            raise HTTPNotFound
        if file.thumbnail != Thumbnail.READY:
            return self._send("inline")
        response = self._response(CONTENT_TYPE, "inline", f"{file.filename}.webp")
        # Drawn anew, it would be the same picture.
        response.etag = f"{file.sha256.hex()}-{SIDE}"
        response.app_iter = self._bytes(file.thumbnail_key)
        return response

    def _send(self, disposition: str) -> Response:
        """The bytes, streamed. Answers If-None-Match with 304 and Range with a part."""
        file = self.attachment
        response = self._response(file.content_type, disposition, file.filename)
        response.etag = file.sha256.hex()
        response.last_modified = file.created_at
        response.app_iter = self._bytes(file.storage_key)
        response.content_length = file.size
        return response

    def _response(self, content_type: str, disposition: str, name: str) -> Response:
        response = Response(content_type=content_type, conditional_response=True)
        response.headers.update(
            {
                "Content-Disposition": content_disposition(disposition, name),
                "Content-Security-Policy": "default-src 'none'; sandbox",
                "X-Content-Type-Options": "nosniff",
                # Asked again each time: what was visible may not be any more.
                "Cache-Control": "private, no-cache",
            }
        )
        return response

    def _bytes(self, key: str) -> StoredFile:
        """What the store has. Raises HTTPServiceUnavailable, with a sentence, for what it cannot
        give: 404 would say that there never was such a file."""
        store: Store = self.request.registry["attachments.store"]
        _ = self.request.gettext
        try:
            return store.open(key)
        except StoreMissing as error:
            log.exception("attachment missing", attachment=self.attachment.id)
            raise HTTPServiceUnavailable(
                _(
                    "This file is not where files are kept. Tell the team if it stays away: "
                    "whoever has the file can attach it again."
                )
            ) from error
        except StoreError as error:
            log.exception("attachment not readable", attachment=self.attachment.id)
            raise HTTPServiceUnavailable(
                _("This file cannot be read right now. Try again in a few minutes.")
            ) from error


def content_disposition(disposition: str, name: str) -> str:
    """The header's value for a file name in any language (RFC 6266, RFC 8187).

    Old programs read the plain form, in which what is not ASCII became an underscore.
    """
    plain = _NOT_PLAIN.sub("_", name)
    value = f'{disposition}; filename="{plain}"'
    return value if plain == name else f"{value}; filename*=UTF-8''{quote(name, safe='')}"
