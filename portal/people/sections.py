"""Parts of a person's or an organisation's page that other rooms bring."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request

from portal.people.models import Organisation, User

REGISTRY_KEY = "people.sections"


@dataclass(frozen=True, slots=True)
class Section:
    """A template, and what it reads as `section`."""

    template: str
    values: Mapping[str, Any]


#: Gives the section about a person or an organisation; None: there is nothing to show.
SectionFactory = Callable[[Request, User | Organisation], Section | None]


def add_people_section(config: Configurator, factory: SectionFactory) -> None:
    """Pyramid directive: show a section on the pages of people and organisations."""
    factories: list[SectionFactory] = config.registry[REGISTRY_KEY]
    config.action(("portal people section", factory), lambda: factories.append(factory))


def sections_about(request: Request, subject: User | Organisation) -> list[Section]:
    """All sections about a person or an organisation."""
    factories: list[SectionFactory] = request.registry[REGISTRY_KEY]
    made = (factory(request, subject) for factory in factories)
    return [section for section in made if section is not None]


def includeme(config: Configurator) -> None:
    """The directive and its registry."""
    config.registry[REGISTRY_KEY] = []
    config.add_directive("add_people_section", add_people_section)
