"""What a form says about files before any is chosen."""

from typing import NamedTuple

from pyramid.config import Configurator
from pyramid.request import Request


class UploadRules(NamedTuple):
    """Where the page in hand sends files, and what a message carries."""

    url: str
    #: Bytes of one file.
    max_bytes: int
    max_files: int


def upload_rules(request: Request) -> UploadRules:
    """`request.upload_rules`: those of the tenant whose page is being made."""
    settings = request.portal
    return UploadRules(
        url=request.place(request.context_tenant, "files"),
        max_bytes=settings.attachments_max_bytes,
        max_files=settings.attachments_max_per_message,
    )


def includeme(config: Configurator) -> None:
    """Give it to requests; templates have a function for it."""
    config.add_request_method(upload_rules, "upload_rules", reify=True)
