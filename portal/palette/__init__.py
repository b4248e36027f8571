"""The command palette: actions of the page, places of the portal and tickets, by a few letters."""

from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request

from portal.palette.sources import add_palette_source, basic_places


def add_to_page(event: Any) -> None:
    """Tell the pages of everybody who is signed in where the palette is."""
    request: Request | None = event.get("request")
    if request is not None and request.context_tenant is not None and _is_person(request):
        event.setdefault("palette_url", request.place(request.context_tenant, "palette"))


def _is_person(request: Request) -> bool:
    return getattr(request.identity, "user_id", None) is not None


def includeme(config: Configurator) -> None:
    """The directive with which features bring their places, and the palette's own view."""
    config.registry["palette.sources"] = []
    config.add_directive("add_palette_source", add_palette_source)
    config.add_palette_source(basic_places)
    config.add_subscriber(add_to_page, "pyramid.events.BeforeRender")
    config.scan("portal.palette")
