"""Downloads, and previews of images.

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

from portal.attachments.resources import AttachmentResource
from portal.attachments.store import StoreError
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

    def _send(self, disposition: str) -> Response:
        """The bytes, streamed. Answers If-None-Match with 304 and Range with a part."""
        file = self.attachment
        response = Response(content_type=file.content_type)
        response.headers.update(
            {
                "Content-Disposition": content_disposition(disposition, file.filename),
                "Content-Security-Policy": "default-src 'none'; sandbox",
                "X-Content-Type-Options": "nosniff",
                # Asked again each time: what was visible may not be any more.
                "Cache-Control": "private, no-cache",
            }
        )
        response.etag = file.sha256.hex()
        response.last_modified = file.created_at
        response.conditional_response = True
        try:
            response.app_iter = self.request.registry["attachments.store"].open(file.storage_key)
        except StoreError as error:
            log.exception("attachment not readable", attachment=file.id)
            _ = self.request.gettext
            raise HTTPServiceUnavailable(
                _("This file cannot be read right now. Try again in a few minutes.")
            ) from error
        response.content_length = file.size
        return response


def content_disposition(disposition: str, name: str) -> str:
    """The header's value for a file name in any language (RFC 6266, RFC 8187).

    Old programs read the plain form, in which what is not ASCII became an underscore.
    """
    plain = _NOT_PLAIN.sub("_", name)
    value = f'{disposition}; filename="{plain}"'
    return value if plain == name else f"{value}; filename*=UTF-8''{quote(name, safe='')}"
