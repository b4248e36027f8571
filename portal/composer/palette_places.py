"""The palette's way to one's own drafts."""

from collections.abc import Sequence

from pyramid.request import Request

from portal.web.i18n import N_
from portal.web.page import Link, LinkGroup


def draft_places(request: Request) -> Sequence[LinkGroup]:
    """The list of drafts."""
    url = request.place(request.context_tenant, "tickets", "drafts")
    return [LinkGroup((Link(N_("Your drafts"), url, "square-pen"),))]
