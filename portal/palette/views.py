"""The palette as a piece of a page, which a script asks for when it is first opened."""

from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from portal.palette.sources import palette_groups
from portal.resources import TenantResource
from portal.security.permissions import Permission


@view_config(
    context=TenantResource,
    name="palette",
    request_method="GET",
    permission=Permission.USE_PORTAL,
    renderer="portal:templates/palette/palette.jinja2",
)
def show(context: TenantResource, request: Request) -> dict[str, Any]:
    """The dialog with everything that this person may go to.

    What it holds is the person's own, so that it is kept by no cache.
    """
    # Customers search in their list itself.
    search = ("tickets", "search") if request.identity.is_staff else ("tickets",)
    return {
        "groups": palette_groups(request),
        "suggest_url": request.place(context, "tickets", "suggest"),
        "search_url": request.place(context, *search),
    }
