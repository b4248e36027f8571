"""The first steps of a new tenant, which features bring and `portal.onboarding` shows."""

from collections.abc import Callable
from dataclasses import dataclass

from pyramid.config import Configurator
from pyramid.request import Request

from portal.web.i18n import Message

REGISTRY_KEY = "web.first_steps"


@dataclass(frozen=True, slots=True)
class FirstStep:
    """Something that every new tenant wants to do once. Nobody ticks it: it is seen in the data."""

    title: Message
    #: Why, in a sentence.
    text: Message
    #: What the link to the page says.
    verb: Message
    #: Where it is done, below the tenant: names of places and views.
    path: tuple[str, ...]
    icon: str
    order: int
    #: Whether it was done: at most one query.
    done: Callable[[Request], bool]


def add_first_step(config: Configurator, step: FirstStep) -> None:
    """Pyramid directive: put a step into the list of a new tenant's admin."""
    steps: list[FirstStep] = config.registry[REGISTRY_KEY]
    config.action(("portal first step", step.path), lambda: steps.append(step))


def first_steps(request: Request) -> list[FirstStep]:
    """All of them, in the order in which one takes them."""
    return sorted(request.registry[REGISTRY_KEY], key=lambda step: step.order)


def includeme(config: Configurator) -> None:
    """The directive and its registry."""
    config.registry[REGISTRY_KEY] = []
    config.add_directive("add_first_step", add_first_step)
