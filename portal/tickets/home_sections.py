"""Parts of the agents' home page that other rooms bring."""

from collections.abc import Callable

from pyramid.config import Configurator
from pyramid.request import Request

from portal.people.sections import Section

REGISTRY_KEY = "tickets.home_sections"

#: Gives the section for whoever looks, or None where there is nothing to show.
HomeSection = Callable[[Request], Section | None]


def add_home_section(config: Configurator, factory: HomeSection, order: int) -> None:
    """Pyramid directive: show a section on the agents' home page; those below 50 stand above the
    lists of tickets, the others below."""
    sections: list[tuple[int, HomeSection]] = config.registry[REGISTRY_KEY]
    config.action(("portal home section", factory), lambda: sections.append((order, factory)))


def home_sections(request: Request) -> tuple[list[Section], list[Section]]:
    """The sections above the lists of tickets, and those below."""
    factories: list[tuple[int, HomeSection]] = request.registry[REGISTRY_KEY]
    above, below = list[Section](), list[Section]()
    for order, factory in sorted(factories, key=lambda pair: pair[0]):
        section = factory(request)
        if section is not None:
            (above if order < 50 else below).append(section)
    return above, below


def includeme(config: Configurator) -> None:
    """The directive and its registry."""
    config.registry[REGISTRY_KEY] = []
    config.add_directive("add_home_section", add_home_section)
