"""The places that the palette offers, brought by the features that own them."""

from collections.abc import Callable, Iterable

from pyramid.config import Configurator
from pyramid.request import Request

from portal.web.i18n import N_
from portal.web.navigation import nav_items
from portal.web.page import Link, LinkGroup

#: Gives the places of one feature that this visitor may go to.
PaletteSource = Callable[[Request], Iterable[LinkGroup]]

REGISTRY_KEY = "palette.sources"


def add_palette_source(config: Configurator, source: PaletteSource) -> None:
    """Pyramid directive: offer the places of a feature in the palette."""
    sources: list[PaletteSource] = config.registry[REGISTRY_KEY]
    config.action(("portal palette source", source), lambda: sources.append(source))


def palette_groups(request: Request) -> list[LinkGroup]:
    """All places, those of one title together, in the order in which they were registered."""
    sources: list[PaletteSource] = request.registry[REGISTRY_KEY]
    groups: dict[str | None, tuple[Link, ...]] = {}
    for source in sources:
        for group in source(request):
            groups[group.title] = groups.get(group.title, ()) + group.links
    return [LinkGroup(links, title) for title, links in groups.items() if links]


def basic_places(request: Request) -> list[LinkGroup]:
    """The main navigation and what everybody has: home and profile."""
    tenant = request.context_tenant
    home = Link(N_("Home"), request.place(tenant), "house", shortcut="g h")
    main = nav_items(request) if request.identity.is_staff else []
    own = (
        Link(N_("Profile and language"), request.place(tenant, "profile"), "circle-user"),
        Link(
            N_("Keyboard shortcuts"),
            request.place(tenant, "profile", "shortcuts"),
            "keyboard",
            shortcut="?",
        ),
    )
    return [LinkGroup((home, *(link for link in main if link.url != home.url), *own), N_("Places"))]
