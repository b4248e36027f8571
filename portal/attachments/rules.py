"""What a form says about files before any is chosen, for every template."""

from typing import NamedTuple

from pyramid.config import Configurator
from pyramid.threadlocal import get_current_request

GLOBAL = "upload_rules"


class UploadRules(NamedTuple):
    """Where the page in hand sends files, and what a message carries."""

    url: str
    #: Bytes of one file.
    max_bytes: int
    max_files: int


def upload_rules() -> UploadRules:
    """Template function: the rules of the tenant whose page is being made.

    Macros are imported without their context, so this asks for the request by itself.
    """
    request = get_current_request()
    settings = request.portal
    return UploadRules(
        url=request.place(request.context_tenant, "files"),
        max_bytes=settings.attachments_max_bytes,
        max_files=settings.attachments_max_per_message,
    )


def includeme(config: Configurator) -> None:
    """Give the function to the templates."""

    def complete() -> None:
        config.get_jinja2_environment().globals[GLOBAL] = upload_rules

    config.action(("template function", GLOBAL), complete, order=999)
