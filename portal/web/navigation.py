"""The staff's main navigation, which features add their entries to."""

from dataclasses import dataclass
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request

from portal.web.page import Link

REGISTRY_KEY = "web.navigation"


@dataclass(frozen=True, slots=True)
class Entry:
    """One place in the rail. `child` is the name below the tenant, "" for its home; a view of a
    child is written behind a slash."""

    label: str
    icon: str
    child: str
    #: Needed on the tenant for the entry to be shown.
    permission: str
    order: int
    #: What `data-shortcut` says of it: "g v".
    shortcut: str | None = None


def add_navigation(config: Configurator, entry: Entry) -> None:
    """Pyramid directive: put an entry into the rail."""
    entries: list[Entry] = config.registry[REGISTRY_KEY]
    config.action(("portal navigation", entry.child), lambda: entries.append(entry))


def nav_items(request: Request) -> list[Link]:
    """The entries that this visitor may use, in their order, the current one marked."""
    tenant = request.context_tenant
    if tenant is None:
        return []
    entries = request.registry[REGISTRY_KEY]
    here = current_child(request)
    # The page of an error may come before there is a view.
    view = "/".join((here, getattr(request, "view_name", "")))
    if any(entry.child == view for entry in entries):
        here = view
    return [
        Link(
            entry.label,
            request.place(tenant, *entry.child.split("/"))
            if entry.child
            else request.place(tenant),
            entry.icon,
            current=entry.child == here,
            shortcut=entry.shortcut,
        )
        for entry in sorted(entries, key=lambda entry: entry.order)
        if request.has_permission(entry.permission, tenant)
    ]


def current_child(request: Request) -> str:
    """The name of the tenant's child that the request is in, "" for the home page."""
    place: Any = getattr(request, "context", None)
    name = ""
    while place is not None and place is not request.context_tenant:
        name = place.__name__
        place = place.__parent__
    return name


def add_to_page(event: Any) -> None:
    """Give staff's pages their rail; a customer's shell has links of its own."""
    request: Request | None = event.get("request")
    if request is not None and getattr(request.identity, "is_staff", False):
        event.setdefault("nav_items", nav_items(request))


def includeme(config: Configurator) -> None:
    """The directive and its registry."""
    config.registry[REGISTRY_KEY] = []
    config.add_directive("add_navigation", add_navigation)
    config.add_subscriber(add_to_page, "pyramid.events.BeforeRender")
