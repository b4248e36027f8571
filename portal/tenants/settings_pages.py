"""The settings: a place whose pages are registered by features, and what these have in common."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.traversal import lineage
from pyramid.view import view_config

from portal.security.permissions import Permission
from portal.security.sessions import flash
from portal.tenants.audit import AuditLog
from portal.web.i18n import N_, Message
from portal.web.navigation import Entry
from portal.web.page import Link, LinkGroup
from portal.web.redirects import page, see_other
from portal.web.tree import Resource

REGISTRY_KEY = "tenants.settings_pages"

#: The groups of the navigation, in their order.
COMPANY = N_("Company")
PEOPLE = N_("People")
TICKETS = N_("Tickets")
GROUPS = (COMPANY, PEOPLE, TICKETS)


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """One entry of the settings, and the place that it leads to."""

    #: Its name in the address.
    name: str
    label: Message
    icon: str
    group: Message
    order: int
    factory: Callable[["SettingsResource", str], Resource]


class SettingsResource(Resource):
    """`settings`. Whoever may not administer the tenant gets a 403 from every page below."""

    def __getitem__(self, name: str) -> Resource:
        pages: dict[str, SettingsPage] = self.request.registry[REGISTRY_KEY]
        return pages[name].factory(self, name)


class SettingsViews:
    """Base of the pages: the audit log, and the way back after a change."""

    def __init__(self, context: Resource, request: Request) -> None:
        self.context = context
        self.request = request
        self.audit = AuditLog(request.db, request.tenant, request.identity, request.remote_addr)

    def answer(self, values: dict[str, Any], *, wrong: bool = False) -> dict[str, Any]:
        """What the template is given; `wrong`: as the answer to a form that cannot be taken."""
        if wrong:
            self.request.response.status_int = 422
        return values

    def back(self, text: Message, to: Resource | None = None, *elements: str) -> HTTPSeeOther:
        """After a change: the page, or another one, with a word about what was done."""
        flash(self.request, self.request.gettext(text))
        return see_other(self.request, page(self.request, to or self.context, *elements))


@view_config(context=SettingsResource, request_method="GET", permission=Permission.ADMINISTER)
def first_page(context: SettingsResource, request: Request) -> HTTPSeeOther:
    """The settings begin with their first page."""
    first = _in_order(request)[0]
    return see_other(request, page(request, context, first.name))


def add_settings_page(config: Configurator, page: SettingsPage) -> None:
    """Pyramid directive: give the settings one more page."""
    pages: dict[str, SettingsPage] = config.registry[REGISTRY_KEY]
    config.action(("portal settings page", page.name), lambda: pages.setdefault(page.name, page))


def add_to_page(event: Any) -> None:
    """Give every page below the settings their navigation."""
    request: Request | None = event.get("request")
    if request is None:
        return
    way = list(lineage(getattr(request, "context", None))) if request.tenant else []
    settings = next((place for place in way if isinstance(place, SettingsResource)), None)
    if settings is not None and request.has_permission(Permission.ADMINISTER, settings):
        here = way[way.index(settings) - 1].__name__ if way[0] is not settings else ""
        event.setdefault("views_title", request.gettext(N_("Settings")))
        event.setdefault("view_groups", _groups(request, settings, here))


def _in_order(request: Request) -> list[SettingsPage]:
    pages: dict[str, SettingsPage] = request.registry[REGISTRY_KEY]
    return sorted(pages.values(), key=lambda each: (GROUPS.index(each.group), each.order))


def _groups(request: Request, settings: SettingsResource, here: str) -> list[LinkGroup]:
    entries = _in_order(request)
    return [
        LinkGroup(
            tuple(
                Link(
                    entry.label,
                    request.place(settings, entry.name),
                    entry.icon,
                    current=entry.name == here,
                )
                for entry in entries
                if entry.group == group
            ),
            title=group,
        )
        for group in GROUPS
        if any(entry.group == group for entry in entries)
    ]


def palette_places(request: Request) -> list[LinkGroup]:
    """The settings pages, for the command palette of those who may use them."""
    tenant = request.context_tenant
    if not request.has_permission(Permission.ADMINISTER, tenant):
        return []
    links = (
        Link(each.label, request.place(tenant, "settings", each.name), each.icon)
        for each in _in_order(request)
    )
    return [LinkGroup(tuple(links), N_("Settings"))]


def includeme(config: Configurator) -> None:
    """The place, the directive, and the entry in the rail."""
    config.registry[REGISTRY_KEY] = {}
    config.add_directive("add_settings_page", add_settings_page)
    config.add_tenant_child(
        "settings", lambda parent, name: SettingsResource(parent.request, parent, name)
    )
    config.add_navigation(Entry(N_("Settings"), "settings", "settings", Permission.ADMINISTER, 90))
    config.add_palette_source(palette_places)
    config.add_subscriber(add_to_page, "pyramid.events.BeforeRender")
    config.scan("portal.tenants.settings_pages")
